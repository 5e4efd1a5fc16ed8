/**
 * Chains of certificates as a TLS server sends them: pieces, the server's own first. One whose signed part was changed
 * never ends trusted, whatever else was sent with it.
 */

import { type Identity, mintCi, mintDpTls, mintEuicc, mintEum, mintServerSubCa } from '../../../src/lab/pki/mint.ts';
import { toHex } from '../../../src/lpa/bytes.ts';
import { readCertificate } from '../../../src/lpa/pki/certificate.ts';
import { keyIdentifier, publicPoint } from '../../../src/lpa/pki/ecdsa.ts';
import { type TrustAnchors, verifyServerChain } from '../../../src/lpa/pki/trust.ts';
import { mutatePieces, mutateTlv, pack, unpack } from '../mutate.ts';
import { Finding, outcomeOf, type Target } from '../target.ts';

const HOST = 'smdp.example.com';

interface World {
  readonly seeds: readonly Uint8Array[];
  /** tbsCertificate of every certificate that is for a server, in hex. */
  readonly leaves: ReadonlySet<string>;
  /** Of those that need it: the authority between them and the CI. */
  readonly underSubCa: ReadonlySet<string>;
  readonly subCa: string;
  readonly anchors: readonly TrustAnchors[];
}

const tbsOf = async (certificate: Uint8Array): Promise<string> => toHex((await readCertificate(certificate)).tbs);

async function makeWorld(): Promise<World> {
  const ci = await mintCi({});
  const foreign = await mintCi({});
  const eum = await mintEum(ci);
  const subCa = await mintServerSubCa(ci, 'dp');
  const direct = await mintDpTls(ci, HOST);
  const below = await mintDpTls(subCa, HOST);
  const others = [
    await mintDpTls(foreign, HOST),
    await mintDpTls(ci, 'other.example.com'),
    await mintEuicc(eum, '89049032123451234512345678901235'),
  ];
  const octets = (...identities: Identity[]): Uint8Array => pack(identities.map(({ certificate }) => certificate));
  const ciPKIds = [keyIdentifier(publicPoint(ci.privateKey))];
  const base = { ciPKIds, ca: [], allowTestCi: false, strictCi: true };
  return {
    seeds: [
      octets(direct),
      octets(direct, ci),
      octets(below, subCa),
      octets(below, subCa, ci),
      octets(below, ci, eum, subCa),
      ...others.map((other) => octets(other, direct, subCa, ci)),
    ],
    leaves: new Set(await Promise.all([direct, below].map(({ certificate }) => tbsOf(certificate)))),
    underSubCa: new Set([await tbsOf(below.certificate)]),
    subCa: await tbsOf(subCa.certificate),
    anchors: [base, { ...base, ciPKIds: [], ca: [await readCertificate(ci.certificate)] }],
  };
}

let world: Promise<World> | undefined;
const theWorld = (): Promise<World> => {
  world ??= makeWorld();
  return world;
};

export const chain: Target = {
  name: 'chain',
  mutate: mutatePieces(mutateTlv),
  limitMs: 3000,
  seeds: async () => (await theWorld()).seeds,
  async run(input) {
    const { leaves, underSubCa, subCa, anchors } = await theWorld();
    const sent = unpack(input);
    const outcomes: string[] = [];
    for (const each of anchors) {
      const outcome = await outcomeOf(() =>
        verifyServerChain({
          sent,
          host: HOST,
          role: 'dp',
          anchors: each,
          web: { authorized: false, error: 'SELF_SIGNED_CERT_IN_CHAIN' },
          now: new Date(),
        }),
      );
      outcomes.push(outcome);
      if (outcome !== 'ok') continue;
      const leaf = await tbsOf(sent[0]!);
      if (!leaves.has(leaf)) throw new Finding('a server whose certificate was changed is trusted');
      if (!underSubCa.has(leaf)) continue;
      const above = await Promise.all(sent.slice(1).map((bytes) => tbsOf(bytes).catch(() => '')));
      if (!above.includes(subCa)) throw new Finding('a path through an authority that was changed is trusted');
    }
    return outcomes.join('; ');
  },
};
