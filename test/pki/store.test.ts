/** The lab's identity in its folder, and one taken from a folder of files with any names. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder, readFolder, writeIdentity } from '../../src/lab/pki/folder.ts';
import type { Domain } from '../../src/lab/pki/identity.ts';
import {
  type Identity,
  mintCi,
  mintDpAuth,
  mintDpPb,
  mintDpTls,
  mintDsAuth,
  mintDsTls,
  mintEuicc,
  mintEum,
} from '../../src/lab/pki/mint.ts';
import { loadIdentity, openPki } from '../../src/lab/pki/store.ts';
import { UsageError } from '../../src/lpa/errors.ts';
import { readCertificate } from '../../src/lpa/pki/certificate.ts';
import { publicPoint, verifyCertificate } from '../../src/lpa/pki/ecdsa.ts';
import { eumPermits } from '../../src/lpa/pki/eum.ts';
import { readPem } from '../../src/lpa/pki/pem.ts';

const SGP26 = fileURLToPath(new URL('../../../test/vectors/sgp26', import.meta.url));
const SGP26_EID = '89049032123451234512345678901235';
const NIST = 'F54172BDF98A95D65CBEB88A38A1C11D800A85C3';
const BRP = 'C0BC70BA36929D43B467FF57570530E57AB8FCD8';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lpa-pki-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Every identity of a domain is what its place says, has its key, and chains to the CI. */
async function checkDomain(domain: Domain, eid: string): Promise<void> {
  const { card, servers } = domain;
  assert.ok(card && servers);
  const [ci, eum] = await Promise.all([readCertificate(domain.ci.certificate), readCertificate(card.eum.certificate)]);
  const roles: [Identity, string, typeof ci][] = [
    [card.euicc, 'euicc', eum],
    [servers.dpAuth, 'dp-auth', ci],
    [servers.dpPb, 'dp-pb', ci],
    [servers.dpTls, 'dp-tls', ci],
    [servers.dsAuth, 'ds-auth', ci],
    [servers.dsTls, 'ds-tls', ci],
  ];
  const oids: (string | undefined)[] = [];
  for (const [identity, role, issuer] of roles) {
    const certificate = await readCertificate(identity.certificate);
    assert.equal(certificate.role, role);
    assert.equal(certificate.curve, domain.curve);
    assert.deepEqual(certificate.publicKey, publicPoint(identity.privateKey));
    assert.ok(verifyCertificate(certificate, issuer), role);
    oids.push(certificate.oid);
  }
  const [, dpAuth, dpPb, dpTls, dsAuth, dsTls] = oids;
  assert.ok(dpAuth && dpAuth === dpPb && dpAuth === dpTls && dsAuth && dsAuth === dsTls && dsAuth !== dpAuth);
  const euicc = await readCertificate(card.euicc.certificate);
  assert.equal(euicc.subject.serialNumber, eid);
  assert.ok(verifyCertificate(eum, ci) && eumPermits(eum, euicc));
}

test('the identity is made at first start, on both curves, and is the same ever after', async () => {
  const folder = join(root, 'pki');
  const first = await openPki(folder);
  assert.match(first.eid, /^89049032\d{24}$/);
  assert.equal(BigInt(first.eid) % 97n, 1n);
  assert.deepEqual(
    first.domains.map(({ curve }) => curve),
    ['P-256', 'brainpoolP256r1'],
  );
  for (const domain of first.domains) await checkDomain(domain, first.eid);

  const again = await openPki(folder);
  assert.deepEqual(
    again.domains.map(({ minted }) => minted),
    [[], []],
  );
  const octets = ({ domains }: typeof first) =>
    domains.map(({ ci, card, servers }) =>
      [ci, card!.eum, card!.euicc, ...Object.values(servers!)].map(({ certificate }) => certificate),
    );
  assert.deepEqual(octets(again), octets(first));
});

test('ci.pem holds every CI; keys are for their owner alone; each certificate stands in its own file', async () => {
  const { ciPem, domains } = await openPki(join(root, 'pki'));
  const cis = await readPem(readFileSync(ciPem, 'utf8'));
  assert.deepEqual(
    cis.map(({ subjectKeyIdentifier }) => subjectKeyIdentifier),
    domains.map(({ ciPKId }) => ciPKId),
  );
  const files = readdirSync(join(root, 'pki'), { recursive: true }).map(String).sort();
  const names = ['ci', 'dp-auth', 'dp-pb', 'dp-tls', 'ds-auth', 'ds-tls', 'euicc', 'eum'].flatMap((name) => [
    `${name}.key`,
    `${name}.pem`,
  ]);
  const expected = domains.flatMap(({ ciPKId }) => [ciPKId, ...names.map((name) => join(ciPKId, name))]);
  assert.deepEqual(files, ['ci.pem', ...expected].sort());
  for (const file of files.filter((name) => name.endsWith('.key')))
    assert.equal(statSync(join(root, 'pki', file)).mode & 0o777, 0o600, file);
});

