/** A plan: which profile goes to which card. Everything in it that can be known to be wrong is told before a card is touched. */
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../lpa/errors.ts';
import { fileReason } from '../../lpa/file-error.ts';
import { isMissing, readInput } from '../../lpa/input-file.ts';
import type { ActivationCode } from '../../lpa/procedures/activation-code.ts';
import { checkNickname } from '../../lpa/procedures/switch.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { App } from '../app.ts';
import { activationCodeFrom } from '../input/activation-code-source.ts';
import { textIn } from '../input/text-file.ts';
import { type CsvRecord, parseCsv } from './csv.ts';

export interface PlanRow {
  /** Of the plan, from 1. */
  readonly line: number;
  /** Which card: one of the two is there. */
  readonly eid?: string;
  readonly reader?: string;
  readonly code: ActivationCode;
  readonly confirmationCode?: string;
  readonly nickname?: string;
  readonly enable: boolean;
}

const COLUMNS = ['eid', 'reader', 'code', 'confirmationcode', 'nickname', 'enable'] as const;
type Column = (typeof COLUMNS)[number];

const MAX_PLAN = 16 * 1024 * 1024;
const YES = new Set(['yes', 'y', 'true', '1', 'x']);
const NO = new Set(['', 'no', 'n', 'false', '0']);

/** @throws {UsageError} naming the line; never a code */
export async function readPlan(app: App, file: string): Promise<PlanRow[]> {
  const [head, ...records] = parseCsv(await textOf(file));
  if (!head) throw new UsageError('the plan is empty', { remedy: REMEDY });
  const columns = columnsOf(head);
  const rows: PlanRow[] = [];
  for (const record of records) {
    try {
      rows.push(await rowOf(app, dirname(file), columns, record));
    } catch (cause) {
      if (!(cause instanceof UsageError)) throw cause;
      throw new UsageError(`line ${record.line}: ${cause.message}`, { remedy: cause.remedy, cause });
    }
  }
  if (rows.length === 0) throw new UsageError('the plan has a head and no rows', { remedy: REMEDY });
  checkDistinct(rows);
  return rows;
}

const REMEDY = '`lpa help batch` shows one';

async function textOf(file: string): Promise<string> {
  try {
    return textIn(await readInput(file, MAX_PLAN), true);
  } catch (cause) {
    const why = isMissing(cause)
      ? 'there is no such file'
      : cause instanceof TypeError
        ? 'it is no text in UTF-8 or UTF-16'
        : fileReason(cause);
    throw new UsageError(`${displayText(file, 200)}: ${why}`, { cause });
  }
}

/** Upper and lower case, spaces, - and _ in a name do not matter. */
function columnsOf({ cells }: CsvRecord): Column[] {
  const columns = cells.map((cell) => {
    const name = cell.toLowerCase().replaceAll(/[\s_-]/g, '');
    const column = COLUMNS.find((each) => each === name);
    if (!column)
      throw new UsageError(`the plan has a column that is not known; known are ${COLUMNS.join(', ')}`, { remedy: REMEDY });
    return column;
  });
  if (new Set(columns).size < columns.length) throw new UsageError('a column of the plan stands there twice');
  if (!columns.includes('code')) throw new UsageError('the plan has no column "code"', { remedy: REMEDY });
  if (!columns.includes('eid') && !columns.includes('reader')) {
    throw new UsageError('the plan has neither a column "eid" nor a column "reader"', { remedy: REMEDY });
  }
  return columns;
}

async function rowOf(app: App, folder: string, columns: readonly Column[], { line, cells }: CsvRecord): Promise<PlanRow> {
  if (cells.length > columns.length) throw new UsageError(`${cells.length} cells, and the head has ${columns.length}`);
  const cell = (name: Column): string | undefined => cells[columns.indexOf(name)] || undefined;
  const eid = cell('eid')?.replaceAll(/[\s-]/g, '');
  const reader = cell('reader');
  const nickname = cell('nickname');
  const confirmationCode = cell('confirmationcode');
  const source = cell('code');
  if (source === undefined) throw new UsageError('there is no code');
  if (eid !== undefined && !/^\d{32}$/.test(eid))
    throw new UsageError('an EID has 32 digits; spreadsheets cut them unless they are text');
  if ((eid === undefined) === (reader === undefined)) throw new UsageError('a card is named by its EID or by its reader');
  if (nickname !== undefined) checkNickname(nickname);
  const enable = (cell('enable') ?? '').toLowerCase();
  if (!YES.has(enable) && !NO.has(enable)) throw new UsageError('enable is yes or no');
  if (confirmationCode !== undefined) app.secrets.addText(confirmationCode);
  // A picture is looked for beside the plan, for that is where it was named.
  const code = await activationCodeFrom(app, /[$]|^lpa:|^https?:/i.test(source) ? source : resolve(folder, source));
  if (code.confirmationCodeRequired && confirmationCode === undefined) {
    throw new UsageError('the activation code wants a confirmation code with it', { remedy: 'add a column "confirmationCode"' });
  }
  return {
    line,
    ...(eid !== undefined && { eid }),
    ...(reader !== undefined && { reader }),
    code,
    ...(confirmationCode !== undefined && { confirmationCode }),
    ...(nickname !== undefined && { nickname }),
    enable: YES.has(enable),
  };
}

/**
 * What makes a code this one and no other. Without a matching ID the server looks for what it has for the card, so such a code
 * belongs to its card.
 */
export const identityOf = ({ code: { smdpAddress, matchingId }, eid, reader }: PlanRow): string =>
  `${smdpAddress}$${matchingId === '' ? `$${eid ?? reader}` : matchingId}`;

function checkDistinct(rows: readonly PlanRow[]): void {
  const lines = new Map<string, number>();
  for (const row of rows) {
    const first = lines.get(identityOf(row));
    if (first !== undefined) throw new UsageError(`lines ${first} and ${row.line} have the same code, and a code is good once`);
    lines.set(identityOf(row), row.line);
  }
}
