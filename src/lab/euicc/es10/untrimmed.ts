/** BIT STRINGs with all the bits that have a name, zeros too: DER would trim them, cards do not. Nothing signed is touched. */
import type { Fields, Shape } from '../../../lpa/asn1/schema.ts';
import { encodeTlv, parseTlv, type Tlv } from '../../../lpa/asn1/tlv.ts';
import { concat } from '../../../lpa/bytes.ts';

/** @param shape of the data object that `response` is */
export const untrimmed = (shape: Shape, response: Uint8Array): Uint8Array => rewrite(shape, parseTlv(response));

function rewrite(shape: Shape, tlv: Tlv): Uint8Array {
  switch (shape.kind) {
    case 'flags':
      return encodeTlv(tlv.tag, padded(tlv.content, shape.names.length));
    case 'sequence':
    case 'choice':
      return encodeTlv(tlv.tag, concat(...tlv.children.map((child) => rewriteField(shape.fields, child))));
    case 'list': {
      const { item } = shape;
      const each = (child: Tlv): Uint8Array => ('tag' in item ? rewrite(item.type.shape, child) : child.bytes);
      return encodeTlv(tlv.tag, concat(...tlv.children.map(each)));
    }
    default:
      return tlv.bytes;
  }
}

function rewriteField(fields: Fields, tlv: Tlv): Uint8Array {
  const found = Object.values(fields).find(({ tag }) => tag === tlv.tag);
  // A primitive tag around data objects (extCardResource) is left as it is.
  return found && (tlv.children.length > 0 || found.type.shape.kind === 'flags') ? rewrite(found.type.shape, tlv) : tlv.bytes;
}

function padded(content: Uint8Array, bits: number): Uint8Array {
  const octets = new Uint8Array(Math.max(Math.ceil(bits / 8), content.length - 1));
  octets.set(content.subarray(1));
  return concat(Uint8Array.of(Math.max(0, octets.length * 8 - bits)), octets);
}
