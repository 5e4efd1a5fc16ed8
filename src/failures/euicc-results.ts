/** What an eUICC means by a result. SGP.22 v2.5 §5.7; members of v3 and SGP.32 are said where they are known. */
import { type Words, words } from './words.ts';

const FAULT = 'take the card out, put it back and try again';
const LIST = '`lpa list` shows what is there';
const NO_SESSION = 'the card lost the session, as after a restart: run the same command again';
const OPERATOR_RULE = 'a policy rule of the profile forbids it; only its operator can lift that';
const EIM = 'on an IoT eUICC its eIM decides about it';
const FOREIGN =
  'the server and this card belong to different worlds, live and test: `lpa info` lists the CIs that the card believes';

/** Results that mean the same wherever they come from. */
// biome-ignore format: a table
const COMMON: Readonly<Record<string, Words>> = {
  iccidOrAidNotFound:        words('the card does not have this profile', LIST),
  iccidNotFound:             words('the card does not have this profile', LIST),
  profileNotInDisabledState: words('the profile is not disabled', LIST),
  profileNotInEnabledState:  words('the profile is not enabled', LIST),
  catBusy:                   words("the card's SIM toolkit is in the middle of something", 'try again in a moment'),
  undefinedError:            words('the card gives no reason', FAULT),
  incorrectInputValues:      words('the card does not understand the request', 'please report this with a trace (`--trace-file`) and what card it is'),
  commandError:              words('the card does not understand the request', 'please report this with a trace (`--trace-file`) and what card it is'),
  profileChangeOngoing:      words('the card is still changing profiles', 'try again in a moment'),
  disallowedByPolicy:        words('a policy rule of a profile forbids it', OPERATOR_RULE),
  stateUnchanged:            words('what the card says and what it then shows are not the same', FAULT),
  nothingToDelete:           words('there is nothing to delete', 'nothing has to be done; `lpa list` shows what is there'),
  disallowedForRpm:          words('the operator may not do this from afar', 'do it here, or ask the operator'),
  disallowedInTestMode:      words('the card is in test mode', 'disable the test profile first: `lpa list` shows it'),
  rollbackNotAvailable:      words('the card has nothing to go back to', LIST),
  returnFallbackProfile:     words('the profile is the fallback of an IoT eUICC', 'its eIM decides about it'),
  ecallActive:               words('an emergency call is under way', 'wait for its end and try again'),
  ecallNotAvailable:         words('the card has no profile for emergency calls', EIM),
  fallbackNotAvailable:      words('the card has no fallback profile', EIM),
  insufficientMemory:        words('not enough memory on the card', '`lpa info` shows the free memory; delete a profile that is not needed'),
  noSessionContext:          words('the card knows of no session', NO_SESSION),
};

// biome-ignore format: a table
const AUTHENTICATE: Readonly<Record<string, Words>> = {
  invalidCertificate:            words("the card does not accept the server's certificate", FOREIGN),
  invalidSignature:              words("the server's signature does not hold", 'try again; if it stays so, something between here and the server changes what it says'),
  unsupportedCurve:              words("the card cannot compute on the server's curve", 'the operator needs another SM-DP+ for this card'),
  noSessionContext:              words('the card knows of no session', NO_SESSION),
  invalidOid:                    words("the OID in the server's certificate is not the one it signs for", 'ask the operator'),
  euiccChallengeMismatch:        words("the server signed another challenge than this card's", NO_SESSION),
  ciPKUnknown:                   words('the card does not believe the CI of the server', FOREIGN),
  transactionIdError:            words('the transaction is not the one of this session', NO_SESSION),
  missingCrl:                    words('the card wants a revocation list that the server did not send', 'ask the operator'),
  invalidCrlSignature:           words('the signature of a revocation list does not hold', 'ask the operator'),
  revokedCert:                   words("the server's certificate was revoked", 'do not use this code; tell the operator'),
  invalidCertOrCrlTime:          words('a certificate or revocation list is out of date', 'ask the operator'),
  invalidCertOrCrlConfiguration: words('certificates and revocation lists do not fit together', 'ask the operator'),
  invalidIccid:                  words('the ICCID is not one that the card can take', 'ask the operator'),
};

