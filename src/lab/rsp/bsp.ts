/**
 * BSP, the protection of a Bound Profile Package (once SCP03t): keys from ECDH, segments 86 (profile), 87 (commands)
 * and 88 (metadata). SGP.22 v2.5 §2.6.4, §5.5, Annex G; ANSI X9.63, RFC 4493, AES-128.
 *
 *   86, 87   tag | length | AES-CBC(S-ENC, ICV, plaintext 80 00..) | C-MAC, first 8 octets
 *   88       tag | length | plaintext                              | C-MAC, first 8 octets
 *
 *   ICV      AES(S-ENC, block number), 16 octets big-endian; it counts every segment from 1, those of 88 too
 *   C-MAC    AES-CMAC(S-MAC, chaining value | tag | length | body); all 16 octets are the next chaining value
 */
import { createCipheriv, createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { encodeTlv, hexTag, lengthOctets, readHeader } from '../../lpa/asn1/tlv.ts';
import { concat, fromHex } from '../../lpa/bytes.ts';
import { DecodeError } from '../../lpa/errors.ts';

/** 86 a piece of the Profile, 87 a command, 88 a piece of the metadata, which stays readable. */
export type SegmentTag = 0x86 | 0x87 | 0x88;

/** Session keys, or the Profile Protection Keys that replace them. 16 octets each. */
export interface BspKeys {
  readonly macChainingValue: Uint8Array;
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
}

/** Why a segment was refused: its TLV (scp03tStructureError), or its MAC or padding (scp03tSecurityError). */
export class BspError extends Error {
  readonly kind: 'structure' | 'security';

  constructor(kind: BspError['kind'], message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'BspError';
    this.kind = kind;
  }
}

export const KEY_TYPE_AES = 0x88;
const KEY_OCTETS = 16;
const BLOCK = 16;
export const MAC_OCTETS = 8;
/** Octets of a segment with its header (§5.5). */
export const MAX_SEGMENT = 1020;

/**
 * Keys of a session (§2.6.4.2). The output is taken in this order: initial MAC chaining value, S-ENC, S-MAC.
 *
 * @param sharedSecret the x-coordinate of the ECDH point, 32 octets
 * @param hostId 1 to 16 octets, as in the control reference template
 * @param eid 32 digits
 */
export function deriveBspKeys(sharedSecret: Uint8Array, { hostId, eid }: { hostId: Uint8Array; eid: string }): BspKeys {
  const eidOctets = fromHex(eid);
  const sharedInfo = concat(
    Uint8Array.of(KEY_TYPE_AES, KEY_OCTETS, hostId.length),
    hostId,
    Uint8Array.of(eidOctets.length),
    eidOctets,
  );
  const keys = x963Kdf(sharedSecret, sharedInfo, 3 * KEY_OCTETS);
  return { macChainingValue: keys.subarray(0, 16), enc: keys.subarray(16, 32), mac: keys.subarray(32, 48) };
}

/** X9.63 key derivation with SHA-256. */
export function x963Kdf(z: Uint8Array, sharedInfo: Uint8Array, length: number): Uint8Array {
  const counter = new DataView(new ArrayBuffer(4));
  const parts: Uint8Array[] = [];
  for (let n = 1; (n - 1) * 32 < length; n++) {
    counter.setUint32(0, n);
    parts.push(createHash('sha256').update(z).update(new Uint8Array(counter.buffer)).update(sharedInfo).digest());
  }
  return concat(...parts).subarray(0, length);
}

/** AES-CMAC, all 16 octets (RFC 4493). */
export function aesCmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const k1 = doubled(aesBlock(key, new Uint8Array(BLOCK)));
  const whole = message.length > 0 && message.length % BLOCK === 0;
  const padded = whole ? Uint8Array.from(message) : padTo16(message);
  const subkey = whole ? k1 : doubled(k1);
  for (let i = 0; i < BLOCK; i++) padded[padded.length - BLOCK + i]! ^= subkey[i]!;
  const cipher = createCipheriv('aes-128-cbc', key, new Uint8Array(BLOCK)).setAutoPadding(false);
  return Uint8Array.from(cipher.update(padded).subarray(-BLOCK));
}

/**
 * One direction's running state: chaining value and block number. Server and card each hold one, and both count alike.
 */
export class BspChannel {
  #keys: BspKeys;
  #macChainingValue: Uint8Array;
  #blockNumber = 1;

  constructor(keys: BspKeys) {
    this.#keys = keys;
    this.#macChainingValue = keys.macChainingValue;
  }

  /** ReplaceSessionKeys: from the next segment on these keys, counted from 1 again. */
  replaceKeys(keys: BspKeys): void {
    this.#keys = keys;
    this.#macChainingValue = keys.macChainingValue;
    this.#blockNumber = 1;
  }