test('another EID or another host mints what that needs, and keeps the rest', async () => {
  const folder = join(root, 'pki');
  await openPki(folder);
  const other = await openPki(folder, { eid: '89049032000000000000000000000260', host: 'smdp.example.com' });
  assert.deepEqual(
    other.domains.map(({ minted }) => minted),
    [
      ['euicc', 'dp-tls', 'ds-tls'],
      ['euicc', 'dp-tls', 'ds-tls'],
    ],
  );
  for (const domain of other.domains) await checkDomain(domain, '89049032000000000000000000000260');
  const foreign = await openPki(folder, { eid: '89044045930000000000000000000045' });
  assert.deepEqual(foreign.domains[0]?.minted, ['eum', 'euicc', 'dp-tls', 'ds-tls']);
  for (const domain of foreign.domains) await checkDomain(domain, '89044045930000000000000000000045');
  assert.equal((await openPki(folder)).eid, '89044045930000000000000000000045');
  await assert.rejects(openPki(folder, { eid: '123' }), UsageError);
});

test('a TLS certificate that expired is minted anew', async () => {
  const folder = join(root, 'pki');
  const [domain] = (await openPki(folder)).domains;
  const ci = domain!.ci as Identity;
  writeIdentity(
    join(folder, domain!.ciPKId),
    'dp-tls',
    await mintDpTls(ci, 'localhost', { notAfter: new Date(Date.now() - 1000) }),
  );
  const again = await openPki(folder);
  assert.deepEqual(
    again.domains.map(({ minted }) => minted),
    [['dp-tls'], []],
  );
  await checkDomain(again.domains[0]!, again.eid);
});

test('the certificates of SGP.26 become the identity; the invalid ones among them do not', async () => {
  const pki = await loadIdentity(join(root, 'pki'), SGP26);
  assert.equal(pki.eid, SGP26_EID);
  assert.deepEqual(pki.unread, []);
  assert.deepEqual(
    pki.domains.map(({ ciPKId }) => ciPKId),
    [NIST, BRP],
  );
  for (const [i, suffix] of ['NIST', 'BRP'].entries()) {
    const domain = pki.domains[i]!;
    assert.deepEqual(domain.minted, ['dp-auth', 'ds-auth', 'dp-pb', 'dp-tls', 'ds-tls']);
    await checkDomain(domain, SGP26_EID);
    assert.deepEqual(
      domain.card?.euicc.certificate,
      Uint8Array.from(readFileSync(join(SGP26, `eUICC/CERT_EUICC_ECDSA_${suffix}.der`))),
    );
    assert.deepEqual(
      domain.card?.eum.certificate,
      Uint8Array.from(readFileSync(join(SGP26, `EUM/CERT_EUM_ECDSA_${suffix}.der`))),
    );
  }
  const again = await openPki(join(root, 'pki'));
  assert.deepEqual(
    again.domains.map(({ ciPKId, minted }) => [ciPKId, minted.length]),
    [
      [NIST, 0],
      [BRP, 0],
    ],
  );
});

test('names and folders of files mean nothing: a shuffled copy gives the same identity, the former one is gone', async () => {
  const from = join(root, 'from');
  cpSync(SGP26, join(from, 'x', 'y'), { recursive: true });
  const files = readdirSync(from, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(from, name)).isFile());
  for (const [i, file] of files.entries()) cpSync(join(from, file), join(from, `${files.length - i}.bin`));
  rmSync(join(from, 'x'), { recursive: true });
  const folder = join(root, 'pki');
  await openPki(folder);
  const pki = await loadIdentity(folder, from);
  assert.equal(pki.eid, SGP26_EID);
  assert.deepEqual(
    pki.domains.map(({ ciPKId }) => ciPKId),
    [NIST, BRP],
  );
  assert.deepEqual(readdirSync(folder).sort(), [BRP, NIST, 'ci.pem'].sort());
  const dp = await loadIdentity(folder, from, { eid: '89049032000000000000000000000163' });
  assert.deepEqual(
    dp.domains.map(({ minted }) => minted[0]),
    ['euicc', 'euicc'],
  );
});

