/** Which profile a word means: an ICCID or a part of it, the AID of its ISD-P, its nickname or name. */
import { UsageError } from '../errors.ts';
import { getProfilesInfo } from '../es10/es10c.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { ProfileInfo } from '../sgp22/profile.ts';
import { displayText } from './foreign-text.ts';
import { nameOf } from './names.ts';

/** Digits of an ICCID below which a part of it would be a guess. */
const MIN_DIGITS = 4;
/** Candidates that an error lists. */
const MAX_CANDIDATES = 8;

/** @throws {UsageError} with the candidates when the word means none or several */
export async function selectProfile(isdr: Isdr, wanted: string): Promise<ProfileInfo> {
  return chooseProfile(await getProfilesInfo(isdr), wanted);
}

export function chooseProfile(profiles: readonly ProfileInfo[], wanted: string): ProfileInfo {
  const identifier = wanted.replaceAll(/[\s-]/g, '').toUpperCase();
  const exact = profiles.filter(({ iccid, isdpAid }) => iccid === identifier || isdpAid === identifier);
  if (exact.length === 1 && exact[0]) return exact[0];

  const named = withName(profiles, (name) => name === wanted);
  const names = named.length > 0 ? named : withName(profiles, (name) => name.toLowerCase() === wanted.toLowerCase());
  const part = new RegExp(`^\\d{${MIN_DIGITS},}$`).test(identifier);
  const parts = part ? profiles.filter(({ iccid = '' }) => iccid.startsWith(identifier) || iccid.endsWith(identifier)) : [];
  const found = [...new Set([...names, ...parts])];
  if (found.length === 1 && found[0]) return found[0];

  const shown = `"${displayText(wanted, 40)}"`;
  if (found.length > 1) {
    throw new UsageError(`${shown} means ${found.length} profiles: ${candidates(found)}`, { remedy: 'use an ICCID' });
  }
  if (profiles.length === 0) throw new UsageError('there are no profiles on the eUICC', { remedy: '`lpa download` gets one' });
  throw new UsageError(`no profile is called ${shown}; there ${profiles.length === 1 ? 'is' : 'are'} ${candidates(profiles)}`, {
    remedy: 'use an ICCID, or a nickname that only one profile has; `lpa list` shows them',
  });
}

const withName = (profiles: readonly ProfileInfo[], is: (name: string) => boolean): ProfileInfo[] =>
  profiles.filter(({ profileNickname, profileName }) =>
    [profileNickname, profileName].some((name) => name !== undefined && name !== '' && is(name)),
  );

const candidates = (profiles: readonly ProfileInfo[]): string => {
  const shown = profiles.slice(0, MAX_CANDIDATES).map(titleOf);
  const more = profiles.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
};

/** `8949000000000000011 (Alpha)`; safe to print. */
export function titleOf(profile: ProfileInfo): string {
  const name = displayText(nameOf(profile), 40);
  const identifier = profile.iccid ?? profile.isdpAid ?? '?';
  return name === '' ? identifier : `${identifier} (${name})`;
}
