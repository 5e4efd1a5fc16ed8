/** eUICC Memory Reset: every profile of a kind, the enabled one and those with policy rules too. SGP.22 v2.5 §3.3.2, §5.7.19. */
import { EuiccError } from '../errors.ts';
import { getEuiccConfiguredAddresses } from '../es10/es10a.ts';
import { EuiccMemoryReset, euiccMemoryReset, getProfilesInfo, type ResetOption } from '../es10/es10c.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { ProfileInfo } from '../sgp22/profile.ts';
import { isNoAnswer, settle, untilFree } from './switch.ts';

/** What a reset can reach. */
export interface Memory {
  readonly profiles: readonly ProfileInfo[];
  readonly defaultDpAddress?: string;
}

/** What of it a reset would take. */
export interface Doomed {
  readonly operational: readonly ProfileInfo[];
  /** Some may stay: which of them the maker put there, the card does not tell. */
  readonly test: readonly ProfileInfo[];
  /** It goes back to what the maker set, which may be none. */
  readonly defaultDpAddress?: string;
}

export async function readMemory(isdr: Isdr): Promise<Memory> {
  const profiles = await getProfilesInfo(isdr);
  const { defaultDpAddress } = await getEuiccConfiguredAddresses(isdr);
  return { profiles, ...(defaultDpAddress && { defaultDpAddress }) };
}

export function whatGoes({ profiles, defaultDpAddress }: Memory, options: readonly ResetOption[]): Doomed {
  const ofClass = (wanted: string): readonly ProfileInfo[] =>
    profiles.filter(({ profileClass = 'operational' }) => profileClass === wanted);
  return {
    operational: options.includes('deleteOperationalProfiles') ? ofClass('operational') : [],
    test: options.includes('deleteFieldLoadedTestProfiles') ? ofClass('test') : [],
    ...(options.includes('resetDefaultSmdpAddress') && defaultDpAddress && { defaultDpAddress }),
  };
}

/**
 * Reset, and believe the card when it is read again.
 *
 * @param before as it was read
 * @returns what the card then holds, and whether that is something else
 * @throws {EuiccError} the card's decision, or `stateUnchanged` when operational profiles that should be gone are there
 */
export async function resetMemory(
  isdr: Isdr,
  options: readonly ResetOption[],
  before: Memory,
): Promise<{ memory: Memory; changed: boolean }> {
  let failure: unknown;
  try {
    await untilFree(isdr, () => euiccMemoryReset(isdr, [...options]));
  } catch (error) {
    // An answer that was lost while the card restarted is no answer: the card itself will show. So will it whether there
    // was nothing to delete.
    if (!isNoAnswer(error) && !saysNothingToDelete(error)) throw error;
    failure = error;
  }
  await settle(isdr);
  const memory = await readMemory(isdr);
  const changed = !isSame(before, memory);
  const left = whatGoes(memory, options).operational;
  if (left.length === 0 && (changed || failure === undefined || saysNothingToDelete(failure))) return { memory, changed };
  if (failure !== undefined) throw failure;
  throw new EuiccError(EuiccMemoryReset.name, 'stateUnchanged', {
    message: `${EuiccMemoryReset.name}: the eUICC said ok, and operational profiles are still there`,
  });
}

const saysNothingToDelete = (error: unknown): boolean => error instanceof EuiccError && error.result === 'nothingToDelete';

function isSame(a: Memory, b: Memory): boolean {
  const names = ({ profiles, defaultDpAddress = '' }: Memory): string =>
    [...profiles.map(({ iccid, isdpAid }) => iccid ?? isdpAid ?? '').sort(), defaultDpAddress].join();
  return names(a) === names(b);
}
