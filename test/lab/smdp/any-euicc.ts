/** An eUICC that signs whatever a test wants signed, for an SM-DP+ or an SM-DS to judge; and chains that no server may accept. */
import assert from 'node:assert/strict';
import { signatureObject } from '../../../src/lab/euicc/es10/signature.ts';
import { type Identity, mintCi, mintEuicc, mintEum, type Overrides } from '../../../src/lab/pki/mint.ts';
import { buildDer } from '../../../src/lpa/asn1/schema.ts';
import { encodeTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat } from '../../../src/lpa/bytes.ts';
import { ServerError } from '../../../src/lpa/errors.ts';
import type { InitiateAuthentication } from '../../../src/lpa/es9/es9p.ts';
import type { Values } from '../../../src/lpa/es9/function.ts';
import { sign } from '../../../src/lpa/pki/ecdsa.ts';
import { AuthenticateServerResponse, EuiccSigned1 } from '../../../src/lpa/sgp22/authentication.ts';
import { EUICCInfo1 } from '../../../src/lpa/sgp22/euicc-info.ts';
import { EID, sharedDomain } from './harness.ts';

export interface Keys {
  readonly eum: Identity;
  readonly euicc: Identity;
}

export const challenge = new Uint8Array(16).fill(7);

export interface Info1 {
  svn?: string;
  forSigning?: string[];
  forVerification?: string[];
}

/** The request of InitiateAuthentication, of ES9+ as of ES11. */
export async function initiation(smdpAddress: string, { svn = '2.2.2', ...lists }: Info1 = {}) {
  const { ciPKId } = await sharedDomain();
  const { forSigning = [ciPKId], forVerification = [ciPKId] } = lists;
  const list = (tag: number, ids: string[]): Uint8Array =>
    encodeTlv(tag, concat(...ids.map((id) => encodeTlv(0x04, Buffer.from(id, 'hex')))));
  const version = encodeTlv(0x82, Uint8Array.from(svn.split('.'), Number));
  const euiccInfo1 = EUICCInfo1.decode(encodeTlv(0xbf20, concat(version, list(0xa9, forVerification), list(0xaa, forSigning))));
  return { euiccChallenge: challenge, euiccInfo1, smdpAddress };
}

export interface Answering {
  matchingId?: string;
  /** In the signed data instead of the right one. */
  signedTransactionId?: string;
  /** In JSON. */
  transactionId?: string;
  serverChallenge?: Uint8Array;
  serverAddress?: string;
  euicc?: Identity;
  eum?: Identity;
  /** Signs in place of the eUICC's own key. */
  key?: Identity['privateKey'];
  info2?: Partial<typeof INFO2>;
}

const INFO2 = {
  profileVersion: '3.3.1',
  svn: '2.2.2',
  uiccCapability: ['usimSupport', 'isimSupport', 'akaMilenage', 'javacard'] as (
    | 'usimSupport'
    | 'isimSupport'
    | 'akaMilenage'
    | 'javacard'
  )[],
  extCardResource: { freeNonVolatileMemory: 500_000, freeVolatileMemory: 10_000 },
};

type Initiated = Values<NonNullable<(typeof InitiateAuthentication)['response']>>;

/** AuthenticateServerResponse to what the server signed. */
export async function answerOf(own: Keys, server: Initiated, answering: Answering = {}) {
  const { ciPKId } = await sharedDomain();
  const { euicc = own.euicc, eum = own.eum, key = euicc.privateKey } = answering;
  const { serverAddress, serverChallenge } = server.serverSigned1.value;
  const euiccSigned1 = buildDer(EuiccSigned1, {
    transactionId: answering.signedTransactionId ?? server.transactionId,
    serverAddress: answering.serverAddress ?? serverAddress,
    serverChallenge: answering.serverChallenge ?? serverChallenge,
    euiccInfo2: { ...INFO2, euiccCiPKIdListForVerification: [ciPKId], euiccCiPKIdListForSigning: [ciPKId], ...answering.info2 },
    ctxParams1: {
      ...(answering.matchingId !== undefined && { matchingId: answering.matchingId }),
      deviceInfo: { tac: '35290611', deviceCapabilities: {} },
    },
  });
  const euiccSignature1 = signatureObject(sign(key, euiccSigned1.bytes));
  const ok = concat(euiccSigned1.bytes, euiccSignature1, euicc.certificate, eum.certificate);
  return AuthenticateServerResponse.decode(encodeTlv(0xbf38, encodeTlv(0xa0, ok)));
}

