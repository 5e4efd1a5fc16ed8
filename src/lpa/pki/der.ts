/**
 * ASN.1 of certificates, read and built: the one door of asn1js. X.690, RFC 5280.
 *
 * asn1js knows the universal types (times, OIDs, strings) but bears a child that overruns its parent and octets
 * that trail; the structure is therefore read by our own strict reader first, and asn1js gives the values.
 * ES10 and BPP do not come here: they have `asn1/`.
 */
import { encodeTlv, parseTlv, type Tlv } from '../asn1/tlv.ts';
import { concat } from '../bytes.ts';
import { DecodeError } from '../errors.ts';

/** One data object: its octets as received, and its value where the type has one. */
export interface DerNode {
  readonly tag: number;
  readonly bytes: Uint8Array;
  /** The content octets: of INTEGER and OCTET STRING the value itself. */
  readonly content: Uint8Array;
  readonly children: readonly DerNode[];
  /** OBJECT IDENTIFIER (dotted), character strings, BOOLEAN, times, BIT STRING (its octets, the unused bits apart). */
  readonly value?: string | boolean | Date | { readonly octets: Uint8Array; readonly unusedBits: number };
}

/** More than any certificate holds; asn1js stops there. */
const MAX_NODES = 5000;

/** Nor are the longest of the web, with hundreds of names, a quarter as long. Numbers and names beyond it take minutes to read. */
const MAX_OCTETS = 64 * 1024;

/** asn1js costs 35 ms: it is loaded when the first certificate is read. */
const loadAsn1js = () => import('asn1js');
type Asn1js = Awaited<ReturnType<typeof loadAsn1js>>;
type Asn1Block = ReturnType<Asn1js['fromBER']>['result'] | InstanceType<Asn1js['BaseBlock']>;

/** Read exactly one data object. @throws {DecodeError} on malformed, overrunning or trailing octets. */
export async function readDer(bytes: Uint8Array, path: string): Promise<DerNode> {
  if (bytes.length > MAX_OCTETS) throw new DecodeError(path, `${bytes.length} octets, ${MAX_OCTETS} at most`);
  const tlv = parseTlv(bytes, path);
  const asn1js = await loadAsn1js();
  try {
    const { offset, result } = asn1js.fromBER(bytes, { parseEmbedded: false, maxNodes: MAX_NODES });
    if (offset === -1) throw new DecodeError(path, result.error || 'not ASN.1');
    return derNode(asn1js, tlv, result, path);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError(path, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function derNode(asn1js: Asn1js, tlv: Tlv, block: Asn1Block, path: string): DerNode {
  const blocks: Asn1Block[] = block instanceof asn1js.Constructed ? block.valueBlock.value : [];
  if (blocks.length !== tlv.children.length)
    throw new DecodeError(path, `${tlv.children.length} elements, ${blocks.length} of them understood`);
  const children = tlv.children.map((child, i) => derNode(asn1js, child, blocks[i]!, path));
  const value = universalValue(asn1js, tlv, block, path);
  return { tag: tlv.tag, bytes: tlv.bytes, content: tlv.content, children, ...(value === undefined ? {} : { value }) };
}

function universalValue(asn1js: Asn1js, tlv: Tlv, block: Asn1Block, path: string): DerNode['value'] {
  // GeneralizedTime extends UTCTime, and both extend VisibleString: times come before strings.
  if (block instanceof asn1js.UTCTime) {
    const text = new TextDecoder().decode(tlv.content);
    const seconds = block instanceof asn1js.GeneralizedTime ? /^\d{14}Z$/ : /^\d{12}Z$/;
    const date = seconds.test(text) ? block.toDate() : new Date(Number.NaN);
    if (Number.isNaN(date.getTime())) throw new DecodeError(path, 'not a time of RFC 5280');
    return date;
  }
  if (block instanceof asn1js.ObjectIdentifier) return block.getValue();
  if (block instanceof asn1js.Boolean) return block.getValue();
  if (block instanceof asn1js.BitString && tlv.children.length === 0)
    return { octets: tlv.content.subarray(1), unusedBits: block.valueBlock.unusedBits };
  if (block instanceof asn1js.BaseStringBlock) return block.getValue();
  return undefined;
}

/** The octets of each universal type that a certificate needs; SEQUENCE and the like take octets already built. */
export interface DerWriter {
  sequence(...items: readonly Uint8Array[]): Uint8Array;
  set(...items: readonly Uint8Array[]): Uint8Array;
  /** A context tag around (constructed) or instead of (implicit) what is built. */
  tagged(tag: number, ...content: readonly Uint8Array[]): Uint8Array;
  oid(dotted: string): Uint8Array;
  /** The content octets of an OBJECT IDENTIFIER, for an implicit tag such as registeredID. */
  oidContent(dotted: string): Uint8Array;
  /** An unsigned number, big-endian; a leading zero octet is put before a set top bit. */
  integer(unsigned: Uint8Array): Uint8Array;
  boolean(value: boolean): Uint8Array;
  octetString(octets: Uint8Array): Uint8Array;
  bitString(octets: Uint8Array, unusedBits?: number): Uint8Array;
  utf8String(text: string): Uint8Array;
  printableString(text: string): Uint8Array;
  /** UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5). */
  time(date: Date): Uint8Array;
}

export async function derWriter(): Promise<DerWriter> {
  const asn1js = await loadAsn1js();
  const octets = (block: { toBER(): ArrayBuffer }): Uint8Array => new Uint8Array(block.toBER());
  const oid = (value: string): Uint8Array => octets(new asn1js.ObjectIdentifier({ value }));
  return {
    sequence: (...items) => encodeTlv(0x30, concat(...items)),
    set: (...items) => encodeTlv(0x31, concat(...items)),
    tagged: (tag, ...content) => encodeTlv(tag, concat(...content)),
    oid,
    oidContent: (dotted) => parseTlv(oid(dotted)).content,
    integer: (unsigned) => octets(new asn1js.Integer({ valueHex: shortestInteger(unsigned) })),
    boolean: (value) => octets(new asn1js.Boolean({ value })),
    octetString: (valueHex) => octets(new asn1js.OctetString({ valueHex })),
    bitString: (valueHex, unusedBits = 0) => octets(new asn1js.BitString({ valueHex, unusedBits })),
    utf8String: (value) => octets(new asn1js.Utf8String({ value })),
    printableString: (value) => octets(new asn1js.PrintableString({ value })),
    time: (valueDate) =>
      octets(valueDate.getUTCFullYear() < 2050 ? new asn1js.UTCTime({ valueDate }) : new asn1js.GeneralizedTime({ valueDate })),
  };
}

function shortestInteger(unsigned: Uint8Array): Uint8Array {
  const first = unsigned.findIndex((octet) => octet !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : unsigned.subarray(first);
  return digits[0]! & 0x80 ? concat(Uint8Array.of(0), digits) : digits;
}