  /** One segment, header and all. */
  protect(tag: SegmentTag, plaintext: Uint8Array): Uint8Array {
    const body = tag === 0x88 ? plaintext : this.#encrypt(plaintext);
    const header = concat(Uint8Array.of(tag), lengthOctets(body.length + MAC_OCTETS));
    const mac = this.#nextMac(header, body);
    this.#blockNumber++;
    return concat(header, body, mac);
  }

  /**
   * What a segment carries. After a refusal the channel is of no further use.
   *
   * @throws {BspError} `structure`: not one whole TLV of this tag, or of impossible length; `security`: MAC or padding
   */
  open(tag: SegmentTag, segment: Uint8Array): Uint8Array {
    const contentStart = headerLength(tag, segment);
    const body = segment.subarray(contentStart, -MAC_OCTETS);
    if (segment.length - contentStart < MAC_OCTETS) throw new BspError('structure', `${hexTag(tag)}: shorter than its MAC`);
    if (tag !== 0x88 && (body.length === 0 || body.length % BLOCK !== 0))
      throw new BspError('structure', `${hexTag(tag)}: ${body.length} octets of ciphertext are no whole blocks`);
    const mac = this.#nextMac(segment.subarray(0, contentStart), body);
    if (!timingSafeEqual(mac, segment.subarray(-MAC_OCTETS)))
      throw new BspError('security', `${hexTag(tag)} number ${this.#blockNumber}: the MAC does not verify`);
    const plaintext = tag === 0x88 ? body : this.#decrypt(tag, body);
    this.#blockNumber++;
    return plaintext;
  }

  #nextMac(header: Uint8Array, body: Uint8Array): Uint8Array {
    this.#macChainingValue = aesCmac(this.#keys.mac, concat(this.#macChainingValue, header, body));
    return this.#macChainingValue.subarray(0, MAC_OCTETS);
  }

  #icv(): Uint8Array {
    const block = new DataView(new ArrayBuffer(BLOCK));
    block.setUint32(BLOCK - 4, this.#blockNumber);
    return aesBlock(this.#keys.enc, new Uint8Array(block.buffer));
  }

  #encrypt(plaintext: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-128-cbc', this.#keys.enc, this.#icv()).setAutoPadding(false);
    return cipher.update(padTo16(plaintext));
  }

  #decrypt(tag: SegmentTag, body: Uint8Array): Uint8Array {
    const decipher = createDecipheriv('aes-128-cbc', this.#keys.enc, this.#icv()).setAutoPadding(false);
    const padded = Uint8Array.from(decipher.update(body));
    const end = padded.findLastIndex((octet) => octet !== 0);
    if (padded[end] !== 0x80 || end < padded.length - BLOCK)
      throw new BspError('security', `${hexTag(tag)} number ${this.#blockNumber}: the padding is not 80 00..`);
    return padded.subarray(0, end);
  }
}

/**
 * Cut `plaintext` so that no segment exceeds `segmentOctets`: 1007 octets to an 86, 1008 to an 88 at §5.5's 1020.
 * An empty plaintext is one empty piece.
 */
export function* piecesFor(tag: SegmentTag, plaintext: Uint8Array, segmentOctets = MAX_SEGMENT): Iterable<Uint8Array> {
  const fits = (octets: number): boolean => encodeTlv(tag, new Uint8Array(octets)).length <= segmentOctets;
  const octetsFor = (piece: number): number => (tag === 0x88 ? piece : (Math.floor(piece / BLOCK) + 1) * BLOCK) + MAC_OCTETS;
  let piece = segmentOctets;
  while (piece > 1 && !fits(octetsFor(piece))) piece--;
  if (!fits(octetsFor(piece))) throw new RangeError(`a segment of ${segmentOctets} octets has room for nothing`);
  for (let at = 0; at === 0 || at < plaintext.length; at += piece) yield plaintext.subarray(at, at + piece);
}

function headerLength(tag: SegmentTag, segment: Uint8Array): number {
  try {
    const header = readHeader(segment, 0, hexTag(tag));
    if (header.tag !== tag) throw new BspError('structure', `expected ${hexTag(tag)}, got ${hexTag(header.tag)}`);
    if (header.end !== segment.length)
      throw new BspError('structure', `${hexTag(tag)}: ${segment.length - header.end} octets left over`);
    return header.contentStart;
  } catch (error) {
    if (error instanceof DecodeError) throw new BspError('structure', error.message, error);
    throw error;
  }
}

/** 80, then 00 to a whole block; at least one octet. */
function padTo16(octets: Uint8Array): Uint8Array {
  const padded = new Uint8Array((Math.floor(octets.length / BLOCK) + 1) * BLOCK);
  padded.set(octets);
  padded[octets.length] = 0x80;
  return padded;
}

const aesBlock = (key: Uint8Array, block: Uint8Array): Uint8Array =>
  createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block);

/** Times x in GF(2^128), RFC 4493 §2.3. */
function doubled(block: Uint8Array): Uint8Array {
  const out = block.map((octet, i) => (octet << 1) | ((block[i + 1] ?? 0) >> 7));
  if (block[0]! & 0x80) out[BLOCK - 1]! ^= 0x87;
  return out;
}
