/** The steps of a procedure: what is asked of the card and of servers, in order, and the time in which the user decides. */
import * as es10a from '../../src/lpa/es10/es10a.ts';
import * as es10b from '../../src/lpa/es10/es10b.ts';
import * as es10c from '../../src/lpa/es10/es10c.ts';

export type Peer = 'card' | 'SM-DP+' | 'SM-DS' | 'user';

export interface Step {
  readonly peer: Peer;
  /** A function as the specification names it, `segment 3`, or what else a card is told: `SELECT ISD-R`. */
  readonly name: string;
  /** How often it was reached, this time among them. */
  readonly nth: number;
}

export function labelOf({ peer, name, nth }: Step): string {
  const often = nth === 1 ? '' : `, ${nth}${['', 'st', 'nd', 'rd'][nth] ?? 'th'} time`;
  // What an Event names may be an SM-DP+ or another SM-DS: its certificate tells.
  return `${name}${peer === 'SM-DP+' && roleOf(name) === 'ds' ? ', asked of an SM-DP+' : ''}${often}`;
}

/** As whom a server is spoken to. */
export const roleOf = (name: string): 'dp' | 'ds' => (name.startsWith('ES11') ? 'ds' : 'dp');

export const isSame = (a: Step, b: Step | undefined): boolean => a.peer === b?.peer && a.name === b.name && a.nth === b.nth;

/** Counts steps as they are reached. */
export class Steps {
  readonly reached: Step[] = [];

  reach(peer: Peer, name: string): Step {
    const nth = this.reached.filter((step) => step.peer === peer && step.name === name).length + 1;
    const step = { peer, name, nth };
    this.reached.push(step);
    return step;
  }
}

/** ES10 functions by the tag of their request. */
const FUNCTIONS = new Map(
  [es10a, es10b, es10c]
    .flatMap((functions): unknown[] => Object.values(functions))
    .flatMap((fn) =>
      typeof fn === 'object' && fn !== null && 'request' in fn && 'name' in fn ? [fn as typeof es10c.EnableProfile] : [],
    )
    .map(({ name, request }) => [request.tag, name] as const),
);

/** @returns the ES10 function that the first block of a series asks for; undefined for a segment of a package */
export function functionOf(block: Uint8Array): string | undefined {
  const [first = 0, second = 0] = block;
  return FUNCTIONS.get((first & 0x1f) === 0x1f ? first * 0x100 + second : first);
}
