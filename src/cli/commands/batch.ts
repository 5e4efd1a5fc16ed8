/** lpa batch: a profile to each of many cards, by a plan. */
import { UsageError } from '../../lpa/errors.ts';
import { takeLock } from '../../terminal/lock-file.ts';
import type { OptionTable } from '../../terminal/option.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { type Cell, table } from '../../terminal/table.ts';
import { wrapped } from '../../terminal/wrap.ts';
import { readPlan } from '../batch/plan.ts';
import { openProgressFile } from '../batch/progress-file.ts';
import { checkResults, writeResults } from '../batch/results.ts';
import { type BatchRow, runPlan } from '../batch/run.ts';
import { command, type Look } from '../command.ts';
import { acceptedRulesFrom } from '../input/consent.ts';
import { plural } from '../output/profile-names.ts';

const OPTIONS = {
  dryRun: { flags: '--dry-run', text: 'ask each server what it offers, and take nothing' },
  results: { flags: '--results <file>', text: 'where the results go, as CSV (plan.results.csv beside the plan)' },
  acceptRules: {
    flags: '--accept-rules <rules>',
    text: 'policy rules that you agree to: ppr1, ppr2 or ppr1,ppr2',
    offers: async () => ['ppr1', 'ppr2', 'ppr1,ppr2'],
  },
} as const satisfies OptionTable;

export const batch = command({
  usage: 'batch <plan.csv>',
  summary: 'Download profiles to many cards, by a plan',
  details:
    'The first line of the plan names its columns: eid or reader (which card), code (an activation code, or a picture of one beside ' +
    'the plan) and, where they are wanted, confirmationCode, nickname and enable (yes or no). Cards are served side by side, the ' +
    'rows of one card in their order. What was done is kept in plan.csv.progress, for your eyes only: however a run ends, the same ' +
    'command goes on from there, and no code is used twice. That file holds hashes of the codes; the plan holds the codes, so keep ' +
    'it as you keep passwords.',
  examples: [
    'lpa batch plan.csv --dry-run',
    'lpa batch plan.csv --yes',
    'lpa batch plan.csv --yes --json | jq \'.[] | select(.result == "failed")\'',
  ],
  arguments: { 'plan.csv': 'a line eid,code,nickname,enable and below it a line for each profile' },
  options: OPTIONS,
  changes: true,
  session: true,
  async run(app, { dryRun = false, results, acceptRules }, file: string): Promise<BatchRow[]> {
    const acceptedRules = acceptedRulesFrom(acceptRules);
    if (!dryRun && !app.settings.yes && !app.interactive) {
      throw new UsageError('a batch has to be agreed to, and nobody is there to be asked', { remedy: 'add --yes' });
    }
    const plan = await readPlan(app, file);
    const progressFile = `${file}.progress`;
    if (dryRun) return runPlan(app, plan, { acceptedRules, dryRun, progress: openProgressFile(progressFile) });
    const resultsFile = results ?? `${file.replace(/\.csv$/i, '')}.results.csv`;
    checkResults(resultsFile);
    using _lock = await takeLock(`${progressFile}.lock`, {
      held: ({ pid }) =>
        new UsageError(`another lpa (process ${pid}) is at work on this plan`, { remedy: 'wait for its end, or end it first' }),
    });
    const resultsCsv = resultsWriter(resultsFile, (text) => app.warn(text));
    const rows = await runPlan(app, plan, {
      acceptedRules,
      dryRun,
      progress: openProgressFile(progressFile),
      onRow: resultsCsv.write,
    });
    if (resultsCsv.isLost()) WITHOUT_RESULTS.add(rows);
    return rows;
  },
  text: (rows, look) => [resultsTable(rows, look), ...failuresOf(rows, look), countText(rows)].join('\n'),
  json: (rows) => rows.map(({ exitCode, ...row }) => row),
  exitCode(rows) {
    if (rows.some(({ result }) => result === 'left')) return CANCELLED;
    const failed = rows.find(({ result }) => result === 'failed')?.exitCode;
    return failed ?? (WITHOUT_RESULTS.has(rows) ? OUTPUT_LOST : 0);
  },
  next(rows) {
    if (rows.some(({ result }) => result === 'failed' || result === 'left')) return 'the same command goes on with what is left';
    return rows.some(({ result }) => result === 'offered') ? 'the same command without --dry-run downloads them' : undefined;
  },
});

/** Rows are left only where the user said so. */
const CANCELLED = 130;
/** The profiles are on their cards, and the file of results is not whole. */
const OUTPUT_LOST = 10;
const WITHOUT_RESULTS = new WeakSet<readonly BatchRow[]>();

/**
 * Writes the results after each row, so that they are whole when the run ends early.
 *
 * Before the first card is used an error ends the run. Later it is one warning: a full disk must not stop the other cards.
 */
function resultsWriter(
  path: string,
  warn: (text: string) => void,
): { readonly write: (rows: readonly BatchRow[]) => void; isLost(): boolean } {
  let isBegun = false;
  let isLost = false;
  let isWarned = false;
  return {
    write(rows) {
      try {
        writeResults(path, rows);
        isLost = false;
      } catch (error) {
        if (!isBegun || !(error instanceof UsageError)) throw error;
        isLost = true;
        if (!isWarned) warn(`${error.message}. The batch continues; \`lpa batch\` with the same plan writes the results again.`);
        isWarned = true;
      }
      isBegun = true;
    },
    isLost: () => isLost,
  };
}

const resultsTable = (rows: readonly BatchRow[], { paint, columns }: Look): string =>
  table(
    ['LINE', 'READER', 'EID', 'ICCID', 'RESULT'],
    rows.map((row): Cell[] => [
      { text: String(row.line), whole: true },
      row.reader ?? '',
      { text: row.eid ?? '', whole: true },
      { text: row.iccid ?? '', whole: true },
      {
        text: row.earlier ? `${row.result} earlier` : row.result,
        whole: true,
        ...(row.error ? { style: paint.bad } : row.result === 'done' ? { style: paint.good } : {}),
      },
    ]),
    columns,
  );

/** Each message whole, below the table: a column would cut it. */
const failuresOf = (rows: readonly BatchRow[], { paint, columns }: Look): string[] =>
  rows.flatMap(({ line, error }) => {
    if (!error) return [];
    const hint = `  hint: ${displayText(error.remedy ?? '', MAX_TEXT)}`;
    return [
      wrapped(`line ${line}: ${displayText(error.message, MAX_TEXT)}`, 2, columns),
      ...(error.remedy === undefined ? [] : [wrapped(hint, 8, columns).replace('hint:', (label) => paint.strong(label))]),
    ];
  });

const MAX_TEXT = 400;

function countText(rows: readonly BatchRow[]): string {
  const counts = (['done', 'offered', 'failed', 'left'] as const)
    .map((result) => [rows.filter((row) => row.result === result).length, result] as const)
    .filter(([count]) => count > 0);
  return `${plural(rows.length, 'row')}: ${counts.map(([count, result]) => `${count} ${result}`).join(', ')}`;
}
