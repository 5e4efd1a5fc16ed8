/** What eUICC and SM-DP+ exchange to bind a Profile. SGP.22 v2.5 §5.6.2, §5.6.3, §5.7.5, Annex H. */
import { boolean, certificate, enumerated, hex, octets, signature } from '../asn1/primitives.ts';
import { choice, dataObject, der, field, type Infer, optional, secret, sequence } from '../asn1/schema.ts';
import { errorResponse } from './authentication.ts';

export const SmdpSigned2 = dataObject(
  'SmdpSigned2',
  0x30,
  sequence({
    transactionId: field(0x80, hex),
    ccRequiredFlag: field(0x01, boolean),
    bppEuiccOtpk: optional(0x5f49, octets),
  }),
);
export type SmdpSigned2 = Infer<typeof SmdpSigned2>;

export const PrepareDownloadRequest = dataObject(
  'PrepareDownloadRequest',
  0xbf21,
  sequence({
    smdpSigned2: field(0x30, der(SmdpSigned2.type)),
    smdpSignature2: field(0x5f37, signature),
    hashCc: secret(optional(0x04, octets)),
    smdpCertificate: field(0x30, certificate),
  }),
);

export const EUICCSigned2 = dataObject(
  'EUICCSigned2',
  0x30,
  sequence({
    transactionId: field(0x80, hex),
    /** One-time public key, uncompressed point of 65 octets. */
    euiccOtpk: field(0x5f49, octets),
    hashCc: secret(optional(0x04, octets)),
  }),
);

export const downloadErrorCode = enumerated({
  invalidCertificate: 1,
  invalidSignature: 2,
  unsupportedCurve: 3,
  noSessionContext: 4,
  invalidTransactionId: 5,
  undefinedError: 127,
});

/** Kept with its octets: it is what ES9+.GetBoundProfilePackage sends. */
export const PrepareDownloadResponse = dataObject(
  'PrepareDownloadResponse',
  0xbf21,
  der(
    choice({
      downloadResponseOk: field(
        0xa0,
        sequence({ euiccSigned2: field(0x30, der(EUICCSigned2.type)), euiccSignature2: field(0x5f37, signature) }),
      ),
      downloadResponseError: field(0xa1, errorResponse(downloadErrorCode)),
    }),
  ),
);
