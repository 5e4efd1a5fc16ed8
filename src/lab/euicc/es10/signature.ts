/** Signatures as ES10 carries them: r and s, 64 octets, in a 5F37. SGP.22 v2.5 §2.6.7.2. */
import { encodeTlv, parseTlv } from '../../../lpa/asn1/tlv.ts';

const SIGNATURE = 0x5f37;

export const signatureObject = (signature: Uint8Array): Uint8Array => encodeTlv(SIGNATURE, signature);

/** r and s of a 5F37. */
export const signatureIn = (object: Uint8Array): Uint8Array => parseTlv(object, 'signature').content;
