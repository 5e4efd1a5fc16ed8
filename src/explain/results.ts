/** What an eUICC means by a result. SGP.22 v2.5 §5.7; members of v3 and SGP.32 are said where they are known. */
import { type Words, words } from './words.ts';

const FAULT = 'take the card out, put it back and try again';
const LIST = '`lpa list` shows what is there';
const NO_SESSION = 'the card lost the session, as after a restart: run the same command again';
const OPERATOR_RULE = 'a policy rule of the profile forbids it; only its operator can lift that';
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
  nothingToDelete:           words('there is nothing to delete'),
  disallowedForRpm:          words('the operator may not do this from afar'),
  disallowedInTestMode:      words('the card is in test mode'),
  rollbackNotAvailable:      words('the card has nothing to go back to'),
  returnFallbackProfile:     words('the profile is the fallback of an IoT eUICC', 'its eIM decides about it'),
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
    invalidTransactionId: words('the card has no such session any more'),
  },
  'ES10b.LoadBoundProfilePackage': {
    iccidAlreadyExists: words('a profile is installed once', '`lpa enable` uses the one that is there; `lpa delete` first where it is to be installed anew'),
    noResult:           words('whether the profile is there has to be looked up', LIST),
  },
  'ES10b.RetrieveNotificationsList': {
    undefinedError:    words('the card does not give its notifications', FAULT),
    nothingToRetrieve: words('the list and the store of the card do not agree', FAULT),
  },
  'ES10c.EnableProfile': {
    disallowedByPolicy:         words('the profile in use may not be disabled', OPERATOR_RULE),
    profileNotInDisabledState:  words('the profile is enabled already', LIST),
    wrongProfileReenabling:     words('the card is in test mode and wants its operational profile back first', LIST),
    disallowedByEnterpriseRule: words('a rule of the enterprise that owns the card forbids it'),
    noEsimPortAvailable:        words('the card has no free eSIM port', 'disable another profile first'),
  },
  'ES10c.DisableProfile': {
    disallowedByPolicy: words('the profile may not be disabled', OPERATOR_RULE),
  },
  'ES10c.DeleteProfile': {
    disallowedByPolicy:        words('the profile may not be deleted', OPERATOR_RULE),
    profileNotInDisabledState: words('an enabled profile is not deleted', 'disable it first with `lpa disable`'),
  },
  'ES10c.SetNickname': {
    undefinedError: words('the card does not take the nickname', 'try a shorter one'),
  },
  'ES10a.SetDefaultDpAddress': {
    undefinedError: words('the card does not take the address'),
  },
};

export const euiccResult = (fn: string, result: string): Words | undefined => BY_FUNCTION[fn]?.[result] ?? COMMON[result];
