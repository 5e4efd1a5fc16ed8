/** Sends pending notifications after a change. A failure to send is a warning: the change itself is done. */

import { explain } from '../../failures/explain-error.ts';
import { LpaError } from '../../lpa/errors.ts';
import { listNotification } from '../../lpa/es10/es10b.ts';
import { type SendOptions, sendNotifications } from '../../lpa/procedures/notifications.ts';
import type { App } from '../app.ts';
import { plural } from '../output/profile-names.ts';

/** For each address. The command itself is done, so the user does not wait long for a server. */
const DELIVERY_MS = 10_000;

/**
 * Deliver what is pending on the card.
 *
 * @param counts without delivery, ask the card how many there are; false: only for `--json`, which shows the number
 * @returns how many are still on it; undefined when the card does not say
 */
export async function deliverPending(app: App, { counts = true } = {}): Promise<number | undefined> {
  try {
    if (!app.settings.notify && !app.settings.json && !counts) return leftUncounted(app);
    if (!app.settings.notify || app.signal.aborted) return await leftOnCard(app);
    const deliveries = await sendNotifications(await app.lpa(), { ...orderOf(app), deadlineMs: DELIVERY_MS });
    const left = deliveries.filter(({ delivered }) => !delivered);
    // `lpa notifications` shows a refusal that repeats; a warning at every command would be no news.
    const news = left.filter(({ isRepeated }) => !isRepeated);
    const [error] = news.flatMap((delivery) => delivery.error ?? []);
    if (error) warn(app, `${plural(news.length, 'notification is', 'notifications are')} still on the card`, error);
    return left.length;
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    warn(app, 'the notifications on the card were not delivered', error);
    return undefined;
  }
}

/** A replay needs the order of its recording, and a trace of one address at a time can be read. */
export function orderOf({ settings }: Pick<App, 'settings'>): SendOptions {
  const { recordFile, trace, traceFile, reader } = settings;
  const isReplay = reader?.startsWith('replay:') === true;
  return { inSequence: isReplay || recordFile !== undefined || trace || traceFile !== undefined };
}

function leftUncounted(app: App): undefined {
  if (app.wrote) app.say('pending notifications stay on the card; `lpa notifications send` sends them');
}

async function leftOnCard(app: App): Promise<number> {
  const { length } = await listNotification(await app.openIsdr());
  if (length > 0)
    app.say(`${plural(length, 'notification is', 'notifications are')} left on the card; \`lpa notifications send\` delivers`);
  return length;
}

function warn(app: App, what: string, error: LpaError): void {
  app.warn(`${what}: ${explain(error, app.io.platform).message}`);
  app.say('`lpa notifications send` tries again');
}
