/** The server's side of a session, as little of it as a card needs to be driven; each part can be replaced by a wrong one. */
import { randomBytes } from 'node:crypto';
import { signatureObject } from '../../../src/lab/euicc/es10/signature.ts';
import { type Identity, mintDpAuth, mintDpPb } from '../../../src/lab/pki/mint.ts';
import { buildDer } from '../../../src/lpa/asn1/schema.ts';
import { concat, toHex } from '../../../src/lpa/bytes.ts';
import { authenticateServer, cancelSession, GetEuiccChallenge, prepareDownload } from '../../../src/lpa/es10/es10b.ts';
import type { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { sign } from '../../../src/lpa/pki/ecdsa.ts';
import { type AuthenticateResponseOk, ServerSigned1 } from '../../../src/lpa/sgp22/authentication.ts';
import { SmdpSigned2 } from '../../../src/lpa/sgp22/download.ts';
import { sharedWorld, type World } from './harness.ts';

export interface Server {
  readonly world: World;
  readonly dpAuth: Identity;
  readonly dpPb: Identity;
  readonly address: string;
}

export async function serverIn(world: World): Promise<Server> {
  const { ci, curve } = world;
  const [dpAuth, dpPb] = await Promise.all([mintDpAuth(ci, { curve }), mintDpPb(ci, { curve })]);
  return { world, dpAuth, dpPb, address: 'smdp.example.com' };
}

let shared: Promise<Server> | undefined;
export const sharedServer = (): Promise<Server> => {
  shared ??= sharedWorld().then(serverIn);
  return shared;
};

export const newTransactionId = (): string => toHex(randomBytes(16));

export interface SessionChanges {
  readonly transactionId?: string;
  readonly euiccChallenge?: Uint8Array;
  readonly euiccCiPKIdToBeUsed?: string;
  readonly serverCertificate?: Uint8Array;
  readonly signWith?: Identity;
  readonly serverSignature1?: Uint8Array;
  readonly serverAddress?: string;
  /** Without GetEUICCChallenge. */
  readonly withoutChallenge?: boolean;
}

export interface Opened {
  readonly transactionId: string;
  readonly ok: AuthenticateResponseOk;
}

export const challengeOf = async (isdr: Isdr): Promise<Uint8Array> => (await isdr.call(GetEuiccChallenge, {})).euiccChallenge;

/** GetEUICCChallenge and AuthenticateServer. */
export async function authenticate(isdr: Isdr, server: Server, changes: SessionChanges = {}): Promise<Opened> {
  const transactionId = changes.transactionId ?? newTransactionId();
  const challenge = changes.withoutChallenge ? new Uint8Array(16) : await challengeOf(isdr);
  const serverSigned1 = buildDer(ServerSigned1, {
    transactionId,
    euiccChallenge: changes.euiccChallenge ?? challenge,
    serverAddress: changes.serverAddress ?? server.address,
    serverChallenge: Uint8Array.from(randomBytes(16)),
  });
  const { ok } = await authenticateServer(isdr, {
    serverSigned1,
    serverSignature1:
      changes.serverSignature1 ?? signatureObject(sign((changes.signWith ?? server.dpAuth).privateKey, serverSigned1.bytes)),
    euiccCiPKIdToBeUsed: changes.euiccCiPKIdToBeUsed ?? server.world.ciPKId,
    serverCertificate: changes.serverCertificate ?? (changes.signWith ?? server.dpAuth).certificate,
    ctxParams1: { matchingId: 'SECRET-MATCHING-ID', deviceInfo: { tac: '35290611', deviceCapabilities: {} } },
  });
  return { transactionId, ok };
}

export interface OfferChanges {
  readonly transactionId?: string;
  readonly ccRequiredFlag?: boolean;
  readonly hashCc?: Uint8Array;
  readonly bppEuiccOtpk?: Uint8Array;
  readonly signWith?: Identity;
  readonly smdpCertificate?: Uint8Array;
  readonly smdpSignature2?: Uint8Array;
}

/** PrepareDownload. @returns what the eUICC signed */
export async function prepare(isdr: Isdr, server: Server, { transactionId, ok }: Opened, changes: OfferChanges = {}) {
  const { hashCc, bppEuiccOtpk } = changes;
  const smdpSigned2 = buildDer(SmdpSigned2, {
    transactionId: changes.transactionId ?? transactionId,
    ccRequiredFlag: changes.ccRequiredFlag ?? false,
    ...(bppEuiccOtpk && { bppEuiccOtpk }),
  });
  const { privateKey, certificate } = changes.signWith ?? server.dpPb;
  const smdpSignature2 =
    changes.smdpSignature2 ?? signatureObject(sign(privateKey, concat(smdpSigned2.bytes, ok.euiccSignature1)));
  const { value } = await prepareDownload(isdr, {
    smdpSigned2,
    smdpSignature2,
    smdpCertificate: changes.smdpCertificate ?? certificate,
    ...(hashCc && { hashCc }),
  });
  if (!('downloadResponseOk' in value)) throw new Error('prepareDownload throws on an error');
  return { ...value.downloadResponseOk, smdpSignature2 };
}

export const cancel = (isdr: Isdr, transactionId: string) => cancelSession(isdr, { transactionId, reason: 'postponed' });