/** AuthenticateServerResponse that says that the eUICC refused. */
export const refusalOf = (transactionId: string, tag = 0xbf38): Uint8Array =>
  encodeTlv(tag, encodeTlv(0xa1, concat(encodeTlv(0x80, Buffer.from(transactionId, 'hex')), Uint8Array.of(2, 1, 1))));

export const refused = async (code: string, work: Promise<unknown>): Promise<void> =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof ServerError, String(error));
    assert.equal(`${error.subjectCode}/${error.reasonCode}`, code, error.serverMessage);
    return true;
  });

const longAgo: Overrides = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };

/** An EUM and an eUICC, either of them spoilt. */
export async function chain({
  eum = {},
  euicc = {},
  eid = EID,
  iin = '89049032',
}: {
  eum?: Overrides;
  euicc?: Overrides;
  eid?: string;
  iin?: string;
}) {
  const { ci } = await sharedDomain();
  const eumIdentity = await mintEum(ci, { iin }, eum);
  return { eum: eumIdentity, euicc: await mintEuicc(eumIdentity, eid, euicc) };
}

/** What is wrong, how a server refuses it, and the chain. */
export const SPOILT_CHAINS: readonly (readonly [string, string, () => Promise<Keys>])[] = [
  ['an EUM of another role', '8.1.2/6.1', () => chain({ eum: { policies: 'dp-auth' } })],
  ['an EUM that is no CA', '8.1.2/6.1', () => chain({ eum: { basicConstraints: { ca: false } } })],
  ['an EUM that may not sign', '8.1.2/6.1', () => chain({ eum: { keyUsage: ['digitalSignature'] } })],
  [
    'an EUM whose CI did not sign it',
    '8.1.2/6.1',
    async () => {
      const { ciPKId } = await sharedDomain();
      const eum = await mintEum(await mintCi(), {}, { authorityKeyIdentifier: ciPKId });
      return { eum, euicc: await mintEuicc(eum, EID) };
    },
  ],
  ['an EUM not yet valid', '8.1.2/6.1', () => chain({ eum: { notBefore: new Date(Date.now() + 86400e3) } })],
  [
    'an EUM with an unknown critical extension',
    '8.1.2/6.1',
    () => chain({ eum: { extensions: [{ oid: '2.999.7', critical: true, value: Uint8Array.of(5, 0) }] } }),
  ],
  ['an EUM that expired', '8.1.2/6.3', () => chain({ eum: longAgo })],
  [
    'an EUM under an unknown CI',
    '8.11.1/3.9',
    async () => {
      const eum = await mintEum(await mintCi());
      return { eum, euicc: await mintEuicc(eum, EID) };
    },
  ],
  ['an eUICC of another role', '8.1.3/6.1', () => chain({ euicc: { policies: 'dp-pb' } })],
  ['an eUICC that may not sign', '8.1.3/6.1', () => chain({ euicc: { keyUsage: ['keyAgreement'] } })],
  [
    'an eUICC of another EUM',
    '8.1.3/6.1',
    async () => ({
      eum: (await chain({})).eum,
      euicc: (await chain({})).euicc,
    }),
  ],
  ['an EID beyond the IIN of its EUM', '8.1.3/6.1', () => chain({ iin: '89044045' })],
  [
    'an eUICC of another organization',
    '8.1.3/6.1',
    () =>
      chain({
        euicc: {
          subject: [
            ['organizationName', 'Another'],
            ['serialNumber', EID],
          ],
        },
      }),
  ],
  ['an eUICC that expired', '8.1.3/6.3', () => chain({ euicc: longAgo })],
];
