/** ES11: LPA to SM-DS. SGP.22 v2.5 §5.8 (functions), §6.5.2 (JSON). The paths are those of ES9+, the server's role is not. */
import { DecodeError } from '../errors.ts';
import { AuthenticateServerResponse } from '../sgp22/authentication.ts';
import { initiateAuthenticationRequest, serverAuthentication } from './es9p.ts';
import { jsonOf, objectOf, optionalParam, rspFunction, transactionId } from './function.ts';

/** An SM-DS that has an Event for an eUICC says where it waits. */
export interface EventEntry {
  readonly eventId: string;
  /** An SM-DP+, or a further SM-DS. */
  readonly rspServerAddress: string;
}

/** Entries that one answer may have; a card has room for few profiles. */
const MAX_ENTRIES = 256;

function eventEntries(json: unknown, path: string): readonly EventEntry[] {
  if (!Array.isArray(json)) throw new DecodeError(path, 'expected an array');
  if (json.length > MAX_ENTRIES) throw new DecodeError(path, `${json.length} entries, more than ${MAX_ENTRIES}`);
  return json.map((entry: unknown, i) => {
    const { eventId, rspServerAddress } = (entry ?? {}) as Partial<Record<keyof EventEntry, unknown>>;
    if (typeof eventId !== 'string' || typeof rspServerAddress !== 'string') {
      throw new DecodeError(`${path}/${i}`, 'expected eventId and rspServerAddress');
    }
    return { eventId, rspServerAddress };
  });
}

/** `smdpAddress` holds the address of the SM-DS: live servers want the member so. */
export const InitiateAuthentication = rspFunction({
  name: 'ES11.InitiateAuthentication',
  path: '/gsma/rsp2/es9plus/initiateAuthentication',
  request: initiateAuthenticationRequest,
  response: serverAuthentication,
});

export const AuthenticateClient = rspFunction({
  name: 'ES11.AuthenticateClient',
  path: '/gsma/rsp2/es9plus/authenticateClient',
  request: { transactionId, authenticateServerResponse: objectOf(AuthenticateServerResponse) },
  response: { transactionId: optionalParam(transactionId), eventEntries: jsonOf(eventEntries) },
});
