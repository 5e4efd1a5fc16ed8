/** What to call a profile, and how to show what the specification abbreviates. */
import type { ProfileInfo } from '../sgp22/profile.ts';

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
