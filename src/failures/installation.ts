/** Why an installation failed: the eUICC's reason, and what it says of the elements of the profile. SGP.22 v2.5 §2.5.6. */

import { EUICCResponse, firstFailure, type PEStatus, peStatusNames, statusWordOf } from '../lpa/saip/response.ts';
import { type BppCommandId, errorReason as errorReasonType } from '../lpa/sgp22/notification.ts';
import { spoken, type Words, words } from './words.ts';

const OPERATOR = 'tell the operator what stands above';
/** Where the eUICC lacks a feature. */
const VARIANT =
  "this eUICC lacks something that the profile needs. Compare `lpa info` with the profile's mandatory services, and ask the operator for another variant";
/** Where a value in the package is wrong. */
const PACKAGE =
  'check the profile package first, not the eUICC. Send the operator the ICCID, the profile version of `lpa info`, and the element, status and offset above';
const DAMAGED = 'the package is damaged or made for another card: ask the operator for a new code';

const MEMORY = '`lpa info` shows the free memory; delete a profile that is not needed and try the code again';

// biome-ignore format: a table
const REASONS: Readonly<Record<string, Words>> = {
  incorrectInputValues:                            words('incorrect input values', OPERATOR),
  invalidSignature:                                words("the server's signature over its keys does not hold", DAMAGED),
  invalidTransactionId:                            words('the package is of another session', 'run the same command again'),
  unsupportedCrtValues:                            words('key type, length or host of the package is not supported', OPERATOR),
  unsupportedRemoteOperationType:                  words('the package asks for an operation that is no installation', OPERATOR),
  unsupportedProfileClass:                         words('the eUICC takes no profiles of this class', OPERATOR),
  scp03tStructureError:                            words('the protected data is built wrongly', DAMAGED),
  scp03tSecurityError:                             words('the protected data does not pass its check', DAMAGED),
  installFailedDueToIccidAlreadyExistsOnEuicc:     words('a profile with this ICCID is on the eUICC', '`lpa list` shows it; `lpa enable` uses it'),
  installFailedDueToInsufficientMemoryForProfile:  words('not enough memory for the profile', MEMORY),
  installFailedDueToInterruption:                  words('the installation was interrupted', 'leave the card in the reader and run the same command again'),
  installFailedDueToPEProcessingError:             words('PE processing error', PACKAGE),
  installFailedDueToDataMismatch:                  words('the ICCID in the profile is not the one that was offered', OPERATOR),
  testProfileInstallFailedDueToInvalidNaaKey:      words('a test profile whose keys the eUICC does not accept', OPERATOR),
  pprNotAllowed:                                   words('the eUICC does not allow the policy rules of the profile', OPERATOR),
  enterpriseProfilesNotSupported:                  words('the eUICC takes no enterprise profiles', OPERATOR),
  enterpriseRulesNotAllowed:                       words('the eUICC does not allow the enterprise rules of the profile', OPERATOR),
  enterpriseProfileNotAllowed:                     words('the eUICC does not allow this enterprise profile', OPERATOR),
  enterpriseOidMismatch:                           words('the profile is of another enterprise than those on the eUICC', OPERATOR),
  enterpriseRulesError:                            words('the enterprise rules of the profile contradict each other', OPERATOR),
  enterpriseProfilesOnly:                          words('the eUICC takes enterprise profiles only', OPERATOR),
  lprNotSupported:                                 words('the eUICC knows no LPA proxy', OPERATOR),
  unknownTlvInMetadata:                            words('the metadata holds something that the eUICC does not know', OPERATOR),
  installFailedDueToInsufficientMinimumSecurityLevel:       words('the profile asks for more security than the eUICC has', OPERATOR),
  installFailedDueToServerAddressAbsentInEuiccAllowList:    words('the eUICC takes test profiles from other servers only', OPERATOR),
  installFailedDueToUnknownError:                  words('the eUICC gives no reason', 'take the card out, put it back, and see `lpa list`'),
};

const COMMAND_CODES: Readonly<Record<string, number>> = {
  initialiseSecureChannel: 0,
  configureISDP: 1,
  storeMetadata: 2,
  storeMetadata2: 3,
  replaceSessionKeys: 4,
  loadProfileElements: 5,
} satisfies Record<Exclude<BppCommandId, `unknown(${number})`>, number>;

