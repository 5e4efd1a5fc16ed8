/** Take what waits for this eUICC without an activation code: first come, first asked for. */

import { explain } from '../../failures/explain-error.ts';
import { LpaError, UsageError } from '../../lpa/errors.ts';
import {
  checkedAddress,
  type Discovered,
  discover,
  type FailedEvent,
  type Found,
  isNothingPending,
  placesOn,
} from '../../lpa/procedures/discovery.ts';
import { type Consent, downloadProfile } from '../../lpa/procedures/download.ts';
import type { Installation } from '../../lpa/procedures/install.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { App } from '../app.ts';
import { plural } from '../output/profile-names.ts';

/** One of the profiles that wait. */
export async function takeDiscovered(
  app: App,
  { rspServerAddress, eventId }: Discovered,
  consent: Consent,
): Promise<Installation> {
  if (eventId !== undefined) app.useCode(rspServerAddress, eventId);
  const target = { address: rspServerAddress, ...(eventId !== undefined && { matchingId: eventId }) };
  return downloadProfile(await app.lpa(), target, consent);
}

/**
 * What waits at the default SM-DP+, else the first thing that the SM-DS knows of. SGP.22 v2.5 §3.2, §3.3.
 *
 * @throws {UsageError} when nothing waits anywhere
 */
export async function takeFirst(app: App, consent: Consent): Promise<Installation> {
  const lpa = await app.lpa();
  const { defaultDpAddress, smds } = await placesOn(lpa.isdr);
  if (!defaultDpAddress && smds.length === 0) {
    throw new UsageError('no activation code was given, and the card has no default SM-DP+ and no SM-DS to ask', {
      remedy: REMEDY,
    });
  }
  let failure: LpaError | undefined;
  if (defaultDpAddress) {
    try {
      const address = checkedAddress(defaultDpAddress, "the card's default SM-DP+");
      return await downloadProfile(lpa, { address }, consent);
    } catch (error) {
      if (!isNothingPending(error)) {
        // Only a server that could not be asked is passed over: what a session came to is the answer.
        if (!(error instanceof LpaError) || error.codeState !== 'untouched' || lpa.signal?.aborted) throw error;
        warnUnreached(app, defaultDpAddress, error);
        failure = error;
      }
    }
  }
  const { found, failed, unreached } = await discover(lpa, { smds });
  for (const { address, error } of unreached) warnUnreached(app, address, error);
  for (const event of failed) warnFailedEvent(app, event);
  const [first, ...others] = found;
  if (first) {
    if (others.length > 0)
      app.say(`${plural(others.length, 'more profile waits', 'more profiles wait')}: \`lpa discover\` shows them`);
    return takeDiscovered(app, first, consent);
  }
  failure ??= unreached[0]?.error ?? failed[0]?.error;
  if (failure) throw failure;
  throw new UsageError('no activation code was given, and nothing waits for this card where it can be asked', { remedy: REMEDY });
}

const REMEDY = '`lpa help activation-codes` says what a code looks like; `lpa smdp` sets a default SM-DP+';

export function warnUnreached(app: App, address: string, error: LpaError): void {
  app.warn(`${displayText(address)} could not be asked: ${explain(error, app.io.platform).message}`);
}

export function warnFailedEvent(app: App, { eventId, rspServerAddress, error }: FailedEvent): void {
  const event = `Event ${displayText(eventId, 80)} at ${displayText(rspServerAddress)}`;
  app.warn(`${event} could not be checked: ${explain(error, app.io.platform).message}`);
}

/** @throws {LpaError} the first failure, where no place at all could be asked: nothing found would be a lie then */
export function warnOfUnreached(app: App, { unreached, places }: Found): void {
  const [first] = unreached;
  if (first && unreached.length === places) throw first.error;
  for (const { address, error } of unreached) warnUnreached(app, address, error);
}
