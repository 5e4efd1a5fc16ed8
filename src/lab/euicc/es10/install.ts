/** The profile package itself: checked as a card would check it, then a profile of the card. SGP.22 v2.5 §2.5.6, §3.1.3.3; TCA profile package. */
import { toBase64 } from '../../../lpa/bytes.ts';
import { DecodeError } from '../../../lpa/errors.ts';
import { checkProfilePackage, errorsAmong, passedOver, responseTo } from '../../../lpa/saip/check/check.ts';
import { nameOf, only, type ProfilePackage, readProfilePackage } from '../../../lpa/saip/package.ts';
import { EUICCResponse, type PEStatus } from '../../../lpa/saip/response.ts';
import type { BppCommandId, ErrorReason } from '../../../lpa/sgp22/notification.ts';
import { type ProfileMetadata, StoreMetadataRequest } from '../../../lpa/sgp22/profile.ts';
import { isTestKey } from '../../profile/sample.ts';
import { type Chip, freeOn } from '../chip.ts';
import { freeIsdpAid, type ProfileRecord } from '../state.ts';
import { capabilitiesOf } from './euicc-info.ts';

/** A command of the package failed: what the ProfileInstallationResult says of it. */
export class LoadFailure extends Error {
  readonly command: BppCommandId;
  readonly reason: ErrorReason;
  /** EUICCResponse */
  readonly simaResponse: Uint8Array | undefined;

  constructor(command: BppCommandId, reason: ErrorReason, why: string, simaResponse?: Uint8Array) {
    super(why);
    this.name = 'LoadFailure';
    this.command = command;
    this.reason = reason;
    this.simaResponse = simaResponse;
  }
}

/** What a profile takes besides the octets of its package: its security domain and the registry's entry. */
const ISDP_OCTETS = 2048;

const fail = (reason: ErrorReason, why: string, status?: Partial<PEStatus> & Pick<PEStatus, 'status'>): LoadFailure =>
  new LoadFailure(
    'loadProfileElements',
    reason,
    why,
    status && EUICCResponse.encode({ peStatus: [status], profileInstallationAborted: true }),
  );

/** @throws {LoadFailure} and leaves nothing behind */
export function installProfile(
  chip: Chip,
  upp: Uint8Array,
  { metadata, ciPKId, dpOid }: { metadata: Uint8Array; ciPKId: string; dpOid?: string },
): { profile: ProfileRecord; simaResponse: Uint8Array } {
  const { state } = chip;
  const pkg = read(upp);
  const { iccid, profileClass } = StoreMetadataRequest.decode(metadata);
  const card = { uiccCapability: capabilitiesOf(chip), profileVersion: '3.3.1' };
  const findings = checkProfilePackage(pkg, card);
  const [decisive] = errorsAmong(findings);
  if (decisive) {
    const { element, clause, text, status } = decisive;
    throw new LoadFailure(
      'loadProfileElements',
      'installFailedDueToPEProcessingError',
      `${nameOf(element)}, clause ${clause}: ${text}, ${status}`,
      EUICCResponse.encode(responseTo(findings)),
    );
  }
  if (pkg.iccid !== iccid)
    throw fail('installFailedDueToDataMismatch', `the package is of ${pkg.iccid}, the metadata of ${iccid}`);
  checkTestKey(pkg, profileClass);
  const size = upp.length + metadata.length + ISDP_OCTETS;
  if (size > freeOn(chip)) {
    throw fail('installFailedDueToInsufficientMemoryForProfile', `${size} octets are needed, ${freeOn(chip)} are free`, {
      status: 'not-enough-memory',
    });
  }
  const profile: ProfileRecord = {
    isdpAid: freeIsdpAid(state),
    iccid,
    enabled: false,
    metadata: toBase64(metadata),
    ciPKId,
    size,
    package: toBase64(upp),
    ...(dpOid !== undefined && { dpOid }),
  };
  state.profiles.push(profile);
  chip.changed();
  return { profile, simaResponse: EUICCResponse.encode(responseTo([], passedOver(pkg, card))) };
}

function read(upp: Uint8Array): ProfilePackage {
  try {
    return readProfilePackage(upp);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw fail('installFailedDueToPEProcessingError', error.message, { status: 'invalid-request-format' });
  }
}

/** A test profile on a card that is out in the world may only have the key that everybody knows (§2.4.5.3). */
function checkTestKey(pkg: ProfilePackage, profileClass: ProfileMetadata['profileClass']): void {
  if (profileClass !== 'test') return;
  for (const element of only(pkg, 'akaParameter')) {
    const configuration = element.value?.algoConfiguration;
    if (configuration && 'algoParameter' in configuration && !isTestKey(configuration.algoParameter.key)) {
      throw fail('testProfileInstallFailedDueToInvalidNaaKey', `the key of ${nameOf(element)} is not the test key`);
    }
  }
}
