/** Answer To Reset. ISO 7816-3 §8; the eUICC bits: ETSI TS 102 221 §6.3.3, SGP.22 §2.4.2. */
import { DecodeError } from '../errors.ts';

export interface Atr {
  /** Protocols the card offers, the one it starts with first: `[0]`, `[1]`, `[0, 1]`. T=15 is no protocol and left out. */
  readonly protocols: readonly number[];
  /** eUICC-related functions supported. False proves nothing: older eUICCs do not tell. */
  readonly euicc: boolean;
  /** Multiple Enabled Profiles. */
  readonly mep: boolean;
  /** How T=1 blocks are cut and checked, where T=1 is offered. */
  readonly t1?: { readonly ifsc: number; readonly crc: boolean };
  readonly historical: Uint8Array;
  /** TCK stands only where a protocol other than T=0 is offered. */
  readonly checkByte: 'right' | 'wrong' | 'absent';
}

/** One round of interface bytes. `protocol` is the T of the TD before it; the first round has none. */
interface Round {
  readonly protocol?: number;
  readonly ta?: number;
  readonly tb?: number;
  readonly tc?: number;
}

/** @throws {DecodeError} when it ends before what it announces. */
export function readAtr(atr: Uint8Array): Atr {
  let at = 0;
  const next = (what: string): number => {
    const octet = atr[at++];
    if (octet === undefined) throw new DecodeError('ATR', `ends before ${what}`);
    return octet;
  };
  const ts = next('TS');
  if (ts !== 0x3b && ts !== 0x3f) throw new DecodeError('ATR', 'TS is neither 3B nor 3F');
  const t0 = next('T0');

  const rounds: Round[] = [];
  const offered: number[] = [];
  for (let presence = t0 >> 4, protocol: number | undefined; ; ) {
    const number = rounds.length + 1;
    rounds.push({
      ...(protocol === undefined ? {} : { protocol }),
      ...(presence & 1 ? { ta: next(`TA${number}`) } : {}),
      ...(presence & 2 ? { tb: next(`TB${number}`) } : {}),
      ...(presence & 4 ? { tc: next(`TC${number}`) } : {}),
    });
    if (!(presence & 8)) break;
    const td = next(`TD${number}`);
    protocol = td & 15;
    presence = td >> 4;
    offered.push(protocol);
  }

  const historical = atr.slice(at, at + (t0 & 15));
  if (historical.length < (t0 & 15)) throw new DecodeError('ATR', 'ends within the historical bytes');
  at += historical.length;

  const global = rounds.find((round) => round.protocol === 15 && round.tb !== undefined)?.tb ?? 0;
  // From the third round on, TA, TB and TC belong to the protocol of the TD before them; in round 2 they are global.
  const t1 = rounds.find((round, i) => round.protocol === 1 && i >= 2);
  const protocols = [...new Set(offered.filter((t) => t !== 15))];
  return {
    protocols: protocols.length > 0 ? protocols : [0],
    euicc: (global & 0x82) === 0x82,
    mep: (global & 0x83) === 0x83,
    ...(protocols.includes(1) ? { t1: { ifsc: t1?.ta ?? 32, crc: ((t1?.tc ?? 0) & 1) === 1 } } : {}),
    historical,
    checkByte: offered.every((t) => t === 0) ? 'absent' : checkByte(atr.subarray(1, at + 1), at < atr.length),
  };
}

const checkByte = (checked: Uint8Array, present: boolean): Atr['checkByte'] =>
  present && checked.reduce((xor, octet) => xor ^ octet, 0) === 0 ? 'right' : 'wrong';
