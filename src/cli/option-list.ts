/** Options as help prints them. */
import { twoColumns } from './fill.ts';
import type { OptionSpec, OptionTable } from './option.ts';
import { GLOBAL_OPTIONS } from './settings.ts';

export const optionRow = (spec: OptionSpec): readonly [string, string] => [
  spec.flags.startsWith('-') && !spec.flags.startsWith('--') ? spec.flags : `    ${spec.flags}`,
  spec.text,
];

/** The options of every command, with the variables that stand in for them. */
export function globalOptions(width: number): string[] {
  const rows = Object.values(GLOBAL_OPTIONS as OptionTable).map((spec) => {
    const [flags, text] = optionRow(spec);
    return [flags, spec.env ? `${text} [${spec.env}]` : text] as const;
  });
  const left = Math.max(...rows.map(([flags]) => flags.length));
  return rows.flatMap(([flags, text]) => twoColumns(flags, text, left, width));
}
