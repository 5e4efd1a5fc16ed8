/** Is the metadata in a package what the End User was shown? SGP.22 v2.5 §3.1.3 step 8, §5.5.3. */
import { hexTag, parseTlv, type Tlv } from '../asn1/tlv.ts';
import { equalBytes, toHex } from '../bytes.ts';
import { StoreMetadataRequest } from '../sgp22/profile.ts';

/**
 * Octet for octet, or field by field: servers order fields as they like, write bit strings untrimmed and defaults out.
 * A field that nobody here knows has to be there on both sides, octet for octet.
 *
 * @returns the name (or tag) of the first field that differs, undefined where none does
 * @throws {DecodeError} when either is no StoreMetadataRequest
 */
export function differingField(shown: Uint8Array, packed: Uint8Array): string | undefined {
  if (equalBytes(shown, packed)) return undefined;
  const [a, b] = [fieldsOf(shown), fieldsOf(packed)];
  return [...new Set([...a.keys(), ...b.keys()])].find((name) => a.get(name) !== b.get(name));
}

/** Every field by name as comparable text; unknown ones by tag and octets, in order. */
function fieldsOf(bytes: Uint8Array): Map<string, string> {
  const value = StoreMetadataRequest.decode(bytes);
  const known = Object.entries(value).map(([name, field]): [string, string] => [name, JSON.stringify(sorted(field))]);
  const unknown = new Map<string, string>();
  for (const tlv of parseTlv(bytes).children.filter((child) => !KNOWN_TAGS.has(child.tag))) {
    const name = hexTag(tlv.tag);
    unknown.set(name, `${unknown.get(name) ?? ''}${octetsOf(tlv)}`);
  }
  return new Map([...known, ...unknown]);
}

const octetsOf = ({ bytes }: Tlv): string => toHex(bytes);

const KNOWN_TAGS = new Set(
  StoreMetadataRequest.type.shape.kind === 'sequence'
    ? Object.values(StoreMetadataRequest.type.shape.fields).map(({ tag }) => tag)
    : [],
);

/** Members in one order, octets as hex: for comparison only. */
const sorted = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
};
