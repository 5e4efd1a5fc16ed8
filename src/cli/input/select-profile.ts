/** Selects the profile that a word on the command line names: ICCID or a part of it, ISD-P AID, nickname or name. */
import { UsageError } from '../../lpa/errors.ts';
import { getProfilesInfo, type ProfileInfoField } from '../../lpa/es10/es10c.ts';
import type { Isdr } from '../../lpa/es10/isdr.ts';
import type { ProfileInfo } from '../../lpa/sgp22/profile.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { table } from '../../terminal/table.ts';
import { nameOf } from '../output/profile-names.ts';

/** A shorter part of an ICCID would be a guess. */
const MIN_DIGITS = 4;
/** Candidates that an error lists. */
const MAX_CANDIDATES = 8;

/** The fields by which a profile is selected, and which an error and a result show. */
export const SELECT_FIELDS = [
  'iccid',
  'isdpAid',
  'profileState',
  'profileNickname',
  'serviceProviderName',
  'profileName',
] as const satisfies readonly ProfileInfoField[];

/** @throws {UsageError} with the candidates when the word means none or several */
export async function selectProfile(isdr: Isdr, wanted: string): Promise<ProfileInfo> {
  return chooseProfile(await getProfilesInfo(isdr, SELECT_FIELDS), wanted);
}

/**
 * Returns the one profile that `wanted` names. The user chose the nickname and the operator chose the name, so a nickname is
 * compared first: an operator cannot take over a nickname by using it as a profile name.
 *
 * @throws {UsageError} with the candidates when the word names none or several
 */
export function chooseProfile(profiles: readonly ProfileInfo[], wanted: string): ProfileInfo {
  const identifier = wanted.replaceAll(/[\s-]/g, '').toUpperCase();
  const exact = profiles.filter(({ iccid, isdpAid }) => iccid === identifier || isdpAid === identifier);
  if (exact.length === 1 && exact[0]) return exact[0];

  const part = new RegExp(`^\\d{${MIN_DIGITS},}$`).test(identifier);
  const parts = part ? profiles.filter(({ iccid = '' }) => iccid.startsWith(identifier) || iccid.endsWith(identifier)) : [];
  const found = [...new Set([...withText(profiles, wanted), ...parts])];
  if (found.length === 1 && found[0]) return found[0];

  const shown = `"${displayText(wanted, 40)}"`;
  if (found.length > 1) {
    throw new UsageError(`${shown} matches ${found.length} profiles`, { lines: candidates(found), remedy: 'use an ICCID' });
  }
  if (profiles.length === 0) {
    throw new UsageError('no profiles on the eUICC', { remedy: 'run `lpa download <activation-code>` to add one' });
  }
  throw new UsageError(`profile ${shown} not found`, {
    lines: candidates(profiles),
    remedy: 'use an ICCID, or a nickname or name; `lpa list` shows them',
  });
}

/** How a text may match, in order: the first way that matches any profile decides. */
const WAYS: readonly ((profile: ProfileInfo, text: string) => boolean)[] = [
  ({ profileNickname }, text) => is(profileNickname, text),
  ({ profileNickname }, text) => is(folded(profileNickname), folded(text)),
  ({ profileName }, text) => is(profileName, text),
  ({ profileName }, text) => is(folded(profileName), folded(text)),
  ({ profileNickname, profileName }, text) => begins(profileNickname, text) || begins(profileName, text),
];

function withText(profiles: readonly ProfileInfo[], text: string): readonly ProfileInfo[] {
  if (text.trim() === '') return []; // every name begins with an empty text
  for (const matches of WAYS) {
    const found = profiles.filter((profile) => matches(profile, text));
    if (found.length > 0) return found;
  }
  return [];
}

/** Keyboards and cards differ in how they write the letters with accents. */
const folded = (name: string | undefined): string | undefined => name?.normalize('NFC').toLowerCase();
const is = (name: string | undefined, text: string | undefined): boolean => name !== undefined && name !== '' && name === text;
const begins = (name: string | undefined, text: string): boolean => folded(name)?.startsWith(folded(text) ?? '') ?? false;

/** One line for each: ICCID, name, provider, state. */
function candidates(profiles: readonly ProfileInfo[]): string[] {
  const rows = profiles
    .slice(0, MAX_CANDIDATES)
    .map((profile) => [
      `  ${profile.iccid ?? profile.isdpAid ?? '?'}`,
      displayText(nameOf(profile), 40) || '-',
      displayText(profile.serviceProviderName ?? '', 32) || '-',
      profile.profileState ?? '-',
    ]);
  const more = profiles.length - rows.length;
  return [...table([], rows).split('\n').slice(1), ...(more > 0 ? [`  and ${more} more`] : [])];
}

/** `8949000000000000011 (Alpha)`; safe to print. */
export function titleOf(profile: ProfileInfo): string {
  const name = displayText(nameOf(profile), 40);
  const identifier = profile.iccid ?? profile.isdpAid ?? '?';
  return name === '' ? identifier : `${identifier} (${name})`;
}
