/** Certificate revocation lists for the eUICC. SGP.22 v2.5 §4.6, §5.7.12. */
import { enumerated, integer, octets } from '../asn1/primitives.ts';
import { choice, dataObject, field, type Infer, listOf, optional, sequence } from '../asn1/schema.ts';

/** The content of a CertificateList: its tag 30 is replaced by A0. */
export const LoadCrlRequest = dataObject('LoadCRLRequest', 0xbf35, sequence({ crl: field(0xa0, octets) }));

// biome-ignore format: a table
export const loadCrlError = enumerated({
  invalidSignature: 1, invalidCRLFormat: 2, notEnoughMemorySpace: 3, verificationKeyNotFound: 4, fresherCrlAlreadyLoaded: 5,
  baseCrlMissing: 6, undefinedError: 127,
});
export type LoadCrlError = Infer<typeof loadCrlError>;

/** missingParts: of a segmented CRL, the numbers of the parts that the eUICC still waits for. */
export const LoadCrlResponse = dataObject(
  'LoadCRLResponse',
  0xbf35,
  choice({
    loadCRLResponseOk: field(0xa0, sequence({ missingParts: optional(0xa0, listOf(field(0x02, integer))) })),
    loadCRLResponseError: field(0x81, loadCrlError),
  }),
);
