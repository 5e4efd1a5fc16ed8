/** Profile Policy Rules against what the card allows: forbidden rules and the Rules Authorisation Table. SGP.22 v2.5 §2.9.2. */
import { equalBytes } from '../../../lpa/bytes.ts';
import type { OperatorId } from '../../../lpa/sgp22/policy.ts';
import type { ProfileMetadata } from '../../../lpa/sgp22/profile.ts';
import type { Chip } from '../chip.ts';
import { metadataOf } from '../state.ts';

/** @returns why the rules of a profile are not allowed here; undefined where they are */
export function ruleRefusal(
  { maker, state }: Chip,
  { profilePolicyRules = [], profileOwner, profileClass }: ProfileMetadata,
): string | undefined {
  for (const rule of profilePolicyRules) {
    if (rule !== 'ppr1' && rule !== 'ppr2') continue; // pprUpdateControl says who may change the rules, it is none
    if (maker.forbiddenRules.includes(rule)) return `${rule} is forbidden on this card`;
    const authorised = maker.rat.some(
      ({ pprIds, allowedOperators }) =>
        pprIds.includes(rule) &&
        profileOwner !== undefined &&
        allowedOperators.some((allowed) => isOperator(allowed, profileOwner)),
    );
    if (!authorised) return `no rule of the RAT authorises ${rule} for ${profileOwner?.mccMnc ?? 'a profile without an owner'}`;
    const operational = state.profiles.find((profile) => metadataOf(profile).profileClass === 'operational');
    if (rule === 'ppr1' && operational && profileClass === 'operational') {
      return `ppr1 is allowed for the first operational profile only, ${operational.iccid} is installed`;
    }
  }
  return undefined;
}

/** Digits of MCC and MNC, where E stands for any; a group identifier that is empty stands for any, an absent one for none. */
function isOperator(allowed: OperatorId, owner: OperatorId): boolean {
  return digitsFit(allowed.mccMnc, owner.mccMnc) && groupFits(allowed.gid1, owner.gid1) && groupFits(allowed.gid2, owner.gid2);
}

const digitsFit = (allowed: string, owner: string): boolean =>
  [...allowed.padEnd(7, 'F')].every((digit, i) => digit === 'E' || digit === owner.padEnd(7, 'F')[i]);

function groupFits(allowed: Uint8Array | undefined, owner: Uint8Array | undefined): boolean {
  if (allowed?.length === 0) return true;
  return equalBytes(allowed ?? new Uint8Array(), owner ?? new Uint8Array());
}
