/** A second download of one order: which profile it installed before, and what became of its activation code. SGP.22 v2.5 §3.1.3. */
import { type CodeState, LpaError, ServerError } from '../errors.ts';
import { AuthenticateClient } from '../es9/es9p.ts';
import { getProfilesInfo } from '../es10/es10c.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { ProfileInstallationResultData } from '../sgp22/notification.ts';
import { parseAddress } from './address.ts';
import type { Handshake } from './authenticate.ts';
import type { Lpa } from './lpa.ts';
import { installationResults } from './pending-notifications.ts';

/** Which profile each activation code installed. */
export interface CodeHistory {
  /** Notes that the activation code of this command installed the profile. @throws the error of the file system */
  installed(iccid: string): void;
  /** Whether the activation code of this command installed the profile; undefined where the history does not know the profile. */
  isFrom(iccid: string): boolean | undefined;
}

type Server = Pick<Handshake, 'address' | 'serverOid'>;

/**
 * Returns what became of an activation code whose profile is on the eUICC already. It is used where this code installed the
 * profile, or where the eUICC still holds the success result of the same SM-DP+: the server ends the order when it gets it.
 */
export async function codeStateOfInstalled({ isdr, codeHistory }: Lpa, server: Server, iccid: string): Promise<CodeState> {
  if (codeHistory?.isFrom(iccid)) return 'used';
  try {
    return (await successesOf(isdr, server)).includes(iccid) ? 'used' : 'good';
  } catch (error) {
    if (error instanceof LpaError) return 'unknown'; // the eUICC does not say; the profile is on it in any case
    throw error;
  }
}

/**
 * Adds to a refused matching ID the profile that the order installed on this eUICC before. It is known by the history, or
 * by the one success result of the same SM-DP+ that the server has not got yet.
 */
export async function explainRefusal(lpa: Lpa, server: Server, error: unknown): Promise<void> {
  if (!(error instanceof ServerError) || error.function !== AuthenticateClient.name) return;
  if (error.subjectCode !== '8.2.6' || error.reasonCode !== '3.8') return;
  try {
    error.profileOnEuicc = await profileOfOrder(lpa, server);
  } catch (cause) {
    if (!(cause instanceof LpaError)) throw cause; // a card that does not answer explains nothing: the refusal is reported as it is
  }
  if (error.profileOnEuicc !== undefined) error.codeState = 'used';
}

async function profileOfOrder({ isdr, codeHistory }: Lpa, server: Server): Promise<string | undefined> {
  const onEuicc = (await getProfilesInfo(isdr, ['iccid'])).flatMap(({ iccid }) => iccid ?? []);
  const known = onEuicc.find((iccid) => codeHistory?.isFrom(iccid) === true);
  if (known !== undefined || onEuicc.length === 0) return known;
  const pending = await successesOf(isdr, server);
  const candidates = onEuicc.filter((iccid) => pending.includes(iccid) && codeHistory?.isFrom(iccid) !== false);
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** @returns the ICCIDs of installations from this SM-DP+ whose success result is still on the eUICC */
const successesOf = async (isdr: Isdr, server: Server): Promise<string[]> =>
  (await installationResults(isdr)).flatMap((data) => {
    const { iccid } = data.notificationMetadata;
    return 'successResult' in data.finalResult && iccid !== undefined && isFromServer(data, server) ? [iccid] : [];
  });

function isFromServer({ smdpOid, notificationMetadata }: ProfileInstallationResultData, { address, serverOid }: Server): boolean {
  if (smdpOid !== undefined) return smdpOid === serverOid;
  const notified = parseAddress(notificationMetadata.notificationAddress.trim());
  return !('problem' in notified) && notified.authority === address;
}
