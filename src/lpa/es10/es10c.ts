/** ES10c: Local Profile Management, LPA to ISD-R. SGP.22 v2.5 §5.7.15 to §5.7.21. */
import type { Infer } from '../asn1/schema.ts';
import { tagListOctets } from '../asn1/tlv.ts';
import { EuiccError } from '../errors.ts';
import { GetEuiccDataRequest, GetEuiccDataResponse } from '../sgp22/euicc-info.ts';
import {
  DeleteProfileRequest,
  DeleteProfileResponse,
  DisableProfileRequest,
  DisableProfileResponse,
  EnableProfileRequest,
  EnableProfileResponse,
  EuiccMemoryResetRequest,
  EuiccMemoryResetResponse,
  PROFILE_INFO_TAGS,
  type ProfileIdentifier,
  type ProfileInfo,
  ProfileInfoListRequest,
  ProfileInfoListResponse,
  SetNicknameRequest,
  SetNicknameResponse,
} from '../sgp22/profile.ts';
import { es10Function, type Isdr } from './isdr.ts';

export const GetEid = es10Function('ES10c.GetEID', GetEuiccDataRequest, GetEuiccDataResponse);
export const GetProfilesInfo = es10Function('ES10c.GetProfilesInfo', ProfileInfoListRequest, ProfileInfoListResponse);
export const EnableProfile = es10Function('ES10c.EnableProfile', EnableProfileRequest, EnableProfileResponse);
export const DisableProfile = es10Function('ES10c.DisableProfile', DisableProfileRequest, DisableProfileResponse);
export const DeleteProfile = es10Function('ES10c.DeleteProfile', DeleteProfileRequest, DeleteProfileResponse);
export const SetNickname = es10Function('ES10c.SetNickname', SetNicknameRequest, SetNicknameResponse);
export const EuiccMemoryReset = es10Function('ES10c.eUICCMemoryReset', EuiccMemoryResetRequest, EuiccMemoryResetResponse);

const EID_TAG = 0x5a;

/** What `lpa list` shows, and no icons: they are most of the octets. */
export const LIST_FIELDS = [
  'iccid',
  'isdpAid',
  'profileState',
  'profileNickname',
  'serviceProviderName',
  'profileName',
  'profileClass',
] as const satisfies readonly ProfileInfoField[];

/** What tells profiles apart, and which of them is enabled: for a look after a change. */
export const STATE_FIELDS = ['iccid', 'isdpAid', 'profileState'] as const satisfies readonly ProfileInfoField[];

export type ProfileInfoField = keyof typeof PROFILE_INFO_TAGS;

/** The 32 digits that name the eUICC (§5.7.20). */
export async function getEid(isdr: Isdr): Promise<string> {
  return (await isdr.call(GetEid, { tagList: Uint8Array.of(EID_TAG) })).eidValue;
}

/**
 * The Profiles on the eUICC, in the order it lists them (§5.7.15).
 *
 * @param fields what to ask for; cards leave out silently what they do not know
 * @throws {EuiccError} `incorrectInputValues` or `undefinedError`
 */
export async function getProfilesInfo(
  isdr: Isdr,
  fields: readonly ProfileInfoField[] = LIST_FIELDS,
  searchCriteria?: Infer<typeof ProfileInfoListRequest>['searchCriteria'],
): Promise<ProfileInfo[]> {
  const response = await isdr.call(GetProfilesInfo, {
    tagList: tagListOctets(fields.map((name) => PROFILE_INFO_TAGS[name])),
    ...(searchCriteria && { searchCriteria }),
  });
  if ('profileInfoListError' in response) throw new EuiccError(GetProfilesInfo.name, response.profileInfoListError);
  return response.profileInfoListOk;
}

/**
 * Enable one Profile, disabling the one that is enabled (§5.7.16).
 *
 * @param refreshFlag ask the device to REFRESH; without it the device has to restart the card itself
 * @throws {EuiccError} `profileNotInDisabledState`, `disallowedByPolicy`, `catBusy`, ...
 */
export async function enableProfile(isdr: Isdr, profileIdentifier: ProfileIdentifier, refreshFlag: boolean): Promise<void> {
  const { enableResult } = await isdr.call(EnableProfile, { profileIdentifier, refreshFlag });
  if (enableResult !== 'ok') throw new EuiccError(EnableProfile.name, enableResult);
}

/** Disable the enabled Profile; the card is left without one (§5.7.17). @throws {EuiccError} `disallowedByPolicy`, `catBusy`, ... */
export async function disableProfile(isdr: Isdr, profileIdentifier: ProfileIdentifier, refreshFlag: boolean): Promise<void> {
  const { disableResult } = await isdr.call(DisableProfile, { profileIdentifier, refreshFlag });
  if (disableResult !== 'ok') throw new EuiccError(DisableProfile.name, disableResult);
}

/** Delete a disabled Profile for good (§5.7.18). @throws {EuiccError} `profileNotInDisabledState`, `disallowedByPolicy`, ... */
export async function deleteProfile(isdr: Isdr, profileIdentifier: ProfileIdentifier): Promise<void> {
  const { deleteResult } = await isdr.call(DeleteProfile, profileIdentifier);
  if (deleteResult !== 'ok') throw new EuiccError(DeleteProfile.name, deleteResult);
}

/** Name a Profile, at most 64 octets of UTF-8; an empty name removes it (§5.7.21). @throws {EuiccError} `iccidNotFound` */
export async function setNickname(isdr: Isdr, iccid: string, profileNickname: string): Promise<void> {
  const { setNicknameResult } = await isdr.call(SetNickname, { iccid, profileNickname });
  if (setNicknameResult !== 'ok') throw new EuiccError(SetNickname.name, setNicknameResult);
}

export type ResetOption = 'deleteOperationalProfiles' | 'deleteFieldLoadedTestProfiles' | 'resetDefaultSmdpAddress';

/** Delete profiles by kind, enabled ones and those with policy rules too (§5.7.19). @throws {EuiccError} `nothingToDelete`, `catBusy` */
export async function euiccMemoryReset(isdr: Isdr, resetOptions: ResetOption[]): Promise<void> {
  const { resetResult } = await isdr.call(EuiccMemoryReset, { resetOptions });
  if (resetResult !== 'ok') throw new EuiccError(EuiccMemoryReset.name, resetResult);
}
