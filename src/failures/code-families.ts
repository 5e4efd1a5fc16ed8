/** Every code by its name or number: which function or table it belongs to, and what it means. */
import type { Shape } from '../lpa/asn1/schema.ts';
import { peStatusNames } from '../lpa/saip/response.ts';
import { LpaeActivationResponse, SetDefaultDpAddressResponse } from '../lpa/sgp22/addresses.ts';
import { authenticateErrorCode, CancelSessionResponse, cancelSessionReason } from '../lpa/sgp22/authentication.ts';
import * as binding from '../lpa/sgp22/binding.ts';
import { loadCrlError } from '../lpa/sgp22/crl.ts';
import { downloadErrorCode } from '../lpa/sgp22/download.ts';
import * as notification from '../lpa/sgp22/notification.ts';
import * as profile from '../lpa/sgp22/profile.ts';
import * as iot from '../lpa/sgp32/iot.ts';
import { bindingError } from './binding-codes.ts';
import { cancelReason, euiccResult } from './euicc-results.ts';
import { elementStatus, installationCommand, installationReason } from './installation.ts';
import type { Words } from './words.ts';

/** The codes of one function or field: an enumeration, and what its names mean. */
export interface Family {
  /** As errors name it: `ES10c.EnableProfile`. */
  readonly name: string;
  readonly numbers: Readonly<Record<string, number>>;
  /** Numbers that a name had in another version. */
  readonly former?: Readonly<Record<number, string>>;
  words(code: string): Words | undefined;
}

const es10 = (name: string, { type }: { readonly type: { readonly shape: Shape } }, field: string): Family => ({
  name,
  numbers: numbersIn(type.shape, field),
  former: formerIn(type.shape, field),
  words: (code) => euiccResult(name, code),
});
const es9 = (name: string, { type }: { readonly type: { readonly shape: Shape } }, field: string): Family => ({
  name,
  numbers: numbersIn(type.shape, field),
  words: bindingError,
});

