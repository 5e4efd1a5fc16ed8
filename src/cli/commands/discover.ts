/** lpa discover: what waits for this eUICC at its default SM-DP+ and its SM-DS. SGP.22 v2.5 §3.2, §3.3, §3.6. */
import { LpaError, UsageError } from '../../lpa/errors.ts';
import { addressFrom } from '../../lpa/procedures/address.ts';
import { type Discovered, discover as discoverEvents, type FailedEvent } from '../../lpa/procedures/discovery.ts';
import type { Installation } from '../../lpa/procedures/install.ts';
import { exitCodeOf } from '../../terminal/exit-codes.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { table } from '../../terminal/table.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { takeDiscovered, warnFailedEvent, warnOfUnreached } from '../downloads/pending-download.ts';
import { deliverPending } from '../downloads/send-notifications.ts';
import { type ConsentOptions, consentOf } from '../input/consent.ts';
import { errorMembers } from '../output/present.ts';

interface Item extends Discovered {
  /** The Event leads to no server that can be asked; there is nothing to install. */
  readonly unchecked?: true;
  readonly installed?: Pick<Installation, 'iccid' | 'metadata'>;
  readonly failure?: { readonly error: LpaError; readonly members: Awaited<ReturnType<typeof errorMembers>> };
}

export const discover = command({
  usage: 'discover',
  summary: 'Show what waits for this card at its default SM-DP+ and its SM-DS',
  details:
    'An SM-DS that names another one is followed. With --install each profile is shown, asked about and installed, as ' +
    '`lpa download` does. A server that cannot be reached is a warning, unless none can. An Event whose server cannot be ' +
    'asked is listed with its error.',
  examples: ['lpa discover', 'lpa discover --install', 'lpa discover --smds smds.example.com', 'lpa discover --json'],
  options: {
    install: { flags: '--install', text: 'download and install what was found' },
    smds: { flags: '--smds <address>', text: 'ask this SM-DS, and no server that the card names' },
  },
  session: true,
  async run(app, { install, smds }): Promise<readonly Item[]> {
    const named = smds !== undefined && addressFrom(smds, '--smds').authority;
    if (install && !app.settings.yes && !app.interactive) {
      throw new UsageError('a download has to be agreed to, and nobody is there to be asked', {
        remedy: 'add --yes to install whatever is found',
      });
    }
    const result = await discoverEvents(await app.lpa(), named ? { smds: [named] } : undefined);
    warnOfUnreached(app, result);
    const items: Item[] = [];
    for (const one of result.found) items.push(install ? await installed(app, one) : one);
    for (const event of result.failed) items.push(await unchecked(app, event));
    return items;
  },
  text: (items, { paint, columns }) =>
    items.length === 0
      ? 'Nothing waits for this card.'
      : table(
          ['SERVER', 'EVENT', 'FOUND AT', ...(items.some(({ installed, failure }) => installed || failure) ? ['RESULT'] : [])],
          items.map(({ rspServerAddress, eventId = '', source, installed, failure }) => [
            rspServerAddress,
            { text: eventId, whole: true },
            SOURCES[source],
            ...(installed ? [{ text: `installed ${installed.iccid}`, style: paint.good, whole: true }] : []),
            ...(failure ? [{ text: failure.members.message, style: paint.bad }] : []),
          ]),
          columns,
        ),
  json: (items) =>
    items.map(({ rspServerAddress, eventId, source, installed, failure }) => ({
      rspServerAddress,
      eventId,
      source,
      ...(installed && { iccid: installed.iccid }),
      ...(failure && { error: failure.members }),
    })),
  exitCode: (items) => exitCodeOfFirst(items),
  next(items) {
    if (items.some(({ installed }) => installed)) return '`lpa list`';
    return items.some(({ failure }) => !failure) ? '`lpa discover --install`' : undefined;
  },
  async afterwards(app, items) {
    // A failed installation has a result too, and its server is waiting for it.
    if (items.some(({ installed, failure, unchecked }) => installed || (failure && !unchecked))) await deliverPending(app);
    return items;
  },
});

const SOURCES: Readonly<Record<Discovered['source'], string>> = { defaultSmdp: 'default SM-DP+', smds: 'SM-DS' };

/** An Event that could not be checked counts only where there is nothing else: "nothing waits" could be wrong then. */
function exitCodeOfFirst(items: readonly Item[]): number {
  const relevant = items.every(({ unchecked }) => unchecked) ? items : items.filter(({ unchecked }) => !unchecked);
  const first = relevant.find(({ failure }) => failure)?.failure;
  return first ? exitCodeOf(first.error) : 0;
}

async function unchecked(app: App, event: FailedEvent): Promise<Item> {
  const { rspServerAddress, eventId, error } = event;
  warnFailedEvent(app, event);
  return {
    rspServerAddress,
    eventId,
    source: 'smds',
    unchecked: true,
    failure: { error, members: await errorMembers(error, app) },
  };
}

/** What one server refuses does not keep the next profile from coming. */
async function installed(app: App, one: Discovered): Promise<Item> {
  const ask: ConsentOptions = { confirmationCode: undefined, acceptedRules: [] };
  try {
    const { iccid, metadata } = await takeDiscovered(app, one, consentOf(app, ask));
    return { ...one, installed: { iccid, metadata } };
  } catch (error) {
    if (!(error instanceof LpaError) || app.signal.aborted) throw error;
    const members = await errorMembers(error, app);
    app.warn(`${displayText(one.rspServerAddress)}: ${displayText(members.message, 300)}`);
    return { ...one, failure: { error, members } };
  }
}
