/** ES10c on the card: profiles listed, named, told of. SGP.22 v2.5 §5.7.15, §5.7.20, §5.7.21. The switches are in switch.ts. */

import { utf8Bytes } from '../../../lpa/bytes.ts';
import { GetEid, GetProfilesInfo, SetNickname } from '../../../lpa/es10/es10c.ts';
import { PROFILE_INFO_TAGS, type ProfileIdentifier, type ProfileInfo } from '../../../lpa/sgp22/profile.ts';
import type { Chip } from '../chip.ts';
import { metadataOf, type ProfileRecord } from '../state.ts';
import { answer, Refused } from './es10.ts';

const EID_TAG = 0x5a;

/** What GetProfilesInfo gives without a tag list. */
// biome-ignore format: a list of words
const DEFAULT_FIELDS: readonly (keyof ProfileInfo)[] = [
  'iccid', 'isdpAid', 'profileState', 'profileNickname', 'serviceProviderName', 'profileName', 'iconType', 'icon', 'profileClass',
];

/** Tags that a tag list may name besides those the LPA asks for. */
const FIELDS: Readonly<Record<number, keyof ProfileInfo>> = {
  ...Object.fromEntries(Object.entries(PROFILE_INFO_TAGS).map(([name, tag]) => [tag, name])),
  48930: 'serviceSpecificDataStoredInEuicc', // BF22
};

const MAX_NICKNAME = 64;

export const es10cAnswers = [
  answer(GetEid, ({ state }, { tagList }) => {
    if (!tagList.includes(EID_TAG)) throw new Refused(0x6a88, 'only the EID (5A) can be asked for');
    return { eidValue: state.eid };
  }),

  answer(
    GetProfilesInfo,
    (chip, { searchCriteria, tagList }) => {
      const fields = tagList ? tagsOf(tagList).flatMap((tag) => FIELDS[tag] ?? []) : DEFAULT_FIELDS;
      const found = chip.state.profiles.filter((profile) => matches(profile, searchCriteria));
      return { profileInfoListOk: found.map((profile) => only(profileInfo(chip, profile), fields)) };
    },
    { profileInfoListError: 'incorrectInputValues' },
  ),

  answer(
    SetNickname,
    (chip, { iccid, profileNickname }) => {
      const profile = chip.state.profiles.find((each) => each.iccid === iccid);
      if (!profile) {
        chip.log(SetNickname.name, `no profile has ICCID ${iccid}: iccidNotFound(1)`);
        return { setNicknameResult: 'iccidNotFound' };
      }
      const length = utf8Bytes(profileNickname).length;
      if (length > MAX_NICKNAME) {
        chip.log(SetNickname.name, `a nickname of ${length} octets, ${MAX_NICKNAME} at most: undefinedError(127)`);
        return { setNicknameResult: 'undefinedError' };
      }
      profile.profileNickname = profileNickname || undefined;
      chip.changed();
      chip.log(SetNickname.name, `${iccid}: ok`);
      return { setNicknameResult: 'ok' };
    },
    { setNicknameResult: 'undefinedError' },
  ),
];

/** @returns the profile that an ICCID or an ISD-P AID names */
export const findProfile = ({ state }: Chip, identifier: ProfileIdentifier): ProfileRecord | undefined =>
  state.profiles.find((profile) =>
    'iccid' in identifier ? profile.iccid === identifier.iccid : profile.isdpAid === identifier.isdpAid,
  );

function matches(profile: ProfileRecord, criteria: ProfileIdentifier | { profileClass: string } | undefined): boolean {
  if (!criteria) return true;
  if ('iccid' in criteria) return profile.iccid === criteria.iccid;
  if ('isdpAid' in criteria) return profile.isdpAid === criteria.isdpAid;
  return metadataOf(profile).profileClass === criteria.profileClass;
}

function profileInfo({ faults }: Chip, profile: ProfileRecord): ProfileInfo {
  const { serviceSpecificDataNotStoredInEuicc: _, ...metadata } = metadataOf(profile);
  return {
    ...metadata,
    serviceProviderName: faults.text(metadata.serviceProviderName),
    profileName: faults.text(metadata.profileName),
    isdpAid: profile.isdpAid,
    profileState: profile.enabled ? 'enabled' : 'disabled',
    ...(profile.profileNickname !== undefined && { profileNickname: faults.text(profile.profileNickname) }),
    ...(profile.dpOid !== undefined && { dpProprietaryData: { dpOid: profile.dpOid } }),
  };
}

const only = (info: ProfileInfo, fields: readonly (keyof ProfileInfo)[]): ProfileInfo =>
  Object.fromEntries(Object.entries(info).filter(([name]) => fields.some((field) => field === name)));

/** The tags of a tag list: one octet each, more where the first says so. */
function tagsOf(list: Uint8Array): number[] {
  const tags: number[] = [];
  for (let at = 0; at < list.length; ) {
    let tag = list[at++] ?? 0;
    let more = (tag & 0x1f) === 0x1f;
    while (more && at < list.length) {
      const octet = list[at++] ?? 0;
      tag = tag * 0x100 + octet;
      more = (octet & 0x80) !== 0;
    }
    tags.push(tag);
  }
  return tags;
}
