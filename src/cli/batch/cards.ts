/** Which reader each row of a plan means. */
import { CardError, LpaError, UsageError } from '../../lpa/errors.ts';
import { getEid } from '../../lpa/es10/es10c.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { App } from '../app.ts';
import type { PlanRow } from './plan.ts';

/** The name of a reader, or why there is none for the row. */
export type Place = { readonly reader: string } | { readonly error: LpaError };

/**
 * @param open an app for the card in one reader
 * @throws {CardError} where there is no PC/SC service, or no reader, to look for a card in
 */
export async function placesOf(app: App, rows: readonly PlanRow[], open: (reader: string) => App): Promise<Place[]> {
  const { findReaders } = await import('../../lpa/card/select-reader.ts');
  const { isSocketName } = await import('../../lpa/card/socket/socket.ts');
  const { reader: wanted } = app.settings;
  // The EID says which card is meant, whatever reader is usual: only a card at a socket has to be told of.
  const socket = wanted !== undefined && isSocketName(wanted) ? wanted : undefined;
  const needsList = rows.some(({ reader }) => (reader === undefined ? socket === undefined : !isSocketName(reader)));
  const all = needsList ? await app.doors.listReaders() : [];
  const named = (name: string): string => {
    if (isSocketName(name)) return name;
    const [found, another] = findReaders(all, name);
    if (!found || another)
      throw new UsageError(`"${displayText(name, 60)}" means several readers`, { remedy: 'name it in full' });
    return found.name;
  };
  const searched = rows.some(({ eid }) => eid !== undefined)
    ? await eidsIn(socket === undefined ? all.filter(({ present }) => present).map(({ name }) => name) : [socket], open)
    : { byEid: new Map<string, string>(), failures: [] };
  return rows.map(({ eid, reader }): Place => {
    try {
      if (reader !== undefined) return { reader: named(reader) };
    } catch (error) {
      if (error instanceof LpaError) return { error };
      throw error;
    }
    const found = searched.byEid.get(eid ?? '');
    return found === undefined ? { error: notFound(searched.failures) } : { reader: found };
  });
}

interface Searched {
  readonly byEid: ReadonlyMap<string, string>;
  readonly failures: readonly string[];
}

/** Side by side: each card has a reader of its own. */
async function eidsIn(readers: readonly string[], open: (reader: string) => App): Promise<Searched> {
  const byEid = new Map<string, string>();
  const failures: string[] = [];
  await Promise.all(
    readers.map(async (reader) => {
      await using app = open(reader);
      try {
        byEid.set(await getEid(await app.openIsdr()), reader);
      } catch (error) {
        if (!(error instanceof LpaError)) throw error;
        // A card of another kind is none that is looked for.
        const other = error instanceof CardError && (error.problem === 'noEuicc' || error.problem === 'm2m');
        if (!other) failures.push(`${displayText(reader)}: ${error.message}`);
      }
    }),
  );
  return { byEid, failures };
}

const notFound = (failures: readonly string[]): CardError =>
  new CardError(['no reader holds the card with this EID', ...failures].join('; '), {
    problem: 'noCard',
    remedy: 'put it in and run the same command again; `lpa readers` shows which cards are there',
  });
