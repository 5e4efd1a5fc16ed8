/** What a certificate of the RSP ecosystem may be used for: the policies under 2.23.146.1.2.1. SGP.22 v2.5 and v3.1 §4.5.2.1. */

export type Role =
  | 'ci'
  | 'ci-sub-ca'
  | 'euicc'
  | 'eum'
  | 'eum-sub-ca'
  | 'dp-tls'
  | 'dp-auth'
  | 'dp-pb'
  | 'dp-sub-ca'
  | 'ds-tls'
  | 'ds-auth'
  | 'ds-sub-ca';

export const ROLE_ARC = '2.23.146.1.2.1';

/** Arcs below ROLE_ARC. Of v3's second set (0.0...) the LPA only ever reads; what it names is the same. */
const ROLES: Readonly<Record<string, Role>> = {
  '0': 'ci',
  '1': 'euicc',
  '2': 'eum',
  '3': 'dp-tls',
  '4': 'dp-auth',
  '5': 'dp-pb',
  '6': 'ds-tls',
  '7': 'ds-auth',
  '0.0': 'ci-sub-ca',
  '0.0.0': 'eum',
  '0.0.0.0': 'eum-sub-ca',
  '0.0.0.0.0': 'euicc',
  '0.0.1': 'dp-sub-ca',
  '0.0.1.0': 'dp-tls',
  '0.0.1.1': 'dp-auth',
  '0.0.1.2': 'dp-pb',
  '0.0.2': 'ds-sub-ca',
  '0.0.2.0': 'ds-tls',
  '0.0.2.1': 'ds-auth',
};

/** The role that a policy OID names; `unknown(<oid>)` for another one under the arc, undefined outside of it. */
export function roleOf(policy: string): Role | `unknown(${string})` | undefined {
  if (policy !== ROLE_ARC && !policy.startsWith(`${ROLE_ARC}.`)) return undefined;
  return ROLES[policy.slice(ROLE_ARC.length + 1)] ?? `unknown(${policy})`;
}

/** The policy of a role as SGP.22 v2 writes it, the v3 one where v2 has none. */
export function policyOf(role: Role): string {
  return `${ROLE_ARC}.${Object.keys(ROLES).find((arc) => ROLES[arc] === role)}`;
}