test('without the key of the CI nothing is minted under it: a card alone, servers where all are there', async () => {
  const from = join(root, 'from');
  makeFolder(from);
  const ci = await mintCi();
  const eum = await mintEum(ci);
  writeIdentity(from, 'a', { certificate: ci.certificate });
  writeIdentity(from, 'b', { certificate: eum.certificate });
  await assert.rejects(loadIdentity(join(root, 'pki'), from), /no eUICC with its key/);
  writeIdentity(from, 'c', await mintEuicc(eum, SGP26_EID));
  const [card] = (await loadIdentity(join(root, 'pki'), from)).domains;
  assert.deepEqual(
    [card?.minted, card?.servers, card?.ci.privateKey, card?.card?.eum.privateKey],
    [[], undefined, undefined, undefined],
  );
  await assert.rejects(loadIdentity(join(root, 'pki'), from, { eid: '89049032000000000000000000000163' }), UsageError);

  for (const mint of [mintDpAuth, mintDpPb, mintDsAuth])
    writeIdentity(from, mint === mintDpAuth ? 'd' : mint === mintDpPb ? 'e' : 'f', await mint(ci));
  writeIdentity(from, 'g', await mintDsTls(ci, 'localhost'));
  assert.equal((await loadIdentity(join(root, 'pki'), from)).domains[0]?.servers, undefined);
  writeIdentity(from, 'h', await mintDpTls(ci, 'localhost'));
  const [whole] = (await loadIdentity(join(root, 'pki'), from)).domains;
  assert.deepEqual(whole?.minted, []);
  await checkDomain(whole!, SGP26_EID);
});

test('CERT.DPpb and TLS get the OID of the CERT.DPauth that was found', async () => {
  const from = join(root, 'from');
  makeFolder(from);
  const ci = await mintCi();
  writeIdentity(from, 'ci', ci);
  writeIdentity(from, 'auth', await mintDpAuth(ci, { oid: '2.999.12' }));
  writeIdentity(from, 'pb of another', await mintDpPb(ci));
  const { eid, domains } = await loadIdentity(join(root, 'pki'), from);
  const [domain] = domains;
  assert.deepEqual(domain?.minted, ['eum', 'euicc', 'ds-auth', 'dp-pb', 'dp-tls', 'ds-tls']);
  await checkDomain(domain!, eid);
  assert.equal((await readCertificate(domain!.servers!.dpPb.certificate)).oid, '2.999.12');
});

test('keys in every form are found; what is damaged is told, what is no key is passed over', async () => {
  const { privateKey: a } = await mintCi();
  const { privateKey: b } = await mintCi({ curve: 'brainpoolP256r1' });
  writeFileSync(join(root, 'pkcs8.der'), a.export({ format: 'der', type: 'pkcs8' }));
  writeFileSync(join(root, 'sec1.der'), b.export({ format: 'der', type: 'sec1' }));
  assert.equal((await readFolder(root)).keys.size, 2);
  const { privateKey: c } = await mintCi();
  writeFileSync(join(root, 'sec1.pem'), `text before\n${c.export({ format: 'pem', type: 'sec1' })}`);
  writeFileSync(join(root, 'locked.pem'), c.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }));
  writeFileSync(join(root, 'damaged.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  writeFileSync(join(root, 'notes.txt'), 'no key here');
  const { keys, certificates, unread } = await readFolder(root);
  assert.deepEqual([keys.size, certificates.length, unread], [3, 0, [join(root, 'damaged.pem'), join(root, 'locked.pem')]]);
});

test('a folder without a CI is no identity, and leaves the one in use alone', async () => {
  const folder = join(root, 'pki');
  const { domains } = await openPki(folder);
  makeFolder(join(root, 'empty'));
  await assert.rejects(loadIdentity(folder, join(root, 'empty')), /no CI certificate in force/);
  await assert.rejects(loadIdentity(folder, join(root, 'nowhere')), /no such folder/);
  assert.deepEqual(
    (await openPki(folder)).domains.map(({ ciPKId }) => ciPKId),
    domains.map(({ ciPKId }) => ciPKId),
  );
});

test('an EUM permits the EIDs that begin with its IIN and the organization that it names, v3 ones by their EIN', async () => {
  const eum = await readCertificate((await mintEum(await mintCi(), { iin: '89049032', organizationName: 'Maker' })).certificate);
  const subject = { organizationName: 'Maker', serialNumber: SGP26_EID };
  assert.equal(eumPermits(eum, { subject }), true);
  assert.equal(eumPermits(eum, { subject: { ...subject, organizationName: 'Other' } }), false);
  assert.equal(eumPermits(eum, { subject: { ...subject, serialNumber: '89049033123451234512345678901235' } }), false);
  assert.equal(eumPermits(eum, { subject: { ...subject, serialNumber: '89049032' } }), false);
  assert.equal(eumPermits(eum, { subject: {} }), false);
  const { nameConstraints: _, ...v3 } = eum;
  assert.equal(eumPermits({ ...v3, permittedEins: ['89049032'] }, { subject }), true);
  assert.equal(eumPermits({ ...v3, permittedEins: ['89044045'] }, { subject }), false);
  assert.equal(eumPermits(v3, { subject }), false);
});
