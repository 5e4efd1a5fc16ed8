/** lpa readers: what is plugged in, and what it holds. */
import { toHex } from '../../lpa/bytes.ts';
import { isSocketName } from '../../lpa/card/socket/socket.ts';
import { CancelledError, UsageError } from '../../lpa/errors.ts';
import { displayText, displayWidth } from '../../terminal/safe-text.ts';
import type { Paint } from '../../terminal/style.ts';
import { type Cell, table } from '../../terminal/table.ts';
import { command } from '../command.ts';
import { type CardInReader, cardInReader, KIND_TEXTS } from '../devices/identify-card.ts';
import { watch } from '../devices/watch-readers.ts';

interface ReaderResult extends CardInReader {
  readonly name: string;
  readonly present: boolean;
}

export const readers = command({
  usage: 'readers',
  summary: 'List the readers and what card each holds',
  details:
    'A card is a consumer eUICC (SGP.22), an IoT eUICC (SGP.32), an M2M eUICC (SGP.02) or a plain UICC. --watch tells what is ' +
    'there, then each reader and card that comes or goes, a line each, until Ctrl-C; with --json a line is one object. A card ' +
    'is free again when its line is printed.',
  examples: [
    'lpa readers',
    'lpa readers --wide',
    'lpa readers --watch',
    'lpa readers --watch --json',
    'lpa readers --json | jq -r \'.[] | select(.kind == "consumer").name\'',
  ],
  options: {
    wide: { flags: '--wide', text: 'show reader names and ATRs in full, also where a line becomes too long' },
    watch: { flags: '--watch', text: 'print what comes and goes, an event a line' },
  },
  async run(app, options): Promise<ReaderResult[]> {
    const { reader } = app.settings;
    // A card at a socket is no reader of the PC/SC service: it is there because it was named.
    const socket = reader !== undefined && isSocketName(reader);
    if (options.watch) {
      if (socket) throw new UsageError('a card at a socket comes and goes unseen: only readers of the PC/SC service are watched');
      await watch(app);
      if (app.io.stdoutEnded?.aborted && !app.signal.aborted) return [];
      throw new CancelledError('postponed', { message: 'no longer watching' });
    }
    if (socket) return [{ name: reader, present: true, ...(await cardInReader(app, reader)) }];
    const found: ReaderResult[] = [];
    for (const { name, present, atr } of await app.doors.listReaders()) {
      const known = { name, present, ...(atr && { atr: toHex(atr) }) };
      found.push(present ? { ...known, ...(await cardInReader(app, name)) } : { ...known, kind: 'none' });
    }
    return found;
  },
  text: (results, { paint, columns }, { wide }) =>
    results.length === 0 ? 'No readers. Plug one in.' : readersTable(results, paint, wide ? undefined : columns),
  next: (results) => nextOf(results),
});

/** Columns below which a reader's name says nothing any more. */
const LEAST_NAME = 12;
const GAP = 2;

/**
 * Kind and EID are shown whole. Where the room is not enough, the ATR is left out and the names of readers are shortened: an
 * ATR that is cut is of no use, and a reader has its number.
 *
 * @param columns of the terminal; without it, everything is shown
 */
function readersTable(results: readonly ReaderResult[], paint: Paint, columns: number | undefined): string {
  const names = results.map(({ name }) => (columns === undefined ? name : withoutRepetition(name)));
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(displayWidth));
  const fixed =
    String(results.length).length +
    widest(results.flatMap((reader) => (reader.error === undefined ? kindText(reader) : []))) +
    widest(results.map(({ eid = '' }) => eid)) +
    3 * GAP;
  const atrs = widest(results.map(({ atr = '' }) => atr));
  const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - fixed;
  const showsAtr = widest(names) + GAP + atrs <= room;
  const rows = results.flatMap((reader, i): Cell[][] => [
    [
      { text: String(i + 1), whole: true },
      { text: shortened(names[i] ?? '', Math.max(room, LEAST_NAME)), whole: true },
      cardCell(reader, paint),
      { text: reader.eid ?? '', whole: true },
      { text: showsAtr ? (reader.atr ?? '') : '', whole: true },
    ],
    ...(reader.otherEuiccs ?? []).map(({ eid, isdrAid }): Cell[] => [
      '',
      '',
      'and another',
      { text: eid, whole: true },
      { text: `--aid ${isdrAid}`, whole: true },
    ]),
  ]);
  return table(['', 'READER', 'CARD', 'EID', showsAtr ? 'ATR' : ''], rows, columns);
}

const cardCell = (reader: ReaderResult, paint: Paint): Cell =>
  reader.error === undefined
    ? { text: kindText(reader), style: reader.kind === 'consumer' ? paint.good : (text) => text, whole: true }
    : reader.error;

const kindText = ({ kind, lpaeSupport }: ReaderResult): string => (lpaeSupport ? `${KIND_TEXTS[kind]}, LPAe` : KIND_TEXTS[kind]);

/** PC/SC drivers name a reader twice: `OMNIKEY 3x21 Smart Card Reader [OMNIKEY 3x21 Smart Card Reader] 00 00`. */
function withoutRepetition(name: string): string {
  return name.replace(/ [[(]([^\])]*)[\])]/g, (bracket, inside: string, at: number) => {
    const before = name.slice(0, at).toLowerCase();
    return inside
      .toLowerCase()
      .split(/\s+/)
      .every((word) => before.includes(word))
      ? ''
      : bracket;
  });
}

/** The middle is left out: the end of a name has the number of the slot. */
function shortened(name: string, columns: number): string {
  const shown = displayText(name, 256);
  if (displayWidth(shown) <= columns) return shown;
  const characters = [...shown];
  const tail = Math.ceil((columns - 1) / 2);
  let end = '';
  while (displayWidth(end) < tail && characters.length > 0) end = characters.pop() + end;
  let start = '';
  while (displayWidth(start) + displayWidth(end) + 1 < columns && characters.length > 0) start += characters.shift();
  return `${start}…${end}`;
}

function nextOf(results: readonly ReaderResult[]): string {
  const numbers = results.flatMap(({ kind }, i) => (kind === 'consumer' || kind === 'iot' ? [i + 1] : []));
  if (numbers.length === 1) return '`lpa list` shows the profiles on it, `lpa info` the eUICC';
  if (numbers.length > 1) return `\`lpa list --reader ${numbers[0]}\` for one of them, \`lpa list --reader all\` for each`;
  if (results.some(({ present }) => present)) return '`lpa doctor` says what can be done';
  return results.length > 0 ? 'put a card in, then `lpa readers` again' : '`lpa doctor` looks further';
}
