/** The errors of ES9+ and ES11 in their ASN.1 binding: most say by a number what JSON says by a subject and a reason code. */
import { serverCode } from './server-codes.ts';
import { type Words, words } from './words.ts';

// biome-ignore format: a table
const PAIRS: Readonly<Record<string, readonly [subject: string, reason: string]>> = {
  invalidDpAddress:                ['8.8.1', '3.8'],
  euiccVersionNotSupportedByDp:    ['8.8.3', '3.1'],
  ciPKNotSupported:                ['8.8.2', '3.1'],
  eumCertificateInvalid:           ['8.1.2', '6.1'],
  eumCertificateExpired:           ['8.1.2', '6.3'],
  euiccCertificateInvalid:         ['8.1.3', '6.1'],
  euiccCertificateExpired:         ['8.1.3', '6.3'],
  euiccSignatureInvalid:           ['8.1', '6.1'],
  matchingIdRefused:               ['8.2.6', '3.8'],
  eidMismatch:                     ['8.1.1', '3.8'],
  noEligibleProfile:               ['8.2.5', '4.3'],
  ciPKUnknown:                     ['8.11.1', '3.9'],
  invalidTransactionId:            ['8.10.1', '3.9'],
  insufficientMemory:              ['8.1', '4.8'],
  iccidUnknown:                    ['8.2.1', '3.9'],
  downloadOrderExpired:            ['8.8.5', '4.10'],
  confirmationCodeMissing:         ['8.2.7', '2.2'],
  confirmationCodeRefused:         ['8.2.7', '3.8'],
  confirmationCodeRetriesExceeded: ['8.2.7', '6.4'],
  bppRebindingRefused:             ['8.2', '3.7'],
  eventIdUnknown:                  ['8.9.5', '3.9'],
};

const AGAIN = 'run the same command again; if it stays so, the card or what is between here and the server is at fault';
const REPORT = 'please report this with a trace (`--trace-file`)';
const OPERATOR = "it is a matter of version 3 between the card and the server's operator: tell them";

// biome-ignore format: a table
const OTHERS: Readonly<Record<string, Words>> = {
  ciPKMismatch:                        words('the CI is not the one that the session began with', AGAIN),
  euiccRspCapabilityHasChanged:        words('the capabilities of the eUICC are not those that the session began with', AGAIN),
  lpaRspCapabilityHasChanged:          words('the capabilities of the LPA are not those that the session began with', AGAIN),
  deviceChangeNotSupported:            words('the server does not move profiles from one device to another', OPERATOR),
  deviceChangeNotAllowed:              words('this profile may not be moved to another device', OPERATOR),
  pushServiceNotSupport:               words('the server has no such push service', OPERATOR),
  pushServiceRegistrationNotSupported: words('the server takes no registrations for push', OPERATOR),
  invalidInputData:                    words('the server does not understand the request', REPORT),
  missingInputData:                    words('the server misses something in the request', REPORT),
  functionProviderBusy:                words('the server is busy', 'try again in some minutes'),
  undefinedError:                      words('the server gives no reason', 'try again; if it stays so, tell the operator'),
};

export function bindingError(code: string): Words | undefined {
  const pair = PAIRS[code];
  return pair ? serverCode(...pair) : OTHERS[code];
}
