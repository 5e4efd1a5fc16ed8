/** Where in an element's octets a field stands, so that a finding can point at it. */
import type { Fields, Item, Shape } from '../asn1/schema.ts';
import type { Tlv } from '../asn1/tlv.ts';

/**
 * Follow a path of names and indices (`ef-imsi/0/fileDescriptor/fileID`) as far as it is there.
 *
 * @returns the offset of the last data object that was found, from the first octet of `tlv`
 */
export function offsetOf(shape: Shape, tlv: Tlv, path: string): number {
  let at: Step = { shape, tlv };
  for (const segment of path.split('/').filter((word) => word !== '')) {
    const next = step(at, segment);
    if (!next) break;
    at = next;
  }
  return at.tlv.bytes.byteOffset - tlv.bytes.byteOffset;
}

interface Step {
  readonly shape: Shape;
  readonly tlv: Tlv;
  /** The data object is itself the alternative of a CHOICE: the next name adds no level. */
  readonly chosen?: boolean;
}

function step({ shape, tlv, chosen }: Step, segment: string): Step | undefined {
  switch (shape.kind) {
    case 'sequence': {
      const field = shape.fields[segment];
      return field && enter(field.type.shape, sameTag(shape.fields, tlv, segment));
    }
    case 'choice': {
      const field = shape.fields[segment];
      return field && enter(field.type.shape, chosen ? tlv : tlv.children[0]);
    }
    case 'list': {
      const child = tlv.children[Number(segment)];
      const item: Item = shape.item;
      return child && ('tag' in item ? { shape: item.type.shape, tlv: child } : { shape: item.shape, tlv: child, chosen: true });
    }
    default:
      return undefined;
  }
}

const enter = (shape: Shape, tlv: Tlv | undefined): Step | undefined => tlv && { shape, tlv };

/** Several fields may share a tag; the first takes the first, as `sequence` reads them. */
function sameTag(fields: Fields, tlv: Tlv, name: string): Tlv | undefined {
  const tag = fields[name]?.tag;
  const sharing = Object.keys(fields).filter((key) => fields[key]!.tag === tag);
  return tlv.children.filter((child) => child.tag === tag)[sharing.indexOf(name)];
}
