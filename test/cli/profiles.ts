/** Profiles for the command line's tests, and the scripts of cards that hold them. */
import type { Infer } from '../../src/lpa/asn1/schema.ts';
import { toHex } from '../../src/lpa/bytes.ts';
import { ListNotificationResponse, type NotificationMetadata } from '../../src/lpa/sgp22/notification.ts';
import { type ProfileInfo, ProfileInfoListResponse } from '../../src/lpa/sgp22/profile.ts';

export const ALPHA: ProfileInfo = {
  iccid: '8949000000000000011',
  isdpAid: 'A0000005591010FFFFFFFF8900001100',
  profileState: 'disabled',
  profileNickname: 'Alpha',
  serviceProviderName: 'Lab Mobile',
  profileName: 'Plan',
  profileClass: 'operational',
};
export const BETA: ProfileInfo = {
  iccid: '8949000000000000029',
  isdpAid: 'A0000005591010FFFFFFFF8900001200',
  profileState: 'enabled',
  serviceProviderName: 'Lab Mobile',
  profileName: 'Plan',
};

/** What GetProfilesInfo answers. */
export const listed = (...profileInfoListOk: ProfileInfo[]): string => {
  const response: Infer<typeof ProfileInfoListResponse> = { profileInfoListOk };
  return toHex(ProfileInfoListResponse.encode(response));
};

/** What ListNotification answers. */
export const pending = (...notificationMetadataList: NotificationMetadata[]): string =>
  toHex(ListNotificationResponse.encode({ notificationMetadataList }));

export const as = (profile: ProfileInfo, profileState: 'enabled' | 'disabled'): ProfileInfo => ({ ...profile, profileState });
