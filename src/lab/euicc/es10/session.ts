/**
 * The RSP session: one at a time, gone with a reset. SGP.22 v2.5 §3.0.1, §5.7.5 to §5.7.14.
 *
 *     idle -GetEUICCChallenge-> challenged -AuthenticateServer-> authenticated -PrepareDownload-> prepared
 *          -InitialiseSecureChannel-> loading -the last 86, or an error-> idle
 *
 * A new challenge, CancelSession or a reset ends it wherever it is.
 */
import type { KeyObject } from 'node:crypto';
import type { Curve } from '../../../lpa/pki/ecdsa.ts';
import type { ErrorReason } from '../../../lpa/sgp22/notification.ts';
import type { ChipIdentity, TrustedCi } from '../chip-keys.ts';

export interface Authenticated {
  /** Upper-case hex. */
  readonly transactionId: string;
  readonly serverAddress: string;
  /** registeredID of CERT.DPauth or CERT.DSauth. */
  readonly serverOid: string;
  readonly ci: TrustedCi;
  readonly identity: ChipIdentity;
  /** 5F37 as sent: smdpSignature2 covers it. */
  readonly euiccSignature1: Uint8Array;
}

export interface Prepared extends Authenticated {
  /** Of CERT.DPpb. */
  readonly smdpCurve: Curve;
  readonly smdpPublicKey: Uint8Array;
  readonly otPk: Uint8Array;
  readonly otSk: KeyObject;
}

/** The loading of one package. */
export interface PackageLoader {
  /** End it with a failure. @returns the result */
  fail(reason: ErrorReason, why: string): Uint8Array;
  /** Octets of a package have come. */
  readonly begun: boolean;
  /** One segment. @returns the ProfileInstallationResult when there is one, else nothing */
  load(segment: Uint8Array): Promise<Uint8Array>;
}

export type Session =
  | { readonly state: 'idle' }
  | { readonly state: 'challenged'; readonly challenge: Uint8Array }
  | ({ readonly state: 'authenticated' } & Authenticated)
  | ({ readonly state: 'prepared' } & Prepared & { readonly loader: PackageLoader })
  | ({ readonly state: 'loading' } & Prepared & { readonly loader: PackageLoader });

export const IDLE: Session = { state: 'idle' };