const ELEMENT_STATUSES: Readonly<Record<string, Words>> = {
  'pe-not-supported': words('element not supported', VARIANT),
  'memory-failure': words(
    'the memory of the eUICC failed',
    'run the same command again; if it fails again, the eUICC is defective',
  ),
  'bad-values': words('value not allowed', PACKAGE),
  'not-enough-memory': words('not enough memory', MEMORY),
  'invalid-request-format': words('encoding not valid', PACKAGE),
  'invalid-parameter': words('parameter not valid', PACKAGE),
  'runtime-not-supported': words('runtime environment not supported', VARIANT),
  'lib-not-supported': words('library not supported', VARIANT),
  'template-not-supported': words('template not supported', VARIANT),
  'feature-not-supported': words('feature not supported', VARIANT),
  'pin-code-missing': words('PIN code missing', PACKAGE),
  'unsupported-profile-version': words('version of the profile format not supported', VARIANT),
};

/** Where it stopped: the part of the package that the eUICC was at. */
const COMMANDS: Readonly<Record<string, string>> = {
  initialiseSecureChannel: 'the keys of the package, BF23',
  configureISDP: 'making room for the profile, the first 87s',
  storeMetadata: 'the metadata, the 88s',
  storeMetadata2: 'the metadata, the 88s',
  replaceSessionKeys: "the profile's own keys, the second 87s",
  loadProfileElements: 'the profile itself, the 86s',
};

export const installationReason = (errorReason: string): Words | undefined => REASONS[errorReason];
export function installationCommand(bppCommandId: string): Words | undefined {
  const part = COMMANDS[bppCommandId];
  return part === undefined ? undefined : words(`the eUICC was at ${part}`, 'the reason that stands beside it says what to do');
}
export function elementStatus(status: string): Words | undefined {
  return ELEMENT_STATUSES[status];
}

export interface InstallationFailure {
  readonly message: string;
  readonly lines: readonly string[];
  readonly remedy?: string | undefined;
}

/** @param simaResponse an EUICCResponse, where the eUICC sent one */
export function installationFailure(bppCommandId: string, errorReason: string, simaResponse?: Uint8Array): InstallationFailure {
  const { cause, remedy } = REASONS[errorReason] ?? {};
  const response = simaResponse && simaResponse.length > 0 ? readResponse(simaResponse) : undefined;
  const failure = typeof response === 'object' ? firstFailure(response) : undefined;
  const codes = `${codeOf(bppCommandId, COMMAND_CODES)}/${codeOf(errorReason, reasonCodes())}`;
  return {
    message: `installation failed in ${bppCommandId}: ${cause ?? spoken(errorReason)} (${codes})`,
    lines: response === undefined ? [] : elementLines(response),
    // The status of the element says more than the reason.
    remedy: (errorReason === PE_PROCESSING_ERROR && failure ? ELEMENT_STATUSES[failure.status]?.remedy : undefined) ?? remedy,
  };
}

const reasonCodes = (): Readonly<Record<string, number>> => {
  const { shape } = errorReasonType;
  return shape.kind === 'enumerated' ? shape.names : {};
};

const codeOf = (name: string, codes: Readonly<Record<string, number>>): string =>
  String(codes[name] ?? /\d+/.exec(name)?.[0] ?? '?');

const PE_PROCESSING_ERROR = 'installFailedDueToPEProcessingError';

/** Returns the response, or a line that says why it cannot be read. */
function readResponse(simaResponse: Uint8Array): EUICCResponse | string {
  try {
    return EUICCResponse.decode(simaResponse);
  } catch (error) {
    return `the simaResponse of the eUICC cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function elementLines(response: EUICCResponse | string): string[] {
  if (typeof response === 'string') return [response];
  const failure = firstFailure(response);
  return [
    ...(failure ? [elementLine(failure)] : []),
    ...(response.statusMessage ? [`the eUICC says: ${response.statusMessage}`] : []),
  ];
}

function elementLine(status: PEStatus): string {
  const { identification, offset } = status;
  const more = status['additional-information'];
  const sw = statusWordOf(status.status);
  const code = (peStatusNames as Readonly<Record<string, number>>)[status.status];
  const what =
    sw === undefined ? (ELEMENT_STATUSES[status.status]?.cause ?? status.status) : `status word ${sw.toString(16).toUpperCase()}`;
  return [
    `${identification === undefined ? 'profile header' : `profile element with identification ${identification}`}: ${what}${code === undefined ? '' : ` (${code})`}`,
    ...(more === undefined ? [] : [`additional information ${more}`]),
    ...(offset === undefined ? [] : [`offset ${offset}`]),
  ].join(', ');
}
