/**
 * AUTHENTICATE of USIM and ISIM. 3GPP TS 31.102 §7.1, TS 31.103 §7.1; 3GPP TS 33.102 §6.3.
 *
 *     3G    10 RAND | 10 AUTN      DB | 08 RES | 10 CK | 10 IK | 08 Kc       or DC | 0E AUTS
 *     GSM   10 RAND                04 SRES | 08 Kc
 */
import { concat } from '../../../lpa/bytes.ts';
import type { CardFile } from '../../profile/file-system.ts';
import type { NetworkKey } from '../../profile/network-keys.ts';
import { type AkaAlgorithm, gsmTriplet, xor } from './aka.ts';
import { type Command, type Reply, SW } from './apdu.ts';
import { milenage } from './milenage.ts';
import type { SequenceNumbers } from './sequence-numbers.ts';
import { testAlgorithm } from './test-algorithm.ts';
import { tuak } from './tuak.ts';

export const AUTHENTICATE = 0x88;

const CONTEXT = { gsm: 0x80, umts: 0x81 } as const;
const TAG = { success: 0xdb, synchronisationFailure: 0xdc } as const;
/** Services of EF.UST. */
const SERVICE = { gsmAccess: 27, gsmSecurityContext: 38 } as const;

export interface Authenticator {
  readonly key: NetworkKey;
  readonly sequence: SequenceNumbers;
  readonly application: CardFile;
}

export function authenticate({ p1, p2, data }: Command, authenticator: Authenticator): Reply {
  if (p1 !== 0x00 || (p2 !== CONTEXT.gsm && p2 !== CONTEXT.umts)) return { sw: SW.wrongP1P2 };
  const [rand, autn] = [data.subarray(1, 17), data.subarray(18)];
  if (data.length !== (p2 === CONTEXT.gsm ? 17 : 34)) return { sw: SW.wrongLength };
  if (data[0] !== 16 || (p2 === CONTEXT.umts && data[17] !== 16)) return { sw: SW.wrongData };
  const algorithm = algorithmOf(authenticator.key);
  if (!algorithm) return { sw: SW.conditionsNotSatisfied };
  return p2 === CONTEXT.gsm ? inGsmContext(algorithm, rand, authenticator) : inUmtsContext(algorithm, rand, autn, authenticator);
}

function inGsmContext(algorithm: AkaAlgorithm, rand: Uint8Array, { application }: Authenticator): Reply {
  if (!hasService(application, SERVICE.gsmSecurityContext)) return { sw: SW.contextNotSupported };
  const { sres, kc } = gsmTriplet(algorithm.f2345(rand));
  return { sw: SW.ok, data: concat(prefixed(sres), prefixed(kc)) };
}

function inUmtsContext(algorithm: AkaAlgorithm, rand: Uint8Array, autn: Uint8Array, authenticator: Authenticator): Reply {
  const { key, sequence, application } = authenticator;
  const response = algorithm.f2345(rand);
  const sqn = xor(autn.slice(0, 6), response.ak);
  const amf = autn.slice(6, 8);
  if (algorithm.f1(rand, sqn, amf).some((octet, i) => octet !== autn[8 + i])) return { sw: SW.incorrectMac };
  const { algorithmID } = key.parameters;
  const isFresh = algorithmID === 'usim-test-algorithm' ? !asksForResynchronisation(amf) : sequence.accept(sqn);
  if (!isFresh) {
    const sqnMs = sequence.highest();
    const auts = concat(xor(sqnMs, algorithm.f5Star(rand)), algorithm.f1Star(rand, sqnMs, new Uint8Array(2)));
    return { sw: SW.ok, data: concat(Uint8Array.of(TAG.synchronisationFailure), prefixed(auts)) };
  }
  const { res, ck, ik } = response;
  const kc = hasService(application, SERVICE.gsmAccess) ? prefixed(gsmTriplet(response).kc) : new Uint8Array();
  return { sw: SW.ok, data: concat(Uint8Array.of(TAG.success), prefixed(res), prefixed(ck), prefixed(ik), kc) };
}

/** The test USIM looks at no sequence number; AMF FFFF makes it answer with AUTS (TS 34.108 §8.1.2.2). */
const asksForResynchronisation = (amf: Uint8Array): boolean => amf.every((octet) => octet === 0xff);

const prefixed = (value: Uint8Array): Uint8Array => concat(Uint8Array.of(value.length), value);

const EF_UST = '6F38';

function hasService({ children }: CardFile, service: number): boolean {
  const octet = children.get(EF_UST)?.content[(service - 1) >> 3] ?? 0;
  return (octet & (1 << ((service - 1) & 7))) !== 0;
}

/** Octets of RES by the low bits of algorithmOptions. */
const RES_OCTETS = [4, 8, 16, 32, 32] as const;

/** Undefined for keys that the algorithm cannot have; the checker refuses such a package. */
function algorithmOf({ parameters }: NetworkKey): AkaAlgorithm | undefined {
  const { algorithmID, algorithmOptions, key, opc, rotationConstants, xoringConstants, numberOfKeccak } = parameters;
  const resOctets = RES_OCTETS[(algorithmOptions[0] ?? 0) & 0x07] ?? 8;
  try {
    switch (algorithmID) {
      case 'milenage':
        return milenage({
          key,
          opc,
          rotations: rotationConstants,
          constants: xoringConstants,
          resOctets: Math.min(resOctets, 8),
        });
      case 'tuak':
        return tuak({ key, topc: opc, iterations: numberOfKeccak, resOctets });
      case 'usim-test-algorithm':
        return testAlgorithm({ key, resOctets: Math.min(resOctets, 16) });
      default:
        return undefined;
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
