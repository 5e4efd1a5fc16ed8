/** Options as help, the man page and the docs print them. */
import type { OptionSpec } from './option.ts';

export type Row = readonly [label: string, text: string];

/** Long names stand under each other. */
export const optionRow = (spec: OptionSpec): Row => [
  spec.flags.startsWith('-') && !spec.flags.startsWith('--') ? spec.flags : `    ${spec.flags}`,
  spec.text,
];
