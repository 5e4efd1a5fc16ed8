/** `lpa readers --watch`: what comes and goes, a line each, as soon as it is known. */
import { toHex } from '../../lpa/bytes.ts';
import type { ReaderState } from '../../lpa/card/pcsc/pcsc.ts';
import { displayText, jsonText } from '../../terminal/safe-text.ts';
import type { App } from '../app.ts';
import { type CardInReader, cardInReader, KIND_TEXTS } from './identify-card.ts';

type Gone = { readonly event: 'readerAdded' | 'readerRemoved' | 'cardRemoved'; readonly name: string };
type Inserted = { readonly event: 'cardInserted'; readonly name: string; readonly atr?: string };
type ReaderEvent = Gone | (Inserted & CardInReader);

/**
 * Prints readers and cards that are there, and then each change. It ends with the signal of the app, and when the reader of stdout is gone.
 *
 * @throws {CardError} when the service ends
 */
export async function watch(app: App): Promise<void> {
  let before: readonly ReaderState[] = [];
  const { stdoutEnded } = app.io;
  const signal = stdoutEnded ? AbortSignal.any([app.signal, stdoutEnded]) : app.signal;
  for await (const now of app.doors.watchReaders(signal)) {
    for (const event of differences(before, now)) {
      if (event.event !== 'cardInserted') print(app, event);
      else print(app, { ...event, ...(await cardInReader(app, event.name)) });
    }
    before = now;
  }
}

function differences(before: readonly ReaderState[], now: readonly ReaderState[]): (Gone | Inserted)[] {
  const known = new Map(before.map((reader) => [reader.name, reader]));
  const there = new Map(now.map((reader) => [reader.name, reader]));
  return [
    ...before.flatMap(({ name, present }): (Gone | Inserted)[] => {
      const reader = there.get(name);
      return [
        ...(present && !(reader?.present && isSameCard(known.get(name), reader))
          ? [{ event: 'cardRemoved' as const, name }]
          : []),
        ...(reader ? [] : [{ event: 'readerRemoved' as const, name }]),
      ];
    }),
    ...now.flatMap((reader): (Gone | Inserted)[] => {
      const { name, present, atr } = reader;
      const was = known.get(name);
      const inserted = present && !(was?.present && isSameCard(was, reader));
      return [
        ...(was ? [] : [{ event: 'readerAdded' as const, name }]),
        ...(inserted ? [{ event: 'cardInserted' as const, name, ...(atr && { atr: toHex(atr) }) }] : []),
      ];
    }),
  ];
}

/** A reader that was looked at too late shows another card without ever having been empty. No ATR yet is no other card. */
const isSameCard = (a: ReaderState | undefined, b: ReaderState): boolean =>
  a?.atr === undefined || b.atr === undefined || toHex(a.atr) === toHex(b.atr);

const EVENT_TEXTS: Readonly<Record<ReaderEvent['event'], string>> = {
  readerAdded: 'reader added',
  readerRemoved: 'reader removed',
  cardInserted: 'card inserted',
  cardRemoved: 'card removed',
};
const EVENT_COLUMNS = Math.max(...Object.values(EVENT_TEXTS).map(({ length }) => length));

function print(app: App, event: ReaderEvent): void {
  app.progress.clear();
  if (app.settings.json) {
    app.io.stdout(`${jsonText(event)}\n`);
    return;
  }
  const card = event.event === 'cardInserted' ? [event.error ?? KIND_TEXTS[event.kind], event.eid ?? ''] : [];
  const parts = [EVENT_TEXTS[event.event].padEnd(EVENT_COLUMNS), event.name, ...card].filter((part) => part !== '');
  app.io.stdout(`${parts.map((part) => displayText(part, 120)).join('  ')}\n`);
}