// biome-ignore format: a table
const PREPARE: Readonly<Record<string, Words>> = {
  invalidCertificate:   words("the card does not accept the server's certificate for packages", FOREIGN),
  invalidSignature:     words("the server's signature over the offer does not hold", 'ask the operator'),
  unsupportedCurve:     words("the card cannot compute on the server's curve", 'the operator needs another SM-DP+ for this card'),
  noSessionContext:     words('the card knows of no session', NO_SESSION),
  invalidTransactionId: words('the transaction is not the one of this session', NO_SESSION),
};

// biome-ignore format: a table
const BY_FUNCTION: Readonly<Record<string, Readonly<Record<string, Words>>>> = {
  'ES10b.AuthenticateServer': AUTHENTICATE,
  'ES10b.PrepareDownload':    PREPARE,
  'ES10b.CancelSession': {
    invalidTransactionId: words('the card has no such session any more', 'nothing has to be done: there is nothing left to cancel'),
  },
  'ES10b.LoadBoundProfilePackage': {
    iccidAlreadyExists: words('an eUICC holds a profile only once', 'run `lpa list` to see it, and `lpa enable` to use it'),
    noResult:           words('whether the profile is there has to be looked up', LIST),
  },
  'ES10b.LoadCRL': {
    invalidSignature:        words('the signature of the revocation list does not hold', 'ask whoever gave it for a new one'),
    invalidCRLFormat:        words('it is no revocation list that the card can read', 'ask whoever gave it for a new one'),
    notEnoughMemorySpace:    words('not enough memory on the card for the revocation list', '`lpa info` shows the free memory; delete a profile that is not needed'),
    verificationKeyNotFound: words('the card does not know the CI of the revocation list', FOREIGN),
    fresherCrlAlreadyLoaded: words('the card has a newer revocation list', 'nothing has to be done'),
    baseCrlMissing:          words('the card misses the list that this one adds to', 'load the base list first'),
  },
  'ES10b.RetrieveNotificationsList': {
    noResultAvailable: words('the card has no notification to give', 'nothing has to be done: cards of v2.0 say so of an empty list'),
    undefinedError:    words('the card does not give its notifications', FAULT),
    nothingToRetrieve: words('the list and the store of the card do not agree', FAULT),
  },
  'ES10c.EnableProfile': {
    disallowedByPolicy:         words('the profile in use may not be disabled', OPERATOR_RULE),
    profileNotInDisabledState:  words('the profile is enabled already', LIST),
    wrongProfileReenabling:     words('the card is in test mode and wants its operational profile back first', LIST),
    disallowedByEnterpriseRule: words('a rule of the enterprise that owns the card forbids it', 'ask the enterprise'),
    noEsimPortAvailable:        words('the card has no free eSIM port', 'disable another profile first'),
  },
  'ES10c.DisableProfile': {
    disallowedByPolicy:         words('the profile may not be disabled', OPERATOR_RULE),
    disallowedByEnterpriseRule: words('a rule of the enterprise that owns the card forbids it', 'ask the enterprise'),
  },
  'ES10c.DeleteProfile': {
    disallowedByPolicy:        words('the profile may not be deleted', OPERATOR_RULE),
    profileNotInDisabledState: words('an enabled profile is not deleted', 'disable it first with `lpa disable`'),
  },
  'ES10c.SetNickname': {
    undefinedError: words('the card does not take the nickname', 'try a shorter one'),
  },
  'ES10a.SetDefaultDpAddress': {
    undefinedError:     words('the card does not take the address', 'check it: a host name, with a port where needed'),
    unsupportedCiPKId:  words('the card does not believe the CI that was given for the address', '`lpa info` lists the CIs that the card believes'),
  },
  'ES10b.LpaeActivation': {
    notSupported: words('the eUICC has no LPA of this kind', '`lpa lpae status` shows which kinds it has; `lpa` works without'),
  },
  'ES10b.GetCerts': {
    invalidCiPKId: words('the card has no certificate under this CI', '`lpa info` lists the CIs under which it is believed'),
  },
  'ES10b.ProfileRollback': {
    rollbackNotAllowed: words('the card may not go back to the profile before', EIM),
  },
  'ES10b.ConfigureImmediateProfileEnabling': {
    associatedEimAlreadyExists: words('the card has an eIM already', EIM),
  },
  'ES10b.ImmediateEnable': {
    immediateEnableNotAvailable: words('the card does not enable profiles right after their installation', 'enable it with `lpa enable`'),
  },
  'ES10b.GetConnectivityParameters': {
    parametersNotAvailable: words('the profile in use gives no connectivity parameters', 'its operator has to put them there'),
  },
  'ES10b.eUICCMemoryReset (eIM data)': {
    eimResetNotSupported: words('the card does not drop what it knows of its eIM', EIM),
  },
  'ES10b.eUICCMemoryReset (immediate enabling)': {
    resetIECNotSupported: words('the card does not drop its setting for immediate enabling', EIM),
  },
};

