/** The global options as help, the man page and the docs print them. */
import type { OptionTable } from '../terminal/option.ts';
import { optionRow, type Row } from '../terminal/option-rows.ts';
import { GLOBAL_OPTIONS } from './settings.ts';

/** The options of every command, with the variables that stand in for them. */
export const globalOptionRows = (): Row[] =>
  Object.values(GLOBAL_OPTIONS as OptionTable).map((spec) => {
    const [flags, text] = optionRow(spec);
    return [flags, spec.env ? `${text} [${spec.env}]` : text];
  });
