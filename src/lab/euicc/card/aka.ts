/** Authentication functions of an NAA, whatever the algorithm (3GPP TS 33.102 §6.3). */

/** Values that f2 to f5 give for one RAND. */
export interface AkaResponse {
  readonly res: Uint8Array;
  readonly ck: Uint8Array;
  readonly ik: Uint8Array;
  readonly ak: Uint8Array;
}

/** An algorithm with the keys of one subscriber. */
export interface AkaAlgorithm {
  /** Returns MAC-A, eight octets. */
  f1(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array;
  /** Returns MAC-S, eight octets. */
  f1Star(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array;
  f2345(rand: Uint8Array): AkaResponse;
  /** Returns the anonymity key of a resynchronisation. */
  f5Star(rand: Uint8Array): Uint8Array;
}

export const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((octet, i) => octet ^ b[i]!);

/** Returns SRES and Kc of a GSM challenge: conversion functions c2 and c3 (TS 33.102 §6.8.1.2). */
export function gsmTriplet({ res, ck, ik }: Omit<AkaResponse, 'ak'>): { readonly sres: Uint8Array; readonly kc: Uint8Array } {
  const padded = new Uint8Array(16);
  padded.set(res.subarray(0, 16));
  const quarters: readonly Uint8Array[] = [0, 4, 8, 12].map((at) => padded.subarray(at, at + 4));
  const halves: readonly Uint8Array[] = [ck.subarray(0, 8), ck.subarray(8, 16), ik.subarray(0, 8), ik.subarray(8, 16)];
  return { sres: quarters.reduce((sum, part) => xor(sum, part)), kc: halves.reduce((sum, part) => xor(sum, part)) };
}
