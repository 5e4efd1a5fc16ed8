/** lpa readers: what is plugged in, and what it holds. */
import { toHex } from '../../bytes.ts';
import { isSocketName } from '../../card/socket.ts';
import { CancelledError, UsageError } from '../../errors.ts';
import { type CardInReader, cardInReader, KIND_TEXTS } from '../card-in-reader.ts';
import { command } from '../command.ts';
import { lpaeText } from '../lpae-text.ts';
import { type Cell, table } from '../table.ts';
import { watch } from '../watch-readers.ts';

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
    'lpa readers --watch',
    'lpa readers --watch --json',
    'lpa readers --json | jq -r \'.[] | select(.kind == "consumer").name\'',
  ],
  options: { watch: { flags: '--watch', text: 'print what comes and goes, an event a line' } },
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
  text: (results, { paint, columns }) =>
    results.length === 0
      ? 'No readers. Plug one in.'
      : table(
          ['', 'READER', 'CARD', 'EID', 'ATR'],
          results.flatMap((reader, i): Cell[][] => [
            [
              { text: String(i + 1), whole: true },
              { text: reader.name, whole: true },
              { text: reader.error ?? kindText(reader), style: reader.kind === 'consumer' ? paint.good : (text) => text },
              { text: reader.eid ?? '', whole: true },
              reader.atr ?? '',
            ],
            ...(reader.otherEuiccs ?? []).map(({ eid, isdrAid }) => [
              '',
              '',
              'and another',
              { text: eid, whole: true },
              `--aid ${isdrAid}`,
            ]),
          ]),
          columns,
        ),
  next: (results) => nextOf(results),
});

const kindText = ({ kind, lpaeSupport }: ReaderResult): string =>
  lpaeSupport ? `${KIND_TEXTS[kind]} with an LPAe (${lpaeText(lpaeSupport)})` : KIND_TEXTS[kind];

function nextOf(results: readonly ReaderResult[]): string {
  const numbers = results.flatMap(({ kind }, i) => (kind === 'consumer' || kind === 'iot' ? [i + 1] : []));
  if (numbers.length === 1) return '`lpa list` shows the profiles on it, `lpa info` the eUICC';
  if (numbers.length > 1) return `\`lpa list --reader ${numbers[0]}\` for one of them, \`lpa list --reader all\` for each`;
  if (results.some(({ present }) => present)) return '`lpa doctor` says what can be done';
  return results.length > 0 ? 'put a card in, then `lpa readers` again' : '`lpa doctor` looks further';
}
