/** Options as help, the man page and the docs print them. */
import type { OptionSpec, OptionTable } from './option.ts';
import { GLOBAL_OPTIONS } from './settings.ts';

export type Row = readonly [label: string, text: string];

/** Long names stand under each other. */
export const optionRow = (spec: OptionSpec): Row => [
  spec.flags.startsWith('-') && !spec.flags.startsWith('--') ? spec.flags : `    ${spec.flags}`,
  spec.text,
];

/** The options of every command, with the variables that stand in for them. */
export const globalOptionRows = (): Row[] =>
  Object.values(GLOBAL_OPTIONS as OptionTable).map((spec) => {
    const [flags, text] = optionRow(spec);
    return [flags, spec.env ? `${text} [${spec.env}]` : text];
  });
