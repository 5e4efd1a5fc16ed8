/** Profile types that an operator can order over ES2+, and the profiles of each. */
import { addOrder, type NewOrder, type Order } from './order.ts';
import type { SmdpState } from './state.ts';

export interface ProfileType {
  readonly says: string;
  readonly order: NewOrder;
  /** How many there are; without end where not given. */
  readonly stock?: number;
  /** Another operator's: 8.2.5/1.2. */
  readonly forEverybody?: false;
}

// biome-ignore format: a table
export const PROFILE_TYPES: Readonly<Record<string, ProfileType>> = {
  lab:              { says: 'an operational profile of a few kilobytes', order: {} },
  'lab-large':      { says: 'an operational profile of 100 KB', order: { profileName: 'Lab large', package: { size: 100_000 } } },
  'lab-rules':      { says: 'a profile that is not to be disabled and not to be deleted', order: { profileName: 'Lab rules', rules: ['ppr1', 'ppr2'] } },
  'lab-test':       { says: 'a test profile', order: { profileName: 'Lab test', profileClass: 'test' } },
  'lab-bootstrap':  { says: 'a provisioning profile', order: { profileName: 'Lab bootstrap', profileClass: 'provisioning' } },
  'lab-last':       { says: 'the last one of its kind', order: { profileName: 'Lab last' }, stock: 1 },
  'lab-elsewhere':  { says: "another operator's", order: {}, forEverybody: false },
};

/** One that came back, or a new one. @returns undefined when there are no more */
export function takeFromStock(state: SmdpState, profileType: string, address: string): Order | undefined {
  const returned = state.availableOf(profileType);
  if (returned) return returned;
  const type = PROFILE_TYPES[profileType];
  if (!type || state.countOf(profileType) >= (type.stock ?? Number.POSITIVE_INFINITY)) return undefined;
  return addOrder(state, { ...type.order, profileType, state: 'allocated' }, address);
}
