/**
 * Whom to believe: every rule of the trust table as a chain that breaks it and nothing else. Each is tried on both
 * curves, and with and without the web's roots vouching for the server.
 */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import fc from 'fast-check';
import {
  type Identity,
  mintCi,
  mintCiSubCa,
  mintDpAuth,
  mintDpPb,
  mintDpTls,
  mintDsAuth,
  mintDsTls,
  mintEum,
  mintServerSubCa,
  type Overrides,
} from '../../src/lab/pki/mint.ts';
import { fromHex } from '../../src/lpa/bytes.ts';
import { TrustError } from '../../src/lpa/errors.ts';
import { readCertificate } from '../../src/lpa/pki/certificate.ts';
import { ciName, TEST_CI_KEY_IDS } from '../../src/lpa/pki/ci-names.ts';
import { CURVES, type Curve, keyIdentifier, publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import { readPem, toPem } from '../../src/lpa/pki/pem.ts';
import { type ServerChain, type Trusted, verifyServerCertificate, verifyServerChain } from '../../src/lpa/pki/trust.ts';

const HOST = 'smdp.example.com';
const NULL = Uint8Array.of(5, 0);
const vectors = new URL('../../../test/vectors/sgp26/CertificateIssuer/', import.meta.url);

const idOf = ({ privateKey }: Identity): string => keyIdentifier(publicPoint(privateKey));
const certificates = (...identities: readonly Identity[]): Uint8Array[] => identities.map(({ certificate }) => certificate);
const days = (count: number): Date => new Date(Date.now() + count * 86400e3);

type Attempt = Partial<Omit<ServerChain, 'anchors' | 'web'>> & Partial<ServerChain['anchors']> & { web?: boolean };

/** What verifyServerChain says: the result, or the check that failed. */
async function outcome(
  ci: Identity,
  { ciPKIds = [idOf(ci)], ca = [], allowTestCi = false, strictCi = false, lenientRoles = false, web = false, ...chain }: Attempt,
): Promise<Trusted | string> {
  const anchors = { ciPKIds, ca, allowTestCi, strictCi, lenientRoles };
  const webResult = web ? { authorized: true } : { authorized: false, error: 'SELF_SIGNED_CERT_IN_CHAIN' };
  try {
    return await verifyServerChain({ sent: [], host: HOST, role: 'dp', now: new Date(), ...chain, anchors, web: webResult });
  } catch (error) {
    if (error instanceof TrustError) return `${error.check}: ${error.message}`;
    throw error;
  }
}

interface Negative {
  readonly what: string;
  readonly chain: (ci: Identity) => Promise<Attempt>;
  /** The check that fails, and what the message says. */
  readonly refused: RegExp;
  /** Where a rule about the leaf fails, the web's roots do not help; where the path does, they may. */
  readonly alsoByWeb: boolean;
}

const leafWith = (what: string, overrides: Overrides, refused: RegExp, alsoByWeb: boolean): Negative => ({
  what,
  chain: async (ci) => ({ sent: certificates(await mintDpTls(ci, HOST, overrides)) }),
  refused,
  alsoByWeb,
});

/** A good leaf under a sub-CA of the CI that is spoilt. */
const authorityWith = (what: string, overrides: Overrides, refused: RegExp): Negative => ({
  what,
  chain: async (ci) => {
    const middle = await mintCiSubCa(ci, overrides);
    return { sent: certificates(await mintDpTls(middle, HOST), middle) };
  },
  refused,
  alsoByWeb: false,
});

const NEGATIVES: readonly Negative[] = [
  leafWith(
    'an expired leaf',
    { notAfter: days(-1) },
    /^tlsExpired: smdp\.example\.com: the certificate "smdp\.example\.com" expired on \d{4}-\d\d-\d\d$/,
    false,
  ),
  leafWith(
    'a leaf that is not yet valid',
    { notBefore: days(2) },
    /^tlsNotYetValid: .* is not valid before .*; this computer's clock says .* and may be wrong$/,
    false,
  ),
  leafWith(
    'a leaf for another name',
    { dnsNames: ['other.example.com'] },
    /^tlsName: smdp\.example\.com: the server's certificate is for "other\.example\.com"$/,
    true,
  ),
  leafWith(
    'a leaf whose common name alone is right',
    { dnsNames: undefined },
    /^tlsName: .* is for no host at all \(no dNSName\)$/,
    true,
  ),
  leafWith(
    'a leaf whose common name is right and whose dNSName is not',
    { dnsNames: ['other.example.com'], subject: [['commonName', HOST]] },
    /^tlsName: /,
    true,
  ),
  leafWith(
    'a leaf with the role of CERT.DPauth',
    { policies: 'dp-auth' },
    /^tlsRole: .* has the role dp-auth, expected dp-tls; no request was sent$/,
    true,
  ),
  leafWith(
    'a leaf with the role of an SM-DS',
    { policies: 'ds-tls' },
    /^tlsRole: .* has the role ds-tls, expected dp-tls; no request was sent$/,
    true,
  ),
  leafWith(
    'a leaf with a TLS role and another',
    { policies: ['2.23.146.1.2.1.3', '2.23.146.1.2.1.4'] },
    /^tlsRole: .* has the role dp-tls, dp-auth, expected/,
    true,
  ),
  leafWith(
    'a leaf with a role that nobody knows',
    { policies: ['2.23.146.1.2.1.77'] },
    /^tlsRole: .*unknown\(2\.23\.146\.1\.2\.1\.77\)/,
    true,
  ),
  leafWith(
    'a leaf without a role, under a CI of the chip',
    { policies: undefined },
    /^tlsRoleMissing: .*: the server's certificate has no role, expected dp-tls; no request was sent$/,
    true,
  ),
  leafWith(
    'a leaf with anyPolicy instead of a role',
    { policies: ['2.5.29.32.0'] },
    /^tlsRoleMissing: .* has no role, expected dp-tls/,
    true,
  ),
  leafWith('a leaf with a policy of another organization alone', { policies: ['1.2.3.4'] }, /^tlsRoleMissing: /, true),
  leafWith('a leaf that may not sign', { keyUsage: ['keyAgreement'] }, /^tlsKeyUsage: .*\(keyUsage\)$/, true),
  leafWith('a leaf without key usage', { keyUsage: undefined }, /^tlsKeyUsage: .*\(keyUsage\)$/, true),
  leafWith('a leaf for TLS clients only', { extKeyUsage: ['clientAuth'] }, /^tlsKeyUsage: .*\(extKeyUsage\)$/, true),
  leafWith(
    'a leaf with an unknown critical extension',
    { extensions: [{ oid: '1.3.6.1.4.1.99999.1', critical: true, value: NULL }] },
    /^tlsCriticalExtension: .*1\.3\.6\.1\.4\.1\.99999\.1/,
    false,
  ),
  leafWith('a leaf signed with another hash', { hash: 'sha384' }, /^tlsPath: .* is not signed with ECDSA and SHA-256/, false),
  {
    what: 'a leaf under a CI that the chip does not list',
    chain: async (ci) => ({
      sent: certificates(await mintDpTls(ci, HOST)),
      ciPKIds: ['81370F5125D0B1D408D4C3B232E6D25E795BEBFB'],
    }),
    refused:
      /^tlsAnchor: .* chains to CI key [0-9A-F]{40}, which this eUICC does not list, and the web's roots do not vouch for it \(SELF_SIGNED/,
    alsoByWeb: false,
  },
  {
    what: 'a leaf under a CI that the chip does not list, the CI sent with it',
    chain: async () => {
      const foreign = await mintCi();
      return { sent: certificates(await mintDpTls(foreign, HOST), foreign) };
    },
    refused: /^tlsAnchor: /,
    alsoByWeb: false,
  },
  {
    what: 'a proxy that opens TLS: nothing on its path is of RSP',
    chain: async () => {
      const proxy = await mintCi({ subject: [['commonName', 'Corporate Proxy CA']], policies: undefined });
      return { sent: certificates(await mintDpTls(proxy, HOST, { policies: undefined }), proxy) };
    },
    refused:
      /^tlsInspected: .* has a certificate of "Corporate Proxy CA", no CI of RSP servers, and the web's roots do not vouch/,
    alsoByWeb: false,
  },
  {
    what: 'a proxy that opens TLS with other signatures than RSP servers have',
    chain: async () => {
      const proxy = await mintCi({ subject: [['commonName', 'Corporate Proxy CA']], policies: undefined });
      return { sent: certificates(await mintDpTls(proxy, HOST, { policies: undefined, hash: 'sha384' }), proxy) };
    },
    refused: /^tlsInspected: /,
    alsoByWeb: false,
  },
  {
    what: 'a foreign CI that takes name and key identifier of the listed one',
    chain: async (ci) => {
      const { subjectKeyIdentifier } = await readCertificate(ci.certificate);
      const foreign = await mintCi({ subjectKeyIdentifier });
      return { sent: certificates(await mintDpTls(foreign, HOST), foreign) };
    },
    refused:
      /^tlsSignature: .* "Lab CI" names CI key [0-9A-F]{40} as its issuer, which this eUICC lists, but the signature is not from that key$/,
    alsoByWeb: false,
  },
  {
    // As if self-signed: its key hashes to what the chip lists.
    what: "a certificate with the listed CI's public key and another's signature",
    chain: async (ci) => {
      const forger = await mintCi();
      const own = { privateKey: ci.privateKey, authorityKeyIdentifier: idOf(ci) };
      return { sent: certificates(await mintDpTls(forger, HOST, own)) };
    },
    refused:
      /^tlsSignature: .*"smdp\.example\.com" names CI key [0-9A-F]{40} as its issuer, which this eUICC lists, but the signature is not/,
    alsoByWeb: false,
  },
  {
    what: 'a self-made leaf',
    chain: async (ci) => ({ sent: certificates(await selfMade(ci)) }),
    refused:
      /^tlsSignature: .*"smdp\.example\.com" names CI key [0-9A-F]{40} as its issuer, which this eUICC lists, but the signature is not/,
    alsoByWeb: false,
  },
  {
    what: "a self-made leaf with the CI's certificate on top",
    chain: async (ci) => ({ sent: certificates(await selfMade(ci), ci) }),
    refused:
      /^tlsSignature: .*"smdp\.example\.com" names CI key [0-9A-F]{40} as its issuer, which this eUICC lists, but the signature is not/,
    alsoByWeb: false,
  },
  {
    what: "a self-made leaf with somebody's published certificates on top",
    chain: async (ci) => {
      const middle = await mintCiSubCa(ci);
      return { sent: certificates(await selfMade(middle), await mintDpTls(middle, HOST), middle, ci) };
    },
    refused:
      /^tlsSignature: .* names the certificate "Lab CI Sub-CA" as its issuer, which the server also sent, but the signature is not/,
    alsoByWeb: false,
  },
  {
    what: 'a leaf signed by an end entity',
    chain: async (ci) => {
      const middle = await mintDpTls(ci, 'holder.example.com', { policies: undefined });
      return { sent: certificates(await mintDpTls(middle, HOST), middle) };
    },
    refused: /^tlsPath: .*"holder\.example\.com" signed another certificate and is no CA$/,
    alsoByWeb: false,
  },
  {
    what: 'a leaf signed by CERT.DPauth',
    chain: async (ci) => {
      const middle = await mintDpAuth(ci, { basicConstraints: { ca: true }, keyUsage: ['keyCertSign'] });
      return { sent: certificates(await mintDpTls(middle, HOST), middle) };
    },
    refused: /^tlsRole: .*has the role dp-auth and may not issue/,
    alsoByWeb: false,
  },
  {
    what: 'a leaf signed by an EUM',
    chain: async (ci) => {
      const eum = await mintEum(ci, {}, { permittedName: undefined });
      return { sent: certificates(await mintDpTls(eum, HOST), eum, ci) };
    },
    refused: /^tlsRole: .*"Lab EUM" has the role eum and may not issue certificates of servers; no request was sent$/,
    alsoByWeb: false,
  },
  authorityWith('a sub-CA without basicConstraints', { basicConstraints: undefined }, /^tlsPath: .*is no CA$/),
  authorityWith(
    'a sub-CA whose basicConstraints say that it is none',
    { basicConstraints: { ca: false } },
    /^tlsPath: .*is no CA$/,
  ),
  authorityWith(
    'a sub-CA that may not sign certificates',
    { keyUsage: ['digitalSignature'] },
    /^tlsPath: .*may not sign certificates/,
  ),
  authorityWith('a sub-CA without key usage', { keyUsage: undefined }, /^tlsPath: .*may not sign certificates/),
  authorityWith('an expired sub-CA', { notAfter: days(-1) }, /^tlsExpired: .*"Lab CI Sub-CA" expired/),
  authorityWith('a sub-CA that is not yet valid', { notBefore: days(2) }, /^tlsNotYetValid: .*"Lab CI Sub-CA"/),
  authorityWith(
    'a sub-CA with an unknown critical extension',
    { extensions: [{ oid: '2.5.29.36', critical: true, value: NULL }] },
    /^tlsCriticalExtension: .*2\.5\.29\.36/,
  ),
  authorityWith(
    'a sub-CA with name constraints',
    { permittedName: [['organizationName', 'x']] },
    /^tlsCriticalExtension: .*name constraints/,
  ),
  authorityWith(
    'a sub-CA without a role',
    { policies: undefined },
    /^tlsRoleMissing: .*"Lab CI Sub-CA" has no role, expected a sub-CA of servers; no request was sent$/,
  ),
  authorityWith('a sub-CA with anyPolicy instead of a role', { policies: ['2.5.29.32.0'] }, /^tlsRoleMissing: .*"Lab CI Sub-CA"/),
  {
    what: 'a sub-CA without a role above one that has a role',
    chain: async (ci) => {
      const upper = await mintCiSubCa(ci, { policies: undefined });
      const lower = await mintServerSubCa(upper);
      return { sent: certificates(await mintDpTls(lower, HOST), lower, upper, ci) };
    },
    refused: /^tlsRoleMissing: .*"Lab CI Sub-CA" has no role/,
    alsoByWeb: false,
  },
  authorityWith(
    'a sub-CA with an additional role',
    { policies: ['2.23.146.1.2.1.0.0', '2.23.146.1.2.1.2'] },
    /^tlsRole: .*role eum/,
  ),
  authorityWith(
    'a sub-CA signed with another hash',
    { hash: 'sha512' },
    /^tlsPath: .*"Lab CI Sub-CA" is not signed with ECDSA and SHA-256/,
  ),
  {
    what: 'a path length that is exceeded',
    chain: async (ci) => {
      const upper = await mintCiSubCa(ci, { basicConstraints: { ca: true, pathLenConstraint: 0 } });
      const lower = await mintServerSubCa(upper);
      return { sent: certificates(await mintDpTls(lower, HOST), lower, upper) };
    },
    refused: /^tlsPath: .*"Lab CI Sub-CA" allows 0 CAs below it \(pathLenConstraint\), there are 1$/,
    alsoByWeb: false,
  },
  {
    what: 'more than four certificates',
    chain: async (ci) => {
      const a = await mintCiSubCa(ci);
      const b = await mintCiSubCa(a);
      const c = await mintCiSubCa(b);
      return { sent: certificates(await mintDpTls(c, HOST), c, b, a, ci) };
    },
    refused: /^tlsPath: .*more than 4 certificates$/,
    alsoByWeb: false,
  },
  {
    what: 'a leaf that cannot be read',
    chain: async (ci) => ({ sent: [Uint8Array.of(0x30, 0), ...certificates(ci)] }),
    refused: /^tlsPath: .*cannot be read/,
    alsoByWeb: true,
  },
  {
    what: 'no certificate at all',
    chain: async () => ({ sent: [] }),
    refused: /^tlsPath: .*sent no certificate$/,
    alsoByWeb: true,
  },
];

const selfMade = (pretendedIssuer: Identity): Promise<Identity> =>
  // Signed by a key of its own, all the names and identifiers of the pretended issuer taken over.
  readCertificate(pretendedIssuer.certificate).then(async ({ subject, subjectKeyIdentifier }) => {
    const own = await mintCi({ subject: Object.entries(subject) as [keyof typeof subject, string][], subjectKeyIdentifier });
    return mintDpTls(own, HOST);
  });

for (const curve of CURVES) {
  let ci: Identity;
  before(async () => {
    ci = await mintCi({ curve });
  });

  for (const { what, chain, refused, alsoByWeb } of NEGATIVES) {
    test(`${what} is refused (${curve})`, async () => {
      const attempt = await chain(ci);
      assert.match(String(await outcome(ci, attempt)), refused);
      const withWeb = await outcome(ci, { ...attempt, web: true });
      if (alsoByWeb) assert.match(String(withWeb), refused);
      else assert.deepEqual(withWeb, { trustedBy: 'web' });
      assert.match(
        String(await outcome(ci, { ...attempt, web: true, strictCi: true })),
        alsoByWeb ? /^tls/ : /^webRootOnly: .*only the web's roots vouch/,
      );
    });
  }

  positives(curve, () => ci);
}

function positives(curve: Curve, theCi: () => Identity): void {
  const chip = (ci: Identity): Trusted => ({ trustedBy: 'chip', ciPKId: idOf(ci) });

  test(`a leaf alone is believed because the chip lists the key that signed it (${curve})`, async () => {
    const ci = theCi();
    assert.deepEqual(await outcome(ci, { sent: certificates(await mintDpTls(ci, HOST)) }), chip(ci));
    assert.deepEqual(await outcome(ci, { sent: certificates(await mintDpTls(ci, HOST)), strictCi: true }), chip(ci));
  });

  test(`a CI may list and sign on one curve what is keyed on the other (${curve})`, async () => {
    const ci = theCi();
    const other = CURVES.find((name) => name !== curve)!;
    assert.deepEqual(await outcome(ci, { sent: certificates(await mintDpTls(ci, HOST, { curve: other })) }), chip(ci));
  });

  test(`the certificates above the leaf may come in any order, others among them (${curve})`, async () => {
    const ci = theCi();
    const upper = await mintCiSubCa(ci);
    const lower = await mintServerSubCa(upper);
    const leaf = await mintDpTls(lower, HOST);
    const stranger = await mintDpTls(await mintCi(), 'stranger.example.com', { notAfter: days(-9) });
    for (const sent of [
      [leaf, lower, upper, ci],
      [leaf, ci, upper, lower],
      [leaf, upper, ci, lower],
      [leaf, ci, stranger, lower, upper, leaf],
    ]) {
      assert.deepEqual(await outcome(ci, { sent: certificates(...sent) }), chip(ci));
    }
    assert.deepEqual(await outcome(ci, { sent: [...certificates(leaf, lower, upper), Uint8Array.of(1, 2, 3)] }), chip(ci));
    assert.match(String(await outcome(ci, { sent: certificates(leaf, upper, ci) })), /^tlsAnchor: /);
  });

  test(`of two certificates of one CI key, the one in force counts (${curve})`, async () => {
    const ci = theCi();
    const old = await mintCi({ privateKey: ci.privateKey, notAfter: days(-3), subject: [['commonName', 'Former Lab CI']] });
    const leaf = await mintDpTls(ci, HOST);
    assert.deepEqual(await outcome(ci, { sent: certificates(leaf, old, ci) }), chip(ci));
    assert.match(String(await outcome(ci, { sent: certificates(leaf, old) })), /^tlsExpired: .*"Former Lab CI"/);
  });

  test(`a wildcard stands for one label, and only as a whole one (${curve})`, async () => {
    const ci = theCi();
    const named = async (...dnsNames: string[]) => outcome(ci, { sent: certificates(await mintDpTls(ci, HOST, { dnsNames })) });
    assert.deepEqual(await named('a.example', '*.example.com'), chip(ci));
    assert.match(String(await named('sm*.example.com')), /^tlsName: /);
    assert.match(String(await named('*.com')), /^tlsName: /);
  });

  test(`a TLS certificate of both sides, or of v3, is believed on either (${curve})`, async () => {
    const ci = theCi();
    for (const policies of [
      ['2.23.146.1.2.1.3', '2.23.146.1.2.1.6'],
      ['2.23.146.1.2.1.0.0.1.0', '2.23.146.1.2.1.0.0.2.0'],
    ]) {
      const sent = certificates(await mintDpTls(ci, HOST, { policies }));
      for (const role of ['dp', 'ds'] as const) assert.deepEqual(await outcome(ci, { sent, role }), chip(ci));
    }
    assert.deepEqual(
      await outcome(ci, { sent: certificates(await mintDpTls(ci, HOST, { policies: ['2.23.146.1.2.1.0.0.1.0'] })) }),
      chip(ci),
    );
    const ds = certificates(await mintDsTls(ci, HOST));
    assert.deepEqual(await outcome(ci, { sent: ds, role: 'ds' }), chip(ci));
    assert.match(
      String(await outcome(ci, { sent: certificates(await mintDpTls(ci, HOST)), role: 'ds' })),
      /^tlsRole: .*expected ds-tls/,
    );
  });

  test(`a missing role is accepted with lenientRoles or under --ca, a wrong one never (${curve})`, async () => {
    const ci = theCi();
    const leaf = await mintDpTls(ci, HOST, { policies: undefined });
    const middle = await mintCiSubCa(ci, { policies: undefined });
    const below = await mintDpTls(middle, HOST, { policies: ['2.5.29.32.0'] });
    const ca = [await readCertificate(ci.certificate)];
    for (const sent of [certificates(leaf), certificates(below, middle), certificates(below, middle, ci)]) {
      for (const role of ['dp', 'ds'] as const) {
        assert.match(String(await outcome(ci, { sent, role })), /^tlsRoleMissing: /);
        assert.deepEqual(await outcome(ci, { sent, role, lenientRoles: true }), chip(ci));
        assert.deepEqual(await outcome(ci, { sent, role, ca, ciPKIds: [] }), { trustedBy: 'ca', ciPKId: idOf(ci) });
      }
    }
    const wrong = certificates(await mintDpTls(ci, HOST, { policies: 'dp-auth' }));
    const eum = await mintEum(middle, {}, { permittedName: undefined });
    for (const sent of [wrong, certificates(await mintDpTls(eum, HOST), eum, middle)]) {
      for (const more of [{ lenientRoles: true }, { ca, ciPKIds: [] }]) {
        assert.match(String(await outcome(ci, { sent, ...more })), /^tlsRole: /);
      }
    }
  });

  test(`--ca: a server under a given sub-CA is believed, whether or not that sub-CA and what is above it were sent (${curve})`, async () => {
    const ci = await mintCi({ curve });
    const middle = await mintServerSubCa(ci);
    const leaf = await mintDpTls(middle, HOST);
    const ca = [await readCertificate(middle.certificate)];
    for (const sent of [[leaf], [leaf, middle], [leaf, middle, ci], [leaf, ci, middle]]) {
      for (const ciPKIds of [[], [idOf(ci)]]) {
        const trusted = await outcome(theCi(), { sent: certificates(...sent), ca, ciPKIds });
        assert.deepEqual(trusted, { trustedBy: 'ca', ciPKId: idOf(middle) });
      }
    }
    const upper = await mintCiSubCa(ci);
    const lower = await mintServerSubCa(upper);
    const long = certificates(await mintDpTls(lower, HOST), lower, upper);
    assert.deepEqual(await outcome(theCi(), { sent: long, ca: [await readCertificate(upper.certificate)] }), {
      trustedBy: 'ca',
      ciPKId: idOf(upper),
    });
  });

  test(`--ca: a leaf that names the key of the given certificate and was not signed with it is called forged (${curve})`, async () => {
    const own = await mintCi({ curve });
    const forged = await mintDpTls(await mintCi({ curve }), HOST, { authorityKeyIdentifier: idOf(own) });
    const ca = [await readCertificate(own.certificate)];
    assert.match(
      String(await outcome(theCi(), { sent: certificates(forged), ca })),
      /^tlsSignature: .* names a certificate given with --ca as its issuer, but the signature is not from that key$/,
    );
  });

  test(`--ca: a server under a given CI is believed, whether or not the CI was sent (${curve})`, async () => {
    const own = await mintCi({ curve, basicConstraints: { ca: true, pathLenConstraint: 0 } });
    const [ca] = await readPem(`some text\n${toPem(own.certificate)}`);
    const leaf = await mintDpTls(own, HOST);
    for (const sent of [[leaf], [leaf, own]]) {
      assert.deepEqual(await outcome(theCi(), { sent: certificates(...sent), ca: [ca!] }), {
        trustedBy: 'ca',
        ciPKId: idOf(own),
      });
    }
    const middle = await mintServerSubCa(own);
    const long = certificates(await mintDpTls(middle, HOST), middle);
    assert.match(String(await outcome(theCi(), { sent: long, ca: [ca!] })), /^tlsPath: .*allows 0 CAs below it/);
  });

  test(`--ca: the given certificate is held to the rules of any above the leaf (${curve})`, async () => {
    const refused: [Overrides, RegExp][] = [
      [{ notAfter: days(-1) }, /^tlsExpired: .*"Lab CI" expired/],
      [{ basicConstraints: { ca: false } }, /^tlsPath: .*is no CA/],
      [{ keyUsage: ['cRLSign'] }, /^tlsPath: .*may not sign/],
      [{ policies: 'eum' }, /^tlsRole: .*role eum/],
    ];
    for (const [overrides, reason] of refused) {
      const own = await mintCi({ curve, ...overrides });
      const ca = [await readCertificate(own.certificate)];
      assert.match(String(await outcome(theCi(), { sent: certificates(await mintDpTls(own, HOST)), ca })), reason);
    }
    const other = [await readCertificate((await mintCi({ curve })).certificate)];
    assert.match(
      String(await outcome(theCi(), { sent: certificates(await mintDpTls(await mintCi({ curve }), HOST)), ca: other })),
      /^tlsAnchor: /,
    );
  });
}

for (const [suffix, id] of [
  ['NIST', 'F54172BDF98A95D65CBEB88A38A1C11D800A85C3'],
  ['BRP', 'C0BC70BA36929D43B467FF57570530E57AB8FCD8'],
] as const) {
  const read = (name: string): Uint8Array => Uint8Array.from(readFileSync(new URL(name, vectors)));
  const testCi = (): Identity => ({
    certificate: read(`CERT_CI_ECDSA_${suffix}.der`),
    privateKey: createPrivateKey(readFileSync(new URL(`SK_CI_ECDSA_${suffix}.pem`, vectors))),
  });

  test(`a server under the test CI of SGP.26 (${suffix}) is refused unless that was asked for, whoever lists the CI`, async () => {
    const ci = testCi();
    const sent = certificates(await mintDpTls(ci, HOST));
    const ca = [await readCertificate(ci.certificate)];
    const named = new RegExp(`^testCi: .*is under the test CI ${id} \\(SGP\\.26 Test CI`);
    for (const attempt of [
      { sent },
      { sent: [...sent, ci.certificate] },
      { sent, ca },
      { sent, ca, ciPKIds: [] },
      { sent, web: true },
    ]) {
      assert.match(String(await outcome(ci, attempt)), named);
    }
    assert.deepEqual(await outcome(ci, { sent, allowTestCi: true }), { trustedBy: 'chip', ciPKId: id });
    assert.deepEqual(await outcome(ci, { sent, ca, ciPKIds: [], allowTestCi: true }), { trustedBy: 'ca', ciPKId: id });
    assert.match(String(await outcome(ci, { sent, ciPKIds: [], allowTestCi: true })), /^tlsAnchor: .*SGP\.26 Test CI/);
  });

  test(`--ca: a sub-CA of the test CI of SGP.26 (${suffix}) is one of the test CI, whatever was sent`, async () => {
    const ci = testCi();
    const middle = await mintServerSubCa(ci);
    const leaf = await mintDpTls(middle, HOST);
    const ca = [await readCertificate(middle.certificate)];
    for (const sent of [certificates(leaf), certificates(leaf, middle), certificates(leaf, middle, ci)]) {
      assert.match(String(await outcome(ci, { sent, ca, ciPKIds: [], web: true })), new RegExp(`^testCi: .*${id}`));
      assert.deepEqual(await outcome(ci, { sent, ca, ciPKIds: [], allowTestCi: true }), {
        trustedBy: 'ca',
        ciPKId: idOf(middle),
      });
    }
  });

  test(`an expired certificate of the test CI of SGP.26 (${suffix}) beside the good one does not hide it from the rule`, async () => {
    const ci = testCi();
    const old = await mintCi({ privateKey: ci.privateKey, notAfter: days(-3) });
    const sent = certificates(await mintDpTls(ci, HOST), old, ci);
    assert.match(String(await outcome(ci, { sent, web: true })), /^testCi: /);
  });

  test(`a CI of the chip that certifies the test CI of SGP.26 (${suffix}) does not make it better`, async () => {
    const ci = await mintCi();
    const test = testCi();
    const crossed = await mintCiSubCa(ci, { privateKey: test.privateKey });
    const sent = certificates(await mintDpTls(crossed, HOST), crossed);
    assert.match(String(await outcome(ci, { sent })), /^testCi: /);
    assert.deepEqual(await outcome(ci, { sent, allowTestCi: true }), { trustedBy: 'chip', ciPKId: idOf(ci) });
  });

  test(`CERT.DPauth under the test CI of SGP.26 (${suffix}) is refused unless that was asked for, also when it names another CI`, async () => {
    const ci = testCi();
    const other = idOf(await mintCi());
    const options = { role: 'dp', ciPKIds: [id, other], allowTestCi: false } as const;
    const honest = await readCertificate((await mintDpAuth(ci)).certificate);
    const lying = await readCertificate((await mintDpAuth(ci, { authorityKeyIdentifier: other })).certificate);
    for (const certificate of [honest, lying]) {
      await assert.rejects(verifyServerCertificate(certificate, options), { check: 'testCi' });
    }
    assert.deepEqual(await verifyServerCertificate(honest, { ...options, allowTestCi: true }), { ciPKId: id });
  });
}

test("what the web's roots vouch for needs no role of GSMA, and no chain to a CI", async () => {
  const ci = await mintCi();
  const sent = certificates(await mintDpTls(ci, HOST, { policies: ['2.23.146.1.2.1.77'] }));
  assert.deepEqual(await outcome(ci, { sent, ciPKIds: [], web: true }), { trustedBy: 'web' });
});

test('whatever octets a server sends as certificates, the answer is a verdict', async () => {
  const ci = await mintCi();
  const middle = await mintCiSubCa(ci);
  const good = certificates(await mintDpTls(middle, HOST), middle, ci);
  const change = fc.record({ which: fc.nat(2), at: fc.nat(400), to: fc.uint8Array({ minLength: 1, maxLength: 3 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), fc.boolean(), async (changes, web) => {
      const sent = good.map((bytes) => bytes.slice());
      for (const { which, at, to } of changes) sent[which]!.set(to, at);
      const verdict = await outcome(ci, { sent, web });
      assert.ok(typeof verdict === 'string' || web || verdict.ciPKId === idOf(ci));
    }),
    { numRuns: 500 },
  );
});

test('no more than eight certificates of a handshake are looked at', async () => {
  const ci = await mintCi();
  const middle = await mintCiSubCa(ci);
  const leaf = await mintDpTls(middle, HOST);
  const strangers = await Promise.all(Array.from({ length: 7 }, () => mintCi()));
  assert.deepEqual(await outcome(ci, { sent: certificates(leaf, ...strangers.slice(1), middle) }), {
    trustedBy: 'chip',
    ciPKId: idOf(ci),
  });
  assert.match(String(await outcome(ci, { sent: certificates(leaf, ...strangers, middle) })), /^tlsAnchor: /);
});

test('CERT.DPauth and CERT.DSauth have their role and a CI of the chip, or are refused', async () => {
  const ci = await mintCi();
  const ciPKId = idOf(ci);
  const verify = async (identity: Identity, role: 'dp' | 'ds', ciPKIds = [ciPKId]) =>
    verifyServerCertificate(await readCertificate(identity.certificate), { role, ciPKIds, allowTestCi: false });
  assert.deepEqual(await verify(await mintDpAuth(ci), 'dp'), { ciPKId });
  assert.deepEqual(await verify(await mintDsAuth(ci), 'ds'), { ciPKId });
  await assert.rejects(verify(await mintDpAuth(ci), 'ds'), {
    check: 'certificateRole',
    message: 'CERT.DSauth: has the role dp-auth, expected ds-auth',
  });
  await assert.rejects(verify(await mintDpPb(ci), 'dp'), {
    check: 'certificateRole',
    message: 'CERT.DPauth: has the role dp-pb, expected dp-auth',
  });
  await assert.rejects(verify(await mintDpAuth(ci, { policies: undefined }), 'dp'), {
    check: 'certificateRole',
    message: 'CERT.DPauth: has no role, expected dp-auth',
  });
  await assert.rejects(verify(await mintDpAuth(ci, { policies: ['2.23.146.1.2.1.4', '2.23.146.1.2.1.5'] }), 'dp'), {
    check: 'certificateRole',
  });
  await assert.rejects(verify(await mintDpAuth(await mintCi()), 'dp'), {
    check: 'certificateCi',
    message: /which this eUICC does not list$/,
  });
  const anonymous = await mintDpAuth(ci, { authorityKeyIdentifier: false });
  await assert.rejects(verify(anonymous, 'dp'), { check: 'certificateCi', message: /does not say which CI issued it/ });
});

test('the test CIs are the eight that are known, each with a name', () => {
  assert.deepEqual([...TEST_CI_KEY_IDS].sort(), [
    '066D48A537D97191C7394ADC3DEC6519D1B0BF89',
    '2209F61CD9EC5C9C854E787341FF83ECF9776A5B',
    '34EECF13156518D48D30BDF06853404D115F955D',
    '4EB94EA05B451A729CC5272DDF66F481701A05C9',
    '665A1433D67C1A2C5DB8B52C967F10A057BA5CB2',
    '7C0E5470143EA8998ED9DF300574C92E5A9ACB1F',
    'C0BC70BA36929D43B467FF57570530E57AB8FCD8',
    'F54172BDF98A95D65CBEB88A38A1C11D800A85C3',
  ]);
  for (const id of TEST_CI_KEY_IDS) assert.ok(fromHex(id).length === 20 && ciName(id), id);
  assert.equal(ciName('81370F5125D0B1D408D4C3B232E6D25E795BEBFB'), 'GSM Association - RSP2 Root CI1');
  assert.equal(ciName('00'), undefined);
});
