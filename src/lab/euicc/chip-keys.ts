/** The ECASD: keys of the eUICC and of the CIs that it believes. SGP.22 v2.5 §2.4.2. */
import type { KeyObject } from 'node:crypto';
import type { Curve } from '../../lpa/pki/ecdsa.ts';

/** A key of the eUICC under one CI, with the certificates that vouch for it. ECASD, SGP.22 v2.5 §2.4.2. */
export interface ChipIdentity {
  /** Upper-case hex. */
  readonly ciPKId: string;
  readonly curve: Curve;
  readonly privateKey: KeyObject;
  readonly euiccCertificate: Uint8Array;
  readonly eumCertificate: Uint8Array;
}

/** The public key of a CI that the eUICC believes. */
export interface TrustedCi {
  readonly ciPKId: string;
  readonly curve: Curve;
  /** The uncompressed point, 65 octets. */
  readonly publicKey: Uint8Array;
}
