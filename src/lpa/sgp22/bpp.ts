/** The Bound Profile Package (ES8+) and where it may be cut. SGP.22 v2.5 §2.5.3 to §2.5.5, §5.5, Annex H. */
import { enumerated, hex, named, octets, oid } from '../asn1/primitives.ts';
import { dataObject, field, listOf, optional, sequence } from '../asn1/schema.ts';
import { headerOf, hexTag, parseTlv, type Tlv } from '../asn1/tlv.ts';
import { concat, concatAll } from '../bytes.ts';
import { DecodeError } from '../errors.ts';

export const controlRefTemplate = sequence({
  keyType: field(0x80, octets),
  keyLen: field(0x81, octets),
  hostId: field(0x84, octets),
});

export const InitialiseSecureChannelRequest = dataObject(
  'InitialiseSecureChannelRequest',
  0xbf23,
  sequence({
    remoteOpId: field(0x82, enumerated({ installBoundProfilePackage: 1 })),
    transactionId: field(0x80, hex),
    controlRefTemplate: field(0xa6, controlRefTemplate),
    smdpOtpk: field(0x5f49, octets),
    smdpSign: field(0x5f37, octets),
  }),
);

export const ConfigureISDPRequest = dataObject(
  'ConfigureISDPRequest',
  0xbf24,
  sequence({ dpProprietaryData: optional(0xb8, sequence({ dpOid: field(0x80, oid) })) }),
);

export const ReplaceSessionKeysRequest = dataObject(
  'ReplaceSessionKeysRequest',
  0xbf26,
  sequence({
    initialMacChainingValue: field(0x80, octets),
    ppkEnc: field(0x81, octets),
    ppkCmac: field(0x82, octets),
  }),
);

/** Octets of C-MAC at the end of each 86, 87 and 88. */
export const MAC_OCTETS = 8;

/** 86, 87 and 88 of a package: the 88s can be read, all end in a MAC. */
const segment = (tag: 0x86 | 0x87 | 0x88) =>
  listOf(field(tag, named(tag === 0x88 ? 'readableSegment' : 'sealedSegment', octets)));

/** The package as a data object; readBoundProfilePackage takes one apart and is stricter. */
export const BoundProfilePackage = dataObject(
  'BoundProfilePackage',
  0xbf36,
  sequence({
    initialiseSecureChannelRequest: field(0xbf23, InitialiseSecureChannelRequest.type),
    firstSequenceOf87: field(0xa0, segment(0x87)),
    sequenceOf88: field(0xa1, segment(0x88)),
    secondSequenceOf87: optional(0xa2, segment(0x87)),
    sequenceOf86: field(0xa3, segment(0x86)),
  }),
);

/** A package by its parts, each as received. */
export interface BoundProfilePackage {
  readonly root: Tlv;
  /** BF23 */
  readonly initialiseSecureChannel: Tlv;
  /** A0: the 87s of ConfigureISDP. */
  readonly configureIsdp: Tlv;
  /** A1: the 88s of StoreMetadata, readable but for their MAC. */
  readonly storeMetadata: Tlv;
  /** A2: the 87s of ReplaceSessionKeys. */
  readonly replaceSessionKeys?: Tlv;
  /** A3: the 86s of the Profile. */
  readonly profile: Tlv;
}

/**
 * Take a BPP apart; what the eUICC would stumble over is found before the first octet is sent (§3.1.3.3).
 *
 * @throws {DecodeError} when a part is missing, stands elsewhere, or holds what it must not
 */
export function readBoundProfilePackage(bytes: Uint8Array): BoundProfilePackage {
  const path = 'BoundProfilePackage';
  const root = parseTlv(bytes, path);
  if (root.tag !== 0xbf36) throw new DecodeError(path, `expected tag BF36, got ${hexTag(root.tag)}`);
  const parts = [...root.children];
  const take = (tag: number, name: string, inner?: number): Tlv => {
    const part = parts.shift();
    if (part?.tag !== tag)
      throw new DecodeError(path, `expected ${name} (${hexTag(tag)}), got ${part ? hexTag(part.tag) : 'the end'}`);
    if (inner === undefined) return part;
    if (part.children.length === 0) throw new DecodeError(`${path}/${name}`, 'empty');
    for (const child of part.children) {
      if (child.tag !== inner) throw new DecodeError(`${path}/${name}`, `expected ${hexTag(inner)}, got ${hexTag(child.tag)}`);
      if (child.content.length <= MAC_OCTETS)
        throw new DecodeError(`${path}/${name}`, `${child.content.length} octets are too few`);
    }
    return part;
  };
  const initialiseSecureChannel = take(0xbf23, 'initialiseSecureChannelRequest');
  const configureIsdp = take(0xa0, 'firstSequenceOf87', 0x87);
  const storeMetadata = take(0xa1, 'sequenceOf88', 0x88);
  const replaceSessionKeys = parts[0]?.tag === 0xa2 ? take(0xa2, 'secondSequenceOf87', 0x87) : undefined;
  const profile = take(0xa3, 'sequenceOf86', 0x86);
  if (parts[0]) throw new DecodeError(path, `${hexTag(parts[0].tag)} stands after the last part`);
  return {
    root,
    initialiseSecureChannel,
    configureIsdp,
    storeMetadata,
    ...(replaceSessionKeys && { replaceSessionKeys }),
    profile,
  };
}

/** StoreMetadataRequest as it stands in the package: the 88 bodies without their MACs. */
export const metadataOf = ({ storeMetadata }: BoundProfilePackage): Uint8Array =>
  concatAll(storeMetadata.children.map(({ content }) => content.subarray(0, -MAC_OCTETS)));

/**
 * The segments that the eUICC takes in one STORE DATA series each. The cuts are at
 * TLV borders, and the octets in between are passed on as received:
 *
 *   BF36 header + BF23                   the secure channel
 *   A0 header + first 87, then each 87   ConfigureISDP
 *   A1 header, then each 88              StoreMetadata
 *   A2 header + first 87, then each 87   ReplaceSessionKeys, optional
 *   A3 header, then each 86              the Profile itself
 */
export function* segmentsOf(bpp: BoundProfilePackage): Iterable<Uint8Array> {
  const each = (parts: readonly Tlv[]): readonly Uint8Array[] => parts.map(({ bytes }) => bytes);
  const headerFirst = (part: Tlv): readonly Uint8Array[] => [headerOf(part), ...each(part.children)];
  const headerWithFirst = (part: Tlv): readonly Uint8Array[] => {
    const [first, ...rest] = part.children;
    return [concat(headerOf(part), first?.bytes ?? new Uint8Array()), ...each(rest)];
  };
  yield concat(headerOf(bpp.root), bpp.initialiseSecureChannel.bytes);
  yield* headerWithFirst(bpp.configureIsdp);
  yield* headerFirst(bpp.storeMetadata);
  if (bpp.replaceSessionKeys) yield* headerWithFirst(bpp.replaceSessionKeys);
  yield* headerFirst(bpp.profile);
}