export const euiccResult = (fn: string, result: string): Words | undefined => BY_FUNCTION[fn]?.[result] ?? COMMON[result];

const OFFER = 'the offer was refused for this card: tell the operator';
const V3 = 'it is a matter of version 3 between the card and the operator: tell them';

/** Why an LPA ended a session, and what became of the code. SGP.22 v2.5 §3.0.2, §5.7.14. */
// biome-ignore format: a table
const CANCEL_REASONS: Readonly<Record<string, Words>> = {
  endUserRejection:      words('the End User refused the profile', 'the code has ended; the operator gives a new one where that was a mistake'),
  postponed:             words('the End User put it off', 'the code is still good: run the same command again'),
  timeout:               words('the End User, or the other side, did not answer in time', 'the code is still good: run the same command again'),
  pprNotAllowed:         words('the card does not allow the policy rules of the profile', OFFER),
  metadataMismatch:      words('the package holds another profile than the one that was shown', 'do not use this code, and tell the operator'),
  loadBppExecutionError: words('the package could not be loaded', 'the code has likely ended: ask the operator for a new one'),
  sessionAborted:        words('the session was broken off', 'run the same command again'),
  enterpriseProfilesNotSupported: words('the card takes no enterprise profiles', OFFER),
  enterpriseRulesNotAllowed:      words('the card does not allow the enterprise rules of the profile', OFFER),
  enterpriseProfileNotAllowed:    words('the card does not allow this enterprise profile', OFFER),
  enterpriseOidMismatch:          words('the profile is of another enterprise than those on the card', OFFER),
  enterpriseRulesError:           words('the enterprise rules of the profile contradict each other', OFFER),
  enterpriseProfilesOnly:         words('the card takes enterprise profiles only', OFFER),
  lprNotSupported:                words('the card knows no LPA proxy', V3),
  lprNetworkDataNotAllowed:       words('the LPA proxy may not use network data', V3),
  emptyProfileOrSpName:           words('the profile or its provider has no name', OFFER),
  rpmDisabled:                    words('the End User does not allow profiles to be managed from afar', V3),
  invalidRpmPackage:              words('the commands for managing profiles from afar cannot be read', V3),
  loadRpmPackageError:            words('the commands for managing profiles from afar could not be carried out', V3),
  operationAbandoned:             words('the operation was given up', V3),
  undefinedReason:       words('no reason was given', 'the code has likely ended: ask the operator for a new one'),
};

export const cancelReason = (reason: string): Words | undefined => CANCEL_REASONS[reason];
