/** A plan carried out: cards side by side, the rows of one card in their order. */
import { CancelledError, type LpaError } from '../../lpa/errors.ts';
import { exitCodeOf } from '../../terminal/exit-codes.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { App } from '../app.ts';
import type { Io } from '../io.ts';
import { errorMembers } from '../output/present.ts';
import { plural } from '../output/profile-names.ts';
import { type Place, placesOf } from './cards.ts';
import type { PlanRow } from './plan.ts';
import { carryOut, type Outcome, type RowOptions, settled } from './row.ts';

export interface BatchRow extends Outcome {
  /** Of the plan. */
  readonly line: number;
  /** The reader that it was done in; before that, the one that the plan names. */
  readonly reader?: string;
  readonly nickname?: string;
}

export interface RunOptions extends RowOptions {
  /** Told before the first card is touched, and after each row: the whole plan as far as it is done. */
  readonly onRow?: (rows: BatchRow[]) => void;
}

/** @throws {LpaError} where no card can be looked for at all, or the user does not agree; what a row meets stands in its outcome */
export async function runPlan(app: App, plan: readonly PlanRow[], options: RunOptions): Promise<BatchRow[]> {
  const open = openerOf(app);
  const outcomes = new Map<PlanRow, Pick<BatchRow, 'reader'> & Outcome>();
  for (const row of plan) {
    const earlier = settled(row, options);
    if (earlier) outcomes.set(row, earlier);
  }
  const left = plan.filter((row) => !outcomes.has(row));
  const places = left.length > 0 ? await placesOf(app, left, open) : [];
  const queues = new Map<string, PlanRow[]>();
  for (const [i, row] of left.entries()) {
    const place: Place | undefined = places[i];
    if (!place) continue;
    if ('reader' in place) queues.set(place.reader, [...(queues.get(place.reader) ?? []), row]);
    else outcomes.set(row, await failed(app, place.error));
  }
  if (!options.dryRun && queues.size > 0) await agree(app, [...queues.values()].flat().length, queues.size);

  const soFar = (): BatchRow[] =>
    plan.map((row) => ({
      line: row.line,
      ...(row.eid !== undefined && { eid: row.eid }),
      ...(row.reader !== undefined && { reader: row.reader }),
      ...(outcomes.get(row) ?? { result: 'left' }),
      ...(row.nickname !== undefined && { nickname: row.nickname }),
    }));
  options.onRow?.(soFar());

  const serve = async ([reader, rows]: readonly [string, readonly PlanRow[]]): Promise<void> => {
    for (const row of rows) {
      if (app.signal.aborted) return;
      await using one = open(reader);
      app.progress.step(`line ${row.line}: ${displayText(reader)}`);
      const outcome = await carryOut(one, row, options);
      outcomes.set(row, { ...outcome, reader });
      options.onRow?.(soFar());
      app.say(`line ${row.line}: ${displayText(reader)}: ${wordsOf(outcome)}`);
    }
  };
  // What one card meets, though it be a fault of ours, does not cut the others short.
  const served = await Promise.allSettled([...queues].map(serve));
  for (const each of served) if (each.status === 'rejected') throw each.reason;
  return soFar();
}

const wordsOf = ({ result, earlier, error }: Outcome): string =>
  error ? `${result}: ${displayText(error.message, 200)}` : earlier ? `${result} earlier` : result;

async function failed(app: App, error: LpaError): Promise<Outcome> {
  return { result: 'failed', error: await errorMembers(error, app), exitCode: exitCodeOf(error) };
}

/** @throws {CancelledError} */
async function agree(app: App, rows: number, cards: number): Promise<void> {
  if (app.settings.yes) return;
  const what = `${plural(rows, 'profile')} to ${plural(cards, 'card')}`;
  const answer = await app.ask(`Download ${what}, whatever their codes stand for? [y]es, [n]o (default): `);
  if (typeof answer === 'object' && /^y(es)?$/i.test(answer.text.trim())) return;
  throw new CancelledError('postponed', { message: 'nothing was downloaded' });
}

/** What a card's own app has to say is said with its reader's name, and once. */
function openerOf(app: App): (reader: string) => App {
  const said = new Set<string>();
  const settings = { ...app.settings, yes: true, input: false, quiet: true, progress: 'none' } as const;
  return (reader) => {
    const io: Io = Object.create(app.io, {
      stderr: {
        value(text: string): void {
          const labelled = `${displayText(reader)}: ${text}`;
          if (!said.has(labelled)) app.io.stderr(labelled);
          said.add(labelled);
        },
      },
    });
    return app.inReader(reader, { io, settings });
  };
}
