/** Profile Policy Rules: may this eUICC hold a profile with these rules, and has the End User to agree? SGP.22 v2.5 §2.9. */
import { PolicyError } from '../errors.ts';
import type { OperatorId, ProfilePolicyAuthorisationRule } from '../sgp22/policy.ts';
import type { ProfileInfo, ProfileMetadata } from '../sgp22/profile.ts';

export type PolicyRule = 'ppr1' | 'ppr2';

/** A rule that the eUICC allows, and whether its table wants the End User asked for it. */
export interface AllowedRule {
  readonly rule: PolicyRule;
  readonly consentRequired: boolean;
}

export interface PolicyState {
  /** forbiddenProfilePolicyRules of EUICCInfo2. */
  readonly forbidden: readonly string[];
  /** In the order of the table: the first rule that matches decides. */
  readonly rat: readonly ProfilePolicyAuthorisationRule[];
  readonly profiles: readonly ProfileInfo[];
}

/** The rules that a profile carries. */
export const rulesOf = (metadata: ProfileMetadata): readonly PolicyRule[] =>
  (['ppr1', 'ppr2'] as const).filter((rule) => metadata.profilePolicyRules?.includes(rule));

/**
 * Decide on every rule of the profile (§2.9.2.4).
 *
 * @throws {PolicyError} for the first rule that is forbidden, that no table entry allows its owner, or that the profiles
 *   already there rule out
 */
export function checkPolicy(metadata: ProfileMetadata, { forbidden, rat, profiles }: PolicyState): readonly AllowedRule[] {
  return rulesOf(metadata).map((rule) => {
    if (forbidden.includes(rule)) throw new PolicyError(rule, `${NAMES[rule]}: this eUICC forbids the rule`);
    const owner = metadata.profileOwner;
    if (!owner) throw new PolicyError(rule, `${NAMES[rule]}: the profile has the rule and names no owner`);
    const entry = rat.find(
      ({ pprIds, allowedOperators }) => pprIds.includes(rule) && allowedOperators.some((allowed) => matches(allowed, owner)),
    );
    if (!entry) throw new PolicyError(rule, `${NAMES[rule]}: the eUICC's rules do not allow it to the owner ${owner.mccMnc}`);
    // A profile that cannot be disabled must not lock out one that is already there.
    if (rule === 'ppr1' && profiles.some(({ profileClass = 'operational' }) => profileClass === 'operational')) {
      throw new PolicyError(rule, `${NAMES[rule]}: another operational profile is on the eUICC`);
    }
    return { rule, consentRequired: entry.pprFlags.includes('consentRequired') };
  });
}

const NAMES: Readonly<Record<PolicyRule, string>> = {
  ppr1: 'PPR1 (the profile cannot be disabled)',
  ppr2: 'PPR2 (the profile cannot be deleted)',
};

/** E in MCC or MNC stands for any digit, or for none where an MNC has two; an empty GID for any, an absent one for none. */
function matches(allowed: OperatorId, owner: OperatorId): boolean {
  const wanted = digitsOf(allowed.mccMnc);
  const given = digitsOf(owner.mccMnc);
  return (
    [...wanted].every((digit, i) => digit === 'E' || digit === given[i]) &&
    gidMatches(allowed.gid1, owner.gid1) &&
    gidMatches(allowed.gid2, owner.gid2)
  );
}

/** Six digits, F where an MNC has but two. */
const digitsOf = (mccMnc: string): string => {
  const [mcc = '', mnc = ''] = mccMnc.split('-');
  return mcc + mnc.padEnd(3, 'F');
};

function gidMatches(allowed: Uint8Array | undefined, owner: Uint8Array | undefined): boolean {
  if (allowed === undefined) return owner === undefined || owner.length === 0;
  if (allowed.length === 0) return true;
  return owner !== undefined && allowed.length === owner.length && allowed.every((octet, i) => octet === owner[i]);
}
