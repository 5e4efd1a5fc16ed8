/** Where a fault may put its hand in. Every hook gets what the good server would have done. */
import type { ServerResponse } from 'node:http';
import type { ServerSigned1 } from '../../lpa/sgp22/authentication.ts';
import type { SmdpSigned2 } from '../../lpa/sgp22/download.ts';
import type { Identity } from '../pki/mint.ts';
import type { PackageToBind } from '../smdp/bind.ts';

/** What a certificate that must be refused is made with. */
export interface Workshop {
  /** The CI that the eUICC believes. */
  readonly ci: Identity;
  /** What the good server shows. */
  readonly good: Identity;
  /** The server's OID. */
  readonly oid: string;
  readonly host: string;
  /** Which server's certificates. */
  readonly side: 'dp' | 'ds';
}

export interface TlsCertificates {
  readonly identity: Identity;
  /** What is sent after it. */
  readonly above?: readonly Uint8Array[];
}

export interface Hooks {
  readonly delayMs?: number;
  /** Answer this instead of carrying out the function. */
  readonly refusal?: { readonly status: 'Failed' | 'Expired'; readonly code: `${string}/${string}` };
  /** Answer by oneself, in HTTP; the function is not carried out. */
  readonly instead?: (response: ServerResponse) => void;
  readonly json?: (body: Record<string, unknown>) => Record<string, unknown>;
  /** Send the answer by oneself; the function was carried out. */
  readonly send?: (response: ServerResponse, text: string) => void;
  /** Stop serving once the answer is out. */
  readonly diesAfterwards?: boolean;
  /** Another server stands in front and relays this one's answers. */
  readonly relay?: boolean;

  readonly tls?: (workshop: Workshop) => Promise<TlsCertificates>;
  /** CERT.DPauth or CERT.DSauth. */
  readonly auth?: (workshop: Workshop) => Promise<Identity>;
  /** CERT.DPpb */
  readonly binding?: (workshop: Workshop) => Promise<Identity>;

  readonly serverSigned1?: (value: ServerSigned1) => ServerSigned1;
  readonly euiccCiPKIdToBeUsed?: (ciPKId: string) => string;
  /** r and s */
  readonly serverSignature1?: (signature: Uint8Array) => Uint8Array;
  readonly smdpSigned2?: (value: SmdpSigned2) => SmdpSigned2;
  readonly smdpSignature2?: (signature: Uint8Array) => Uint8Array;
  /** StoreMetadataRequest as AuthenticateClient answers it, and as it stands in the package. */
  readonly shownMetadata?: (octets: Uint8Array) => Uint8Array;
  readonly packagedMetadata?: (octets: Uint8Array) => Uint8Array;
  readonly parts?: (parts: PackageToBind) => PackageToBind;
  readonly boundProfilePackage?: (octets: Uint8Array) => Uint8Array;
}

/** Let every fault that has the hook change the value in turn. */
export function altered<K extends keyof Hooks, T>(
  faults: readonly Hooks[],
  hook: K,
  value: T & (NonNullable<Hooks[K]> extends (value: infer V) => infer V ? V : never),
): T {
  return faults.reduce<T>((current, fault) => {
    const change = fault[hook] as ((value: T) => T) | undefined; // K names a hook from T to T
    return change ? change(current) : current;
  }, value);
}

export interface FaultRow {
  /** What the server does, in one line. */
  readonly says: string;
  /** The function that it concerns where none is named; else all of them. */
  readonly where?: string;
  /** What may follow the colon. */
  readonly argument?: string;
  hooks(argument: string): Hooks;
}
