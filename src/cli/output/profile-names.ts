/** What to call a profile, and how to show what the specification abbreviates. */
import { toHex } from '../../lpa/bytes.ts';
import type { OperatorId } from '../../lpa/sgp22/policy.ts';
import type { ProfileInfo } from '../../lpa/sgp22/profile.ts';

/** The nickname first: the user gave it. */
export const nameOf = ({ profileNickname, profileName }: Pick<ProfileInfo, 'profileNickname' | 'profileName'>): string =>
  profileNickname || profileName || '';

/** An absent class is operational (SGP.22 v2.5 Annex H). */
export const classOf = ({ profileClass = 'operational' }: Pick<ProfileInfo, 'profileClass'>): string => profileClass;

/** 12,345 octets as people say it. */
export function octetsText(octets: number): string {
  if (octets < 1024) return `${octets} octets`;
  const kib = octets / 1024;
  return kib < 1024 ? `${kib.toFixed(kib < 10 ? 1 : 0)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `262-01 GID1 0102`. */
export function operatorText({ mccMnc, gid1, gid2 }: OperatorId): string {
  const any = /^E+-E+$/.test(mccMnc) ? 'any operator' : mccMnc;
  const gids = [gid1, gid2].map((gid, i) => (gid && gid.length > 0 ? ` GID${i + 1} ${toHex(gid)}` : ''));
  return any + gids.join('');
}

/** `notificationInstall` reads `install`. */
export const eventText = (events: readonly string[]): string =>
  events.map((event) => event.replace('notification', '').toLowerCase()).join(',');