export const FAMILIES: readonly Family[] = [
  es10('ES10a.SetDefaultDpAddress', SetDefaultDpAddressResponse, 'setDefaultDpAddressResult'),
  es10('ES10b.LpaeActivation', LpaeActivationResponse, 'lpaeActivationResult'),
  { name: 'ES10b.AuthenticateServer', numbers: numbersOf(authenticateErrorCode.shape), words: of10('ES10b.AuthenticateServer') },
  { name: 'ES10b.PrepareDownload', numbers: numbersOf(downloadErrorCode.shape), words: of10('ES10b.PrepareDownload') },
  es10('ES10b.CancelSession', CancelSessionResponse, 'cancelSessionResponseError'),
  { name: 'CancelSessionReason', numbers: numbersOf(cancelSessionReason.shape), words: cancelReason },
  { name: 'BppCommandId', numbers: numbersOf(notification.bppCommandId.shape), words: installationCommand },
  { name: 'ErrorReason', numbers: numbersOf(notification.errorReason.shape), words: installationReason },
  { name: 'PEStatus', numbers: peStatusNames, words: elementStatus },
  es10('ES10b.ListNotification', notification.ListNotificationResponse, 'listNotificationsResultError'),
  es10('ES10b.RetrieveNotificationsList', notification.RetrieveNotificationsListResponse, 'notificationsListResultError'),
  es10('ES10b.RemoveNotificationFromList', notification.NotificationSentResponse, 'deleteNotificationStatus'),
  { name: 'ES10b.LoadCRL', numbers: numbersOf(loadCrlError.shape), words: of10('ES10b.LoadCRL') },
  es10('ES10c.GetProfilesInfo', profile.ProfileInfoListResponse, 'profileInfoListError'),
  es10('ES10c.EnableProfile', profile.EnableProfileResponse, 'enableResult'),
  es10('ES10c.DisableProfile', profile.DisableProfileResponse, 'disableResult'),
  es10('ES10c.DeleteProfile', profile.DeleteProfileResponse, 'deleteResult'),
  es10('ES10c.eUICCMemoryReset', profile.EuiccMemoryResetResponse, 'resetResult'),
  es10('ES10c.SetNickname', profile.SetNicknameResponse, 'setNicknameResult'),
  es9('ES9+.InitiateAuthentication', binding.InitiateAuthenticationResponse, 'initiateAuthenticationError'),
  es9('ES9+.AuthenticateClient', binding.AuthenticateClientResponseEs9, 'authenticateClientError'),
  es9('ES9+.GetBoundProfilePackage', binding.GetBoundProfilePackageResponse, 'getBoundProfilePackageError'),
  es9('ES9+.CancelSession', binding.CancelSessionResponseEs9, 'cancelSessionError'),
  es9('ES11.AuthenticateClient', binding.AuthenticateClientResponseEs11, 'authenticateClientError'),
  es10('ES10b.GetCerts', iot.GetCertsResponse, 'getCertsError'),
  es10('ES10b.ProfileRollback', iot.ProfileRollbackResponse, 'cmdResult'),
  es10('ES10b.ConfigureImmediateProfileEnabling', iot.ConfigureImmediateProfileEnablingResponse, 'configImmediateEnableResult'),
  es10('ES10b.ImmediateEnable', iot.ImmediateEnableResponse, 'immediateEnableResult'),
  es10('ES10b.EnableEmergencyProfile', iot.EnableEmergencyProfileResponse, 'enableEmergencyProfileResult'),
  es10('ES10b.DisableEmergencyProfile', iot.DisableEmergencyProfileResponse, 'disableEmergencyProfileResult'),
  es10('ES10b.ExecuteFallbackMechanism', iot.ExecuteFallbackMechanismResponse, 'executeFallbackMechanismResult'),
  es10('ES10b.ReturnFromFallback', iot.ReturnFromFallbackResponse, 'returnFromFallbackResult'),
  es10('ES10b.GetConnectivityParameters', iot.GetConnectivityParametersResponse, 'connectivityParametersError'),
  es10('ES10b.eUICCMemoryReset', iot.IotEuiccMemoryResetResponse, 'resetResult'),
  es10('ES10b.eUICCMemoryReset (eIM data)', iot.IotEuiccMemoryResetResponse, 'resetEimResult'),
  es10('ES10b.eUICCMemoryReset (immediate enabling)', iot.IotEuiccMemoryResetResponse, 'resetImmediateEnableConfigResult'),
  es10('ES10b.SetDefaultDpAddress', iot.IotSetDefaultDpAddressResponse, 'setDefaultDpAddressResult'),
];

function of10(name: string): Family['words'] {
  return (code) => euiccResult(name, code);
}

/** A family by the enumeration itself: a tree knows no more of a value than its type. */
const byNumbers = new Map(FAMILIES.map((family) => [family.numbers, family]));
export const familyOf = (numbers: Readonly<Record<string, number>>): Family | undefined => byNumbers.get(numbers);

function numbersOf(shape: Shape): Readonly<Record<string, number>> {
  if (shape.kind !== 'enumerated') throw new TypeError(`${shape.kind} has no codes`);
  return shape.names;
}

function numbersIn(shape: Shape, field: string): Readonly<Record<string, number>> {
  return numbersOf(shapeIn(shape, field));
}

function formerIn(shape: Shape, field: string): Readonly<Record<number, string>> {
  const found = shapeIn(shape, field);
  return found.kind === 'enumerated' ? (found.former ?? {}) : {};
}

function shapeIn(shape: Shape, field: string): Shape {
  const inner = shape.kind === 'opaque' ? shape.inner : shape;
  const found = inner?.kind === 'sequence' || inner?.kind === 'choice' ? inner.fields[field] : undefined;
  if (!found) throw new TypeError(`there is no ${field}`);
  return found.type.shape;
}
