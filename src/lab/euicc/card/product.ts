/** The applet by which eSTK.me's cards say what they are sold as: 00 00 P1 00 00 answers a text. */
import { encodeTlv } from '../../../lpa/asn1/tlv.ts';
import { utf8Bytes } from '../../../lpa/bytes.ts';
import { PRODUCT_AID, type Product, QUESTIONS } from '../../../lpa/es10/estk-product.ts';
import { SW } from './apdu.ts';
import type { Application } from './uicc.ts';

export const productApplication = (product: Required<Product>): Application => ({
  aid: PRODUCT_AID,
  select: () => encodeTlv(0x6f, encodeTlv(0x84, PRODUCT_AID)),
  command({ ins, p1 }) {
    if (ins !== 0x00) return { sw: SW.instructionNotSupported };
    const question = (['firmware', 'sku'] as const).find((each) => QUESTIONS[each] === p1);
    return question ? { sw: SW.ok, data: utf8Bytes(product[question]) } : { sw: SW.wrongP1P2 };
  },
});
