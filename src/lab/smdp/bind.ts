/** The Bound Profile Package, made for one eUICC. SGP.22 v2.5 §2.5.2 to §2.5.5, §3.1.3.3, §5.5. */
import type { KeyObject } from 'node:crypto';
import { encodeTlv } from '../../lpa/asn1/tlv.ts';
import { concat, utf8Bytes } from '../../lpa/bytes.ts';
import { publicPoint, sharedSecret, sign } from '../../lpa/pki/ecdsa.ts';
import { ConfigureISDPRequest, InitialiseSecureChannelRequest, ReplaceSessionKeysRequest } from '../../lpa/sgp22/bpp.ts';
import { BspChannel, type BspKeys, deriveBspKeys, KEY_TYPE_AES, piecesFor, type SegmentTag } from '../rsp/bsp.ts';

export interface PackageToBind {
  readonly transactionId: string;
  readonly eid: string;
  /** otPK.EUICC.ECKA, uncompressed. */
  readonly euiccOtpk: Uint8Array;
  /** otSK.DP.ECKA, on the same curve. */
  readonly smdpOtsk: KeyObject;
  /** SK.DPpb.ECDSA */
  readonly signingKey: KeyObject;
  /** StoreMetadataRequest. */
  readonly metadata: Uint8Array;
  /** Unprotected profile package. */
  readonly upp: Uint8Array;
  /** Profile protection keys; without them the session keys serve to the end. */
  readonly ppk?: BspKeys | undefined;
  /** Octets of an 86 and of an 88, header and all. */
  readonly segmentOctets: number;
  readonly metadataSegmentOctets: number;
}

const HOST_ID = utf8Bytes('lpa-lab');

export function bindPackage(parts: PackageToBind): Uint8Array {
  const { transactionId, eid, euiccOtpk, smdpOtsk, ppk } = parts;
  const channel = new BspChannel(deriveBspKeys(sharedSecret(smdpOtsk, euiccOtpk), { hostId: HOST_ID, eid }));
  const segments = (tag: SegmentTag, plaintext: Uint8Array, octets?: number): Uint8Array =>
    concat(...[...piecesFor(tag, plaintext, octets)].map((piece) => channel.protect(tag, piece)));
  const configureIsdp = encodeTlv(0xa0, segments(0x87, ConfigureISDPRequest.encode({})));
  const storeMetadata = encodeTlv(0xa1, segments(0x88, parts.metadata, parts.metadataSegmentOctets));
  const replaceKeys = ppk ? encodeTlv(0xa2, segments(0x87, replaceSessionKeys(ppk))) : new Uint8Array();
  if (ppk) channel.replaceKeys(ppk);
  const profile = encodeTlv(0xa3, segments(0x86, parts.upp, parts.segmentOctets));
  const secureChannel = initialiseSecureChannel(transactionId, euiccOtpk, smdpOtsk, parts.signingKey);
  return encodeTlv(0xbf36, concat(secureChannel, configureIsdp, storeMetadata, replaceKeys, profile));
}

const replaceSessionKeys = ({ macChainingValue, enc, mac }: BspKeys): Uint8Array =>
  ReplaceSessionKeysRequest.encode({ initialMacChainingValue: macChainingValue, ppkEnc: enc, ppkCmac: mac });

/** What is signed is the fields, one after the other, and otPK.EUICC in the end. */
function initialiseSecureChannel(
  transactionId: string,
  euiccOtpk: Uint8Array,
  smdpOtsk: KeyObject,
  signingKey: KeyObject,
): Uint8Array {
  const unsigned = {
    remoteOpId: 'installBoundProfilePackage' as const,
    transactionId,
    controlRefTemplate: { keyType: Uint8Array.of(KEY_TYPE_AES), keyLen: Uint8Array.of(16), hostId: HOST_ID },
    smdpOtpk: publicPoint(smdpOtsk),
  };
  const fields = InitialiseSecureChannelRequest.type.encode({ ...unsigned, smdpSign: new Uint8Array() });
  const signed = concat(fields.subarray(0, -EMPTY_SIGNATURE.length), encodeTlv(0x5f49, euiccOtpk));
  return InitialiseSecureChannelRequest.encode({ ...unsigned, smdpSign: sign(signingKey, signed) });
}

/** 5F37 00, the last field while nothing is signed. */
const EMPTY_SIGNATURE = Uint8Array.of(0x5f, 0x37, 0);
