/** lpa readers: what is plugged in, and what it holds. */
import { toHex } from '../../bytes.ts';
import { iso7816Card } from '../../card/iso7816.ts';
import { isSocketName } from '../../card/socket.ts';
import { CardError, LpaError } from '../../errors.ts';
import { getEid } from '../../es10/es10c.ts';
import { openIsdr } from '../../es10/find.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { type Cell, table } from '../table.ts';

interface ReaderResult {
  readonly name: string;
  readonly present: boolean;
  readonly atr?: string;
  readonly kind: 'consumer' | 'iot' | 'm2m' | 'uicc' | 'none';
  readonly eid?: string;
  /** Why the card could not be asked. */
  readonly error?: string;
}

export const readers = command({
  usage: 'readers',
  summary: 'List the readers and what card each holds',
  details: 'A card is a consumer eUICC (SGP.22), an IoT eUICC (SGP.32), an M2M eUICC (SGP.02) or a plain UICC.',
  examples: ['lpa readers', 'lpa readers --json | jq -r \'.[] | select(.kind == "consumer").name\''],
  async run(app): Promise<ReaderResult[]> {
    const { reader } = app.settings;
    // A card at a socket is no reader of the PC/SC service: it is there because it was named.
    if (reader !== undefined && isSocketName(reader)) return [{ name: reader, present: true, ...(await cardIn(app, reader)) }];
    const found: ReaderResult[] = [];
    for (const { name, present, atr } of await app.doors.listReaders()) {
      const known = { name, present, ...(atr && { atr: toHex(atr) }) };
      found.push(present ? { ...known, ...(await cardIn(app, name)) } : { ...known, kind: 'none' });
    }
    return found;
  },
  text: (results, { paint, columns }) =>
    results.length === 0
      ? 'No readers. Plug one in.'
      : table(
          ['', 'READER', 'CARD', 'EID', 'ATR'],
          results.map((reader, i): Cell[] => [
            { text: String(i + 1), whole: true },
            { text: reader.name, whole: true },
            { text: reader.error ?? KINDS[reader.kind], style: reader.kind === 'consumer' ? paint.good : (text) => text },
            reader.eid ?? '',
            reader.atr ?? '',
          ]),
          columns,
        ),
});

const KINDS: Readonly<Record<ReaderResult['kind'], string>> = {
  consumer: 'consumer eUICC',
  iot: 'IoT eUICC',
  m2m: 'M2M eUICC',
  uicc: 'plain UICC',
  none: 'no card',
};

async function cardIn(app: App, name: string): Promise<Omit<ReaderResult, 'name' | 'present'>> {
  let atr: Pick<ReaderResult, 'atr'> = {};
  try {
    const link = await app.doors.openLink({ reader: name, waitMs: 0, isEuicc: async () => true });
    if (link.atr.length > 0) atr = { atr: toHex(link.atr) };
    const { isdr, kind } = await openIsdr(iso7816Card(link), { aid: app.settings.aid, listener: app.listener });
    await using _ = isdr;
    return { ...atr, kind, eid: await getEid(isdr) };
  } catch (error) {
    if (error instanceof CardError && error.problem === 'm2m') return { ...atr, kind: 'm2m' };
    if (error instanceof CardError && error.problem === 'noEuicc') return { ...atr, kind: 'uicc' };
    if (error instanceof CardError && error.problem === 'busy') return { kind: 'none', error: 'held by another program' };
    if (error instanceof LpaError) return { kind: 'none', error: error.message };
    throw error;
  }
}
