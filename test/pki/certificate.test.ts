/** Reading certificates, on the vectors of SGP.26 and on octets that are none. */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Identity, mintCi, mintDpAuth } from '../../src/lab/pki/mint.ts';
import { encodeTlv, parseTlv, type Tlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, equalBytes, fromHex, toHex } from '../../src/lpa/bytes.ts';
import { DecodeError } from '../../src/lpa/errors.ts';
import { type Certificate, readCertificate } from '../../src/lpa/pki/certificate.ts';
import { derWriter } from '../../src/lpa/pki/der.ts';
import { curveOf, keyIdentifier, publicPoint, sharedSecret, sign, verify, verifyCertificate } from '../../src/lpa/pki/ecdsa.ts';
import { recoverPublicKeys } from '../../src/lpa/pki/recover.ts';

const folder = new URL('../../../test/vectors/sgp26/', import.meta.url);
const octets = (name: string): Uint8Array => Uint8Array.from(readFileSync(new URL(name, folder)));
const vector = (name: string): Promise<Certificate> => readCertificate(octets(name));

for (const [suffix, curve, ci, eum, euicc] of [
  [
    'NIST',
    'P-256',
    'F54172BDF98A95D65CBEB88A38A1C11D800A85C3',
    'DD3DA24D350C1CC5D0AF0965F40EC34C5EE409F1',
    'A52476AF5D50AA376437CCB1DA2172EF45F484F0',
  ],
  [
    'BRP',
    'brainpoolP256r1',
    'C0BC70BA36929D43B467FF57570530E57AB8FCD8',
    '6FA1E5217363A822BDED988A1A0D0FF5D7620DB7',
    'C8A64F343B85B7B0578DC57F8F13586DC804ED84',
  ],
] as const) {
  const ciName = { commonName: 'Test CI', organizationName: 'RSPTEST', countryName: 'IT' };
  const eumName = { countryName: 'ES', organizationName: 'RSP Test EUM', commonName: 'EUM Test' };

  test(`the CI of SGP.26 on ${curve} is read`, async () => {
    const { bytes, tbs, subjectBytes, issuerBytes, publicKey, signature, ...rest } = await vector(
      `CertificateIssuer/CERT_CI_ECDSA_${suffix}.der`,
    );
    assert.deepEqual(rest, {
      serial: '00B874F3ABFA6C44D3',
      subject: ciName,
      issuer: ciName,
      notBefore: new Date('2020-04-01T08:27:51Z'),
      notAfter: new Date('2055-04-01T08:27:51Z'),
      curve,
      subjectKeyIdentifier: ci,
      roles: ['ci'],
      role: 'ci',
      oid: '2.999.1',
      dnsNames: [],
      basicConstraints: { ca: true },
      keyUsage: ['keyCertSign', 'cRLSign'],
      unknownCriticalExtensions: [],
    });
    assert.deepEqual(subjectBytes, issuerBytes);
    assert.equal(keyIdentifier(publicKey!), ci);
    assert.ok(bytes.length > tbs.length && signature?.length === 64);
  });

  test(`the EUM of SGP.26 on ${curve} is read, its name constraints with it`, async () => {
    const certificate = await vector(`EUM/CERT_EUM_ECDSA_${suffix}.der`);
    assert.equal(certificate.role, 'eum');
    assert.deepEqual(certificate.subject, eumName);
    assert.deepEqual(certificate.basicConstraints, { ca: true, pathLenConstraint: 0 });
    assert.deepEqual(certificate.nameConstraints?.permitted, [{ organizationName: 'RSP Test EUM', serialNumber: '89049032' }]);
    assert.deepEqual([certificate.authorityKeyIdentifier, certificate.subjectKeyIdentifier], [ci, eum]);
    assert.deepEqual(certificate.unknownCriticalExtensions, []);
  });

  test(`the eUICC of SGP.26 on ${curve} is read: serial of nine octets, notAfter in the year 7496`, async () => {
    const certificate = await vector(`eUICC/CERT_EUICC_ECDSA_${suffix}.der`);
    assert.equal(certificate.role, 'euicc');
    assert.equal(certificate.serial, '020000000000000001');
    assert.equal(certificate.notAfter.toISOString(), '7496-01-24T09:48:58.000Z');
    assert.equal(certificate.subject.serialNumber, '89049032123451234512345678901235');
    assert.deepEqual(certificate.keyUsage, ['digitalSignature']);
    assert.deepEqual([certificate.authorityKeyIdentifier, certificate.subjectKeyIdentifier], [eum, euicc]);
  });

  test(`signatures on ${curve} verify up the chain of SGP.26, and under no other key`, async () => {
    const [root, middle, leaf] = await Promise.all([
      vector(`CertificateIssuer/CERT_CI_ECDSA_${suffix}.der`),
      vector(`EUM/CERT_EUM_ECDSA_${suffix}.der`),
      vector(`eUICC/CERT_EUICC_ECDSA_${suffix}.der`),
    ]);
    assert.ok(verifyCertificate(root, root) && verifyCertificate(middle, root) && verifyCertificate(leaf, middle));
    assert.ok(!verifyCertificate(leaf, root) && !verifyCertificate(middle, leaf));
    const changed = leaf.tbs.slice();
    changed[60]! ^= 1;
    assert.ok(!verifyCertificate({ ...leaf, tbs: changed }, middle));
  });

  test(`the keys recovered on ${curve} from a signature hold the one that made it`, async () => {
    const [root, middle, leaf] = await Promise.all([
      vector(`CertificateIssuer/CERT_CI_ECDSA_${suffix}.der`),
      vector(`EUM/CERT_EUM_ECDSA_${suffix}.der`),
      vector(`eUICC/CERT_EUICC_ECDSA_${suffix}.der`),
    ]);
    const signers = async ({ tbs, signature }: Certificate) =>
      (await recoverPublicKeys(tbs, signature!)).filter((key) => key.curve === curve);
    const made = (await signers(middle)).find((key) => key.keyIdentifier === ci);
    assert.deepEqual(made, { curve, publicKey: root.publicKey, keyIdentifier: ci });
    assert.ok((await signers(root)).some((key) => key.keyIdentifier === ci));
    assert.deepEqual(
      (await signers(leaf)).map((key) => key.keyIdentifier).filter((id) => id === ci || id === eum),
      [eum],
    );
  });

  test(`private keys of SGP.26 on ${curve} fit their certificates; both sides agree on a secret`, async () => {
    const [ciKey, euiccKey] = ['CertificateIssuer/SK_CI', 'eUICC/SK_EUICC'].map((name) =>
      createPrivateKey(readFileSync(new URL(`${name}_ECDSA_${suffix}.pem`, folder))),
    );
    assert.equal(curveOf(euiccKey!), curve);
    assert.deepEqual(publicPoint(euiccKey!), (await vector(`eUICC/CERT_EUICC_ECDSA_${suffix}.der`)).publicKey);
    const data = Uint8Array.of(1, 2, 3);
    const signature = sign(euiccKey!, data);
    assert.ok(verify(curve, publicPoint(euiccKey!), data, signature));
    assert.ok(!verify(curve, publicPoint(ciKey!), data, signature));
    const secret = sharedSecret(euiccKey!, publicPoint(ciKey!));
    assert.equal(secret.length, 32);
    assert.deepEqual(secret, sharedSecret(ciKey!, publicPoint(euiccKey!)));
  });
}

test('a signature whose r or s is zero verifies nothing and gives no key away', async () => {
  const { curve, publicKey, tbs } = await vector('CertificateIssuer/CERT_CI_ECDSA_NIST.der');
  for (const signature of [
    new Uint8Array(64),
    concat(new Uint8Array(32), new Uint8Array(32).fill(1)),
    new Uint8Array(64).fill(0xff),
  ]) {
    assert.equal(verify(curve!, publicKey!, tbs, signature), false);
    assert.deepEqual(await recoverPublicKeys(tbs, signature), []);
  }
});

test('every invalid certificate of SGP.26 is read: whether to believe it is a matter of its own', async () => {
  const names = readdirSync(new URL('invalid/', folder))
    .filter((name) => name.endsWith('.der'))
    .sort();
  const read = await Promise.all(names.map((name) => vector(`invalid/${name}`)));
  assert.deepEqual(
    read.map(({ role, subject }, i) => [names[i], role, subject.commonName]),
    [
      ['CERT_EUICC_ECDSA_NIST_EXPIRED.der', 'euicc', 'Expired eUICC Certificate'],
      ['CERT_EUICC_ECDSA_NIST_INVALID.der', 'euicc', 'Invalid eUICC Certificate'],
      ['CERT_EUICC_ECDSA_NIST_INVALID_EID.der', 'euicc', 'Test eUICC Invalid EID'],
      ['CERT_EUICC_ECDSA_NIST_UNMATCHED_EID.der', 'euicc', 'Test eUICC Unmatched EID'],
      ['CERT_EUM_ECDSA_NIST_EXPIRED.der', 'dp-auth', 'Expired EUM Certificate'],
      ['CERT_EUM_ECDSA_NIST_INVALID.der', 'dp-auth', 'Invalid EUM Certificate'],
      ['CERT_EUM_ECDSA_NIST_UNKNOWN_CI.der', 'dp-auth', 'EUM with Unknown CI'],
      ['CERT_UNKNOWN_CI_ECDSA_NIST.der', undefined, 'Unknown Certificate Issuer'],
    ],
  );
});

/** A certificate of SGP.26 with another notBefore; its signature no longer verifies, and reading does not verify it. */
function withNotBefore(tag: 0x17 | 0x18, text: string): Uint8Array {
  const sequence = (parts: readonly Tlv[], at: number, part: Uint8Array): Uint8Array =>
    encodeTlv(0x30, concat(...parts.map(({ bytes }, i) => (i === at ? part : bytes))));
  const certificate = parseTlv(octets('EUM/CERT_EUM_ECDSA_NIST.der')).children;
  const tbs = certificate[0]!.children;
  const validity = sequence(tbs[4]!.children, 0, encodeTlv(tag, new TextEncoder().encode(text)));
  return sequence(certificate, 0, sequence(tbs, 4, validity));
}

test('times are UTC to the second, as RFC 5280 §4.1.2.5 says, and no other form of X.680', async () => {
  const good: [tag: 0x17 | 0x18, text: string, date: string][] = [
    [0x17, '200229235959Z', '2020-02-29T23:59:59.000Z'],
    [0x17, '491231235959Z', '2049-12-31T23:59:59.000Z'],
    [0x17, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [0x18, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [0x18, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
  ];
  for (const [tag, text, date] of good) {
    assert.equal((await readCertificate(withNotBefore(tag, text))).notBefore.toISOString(), date, text);
  }
  const bad: [tag: 0x17 | 0x18, text: string][] = [
    [0x18, '20200401082751.5Z'], // fractions of a second
    [0x18, '20200401082751.000Z'],
    [0x18, '20200401082751,5Z'],
    [0x18, '20200401082751'], // local time
    [0x18, '20200401082751+0200'],
    [0x18, '202004010827Z'], // no seconds
    [0x18, '200401082751Z'], // the form of UTCTime
    [0x17, '2004010827Z'],
    [0x17, '200401082751+0200'],
    [0x17, '200401082751'],
    [0x17, '20200401082751Z'], // the form of GeneralizedTime
    [0x17, ' 00401082751Z'],
    [0x17, ''],
  ];
  for (const [tag, text] of bad) {
    await assert.rejects(readCertificate(withNotBefore(tag, text)), DecodeError, `${tag}: "${text}"`);
  }
});

interface Changes {
  readonly algorithm?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  readonly key?: Uint8Array;
}

/** The EUM's certificate of SGP.26 with other parts: what is read does not depend on the signature. */
function changed({ algorithm, signature, extensions, key }: Changes): Uint8Array {
  const [tbs, outer, bits] = parseTlv(octets('EUM/CERT_EUM_ECDSA_NIST.der')).children;
  const parts = tbs!.children.map(({ bytes }) => bytes);
  if (key) parts[6] = encodeTlv(0x30, concat(tbs!.children[6]!.children[0]!.bytes, encodeTlv(0x03, key)));
  if (extensions) parts[7] = encodeTlv(0xa3, encodeTlv(0x30, concat(...extensions)));
  const value = signature ? encodeTlv(0x03, concat(Uint8Array.of(0), signature)) : bits!.bytes;
  return encodeTlv(0x30, concat(encodeTlv(0x30, concat(...parts)), algorithm ?? outer!.bytes, value));
}

/** @param oid and `value` as hex: X.690 content octets, and what the OCTET STRING holds */
function extension(oid: string, value: string, critical?: boolean): Uint8Array {
  const flag = critical === undefined ? new Uint8Array() : Uint8Array.of(1, 1, critical ? 0xff : 0);
  return encodeTlv(0x30, concat(encodeTlv(0x06, fromHex(oid)), flag, encodeTlv(0x04, fromHex(value))));
}
const KEY_USAGE = '551D0F';
const BASIC_CONSTRAINTS = '551D13';
const ALT_NAME = '551D11';
const EXT_KEY_USAGE = '551D25';
const POLICIES = '551D20';
const NAMELESS = '2A03'; // 1.2.3

test('a certificate whose two signature algorithms differ is refused (RFC 5280 §4.1.1.2)', async () => {
  const sha384 = fromHex('300A06082A8648CE3D040303');
  await assert.rejects(readCertificate(changed({ algorithm: sha384 })), /signatureAlgorithm: is not the one of tbsCertificate/);
});

test('a signature is r and s: positive numbers of at most 32 octets, and nothing else', async () => {
  const integer = (hex: string): Uint8Array => encodeTlv(0x02, fromHex(hex));
  const one = integer('01');
  const read = async (...numbers: Uint8Array[]): Promise<Certificate> =>
    readCertificate(changed({ signature: encodeTlv(0x30, concat(...numbers)) }));
  const { signature } = await read(one, integer(`00${'FF'.repeat(32)}`));
  assert.deepEqual(signature, fromHex(`${'00'.repeat(31)}01${'FF'.repeat(32)}`));
  for (const numbers of [[one], [one, one, one], [one, integer('80')], [one, integer('')], [integer('01'.repeat(33)), one]]) {
    await assert.rejects(read(...numbers), DecodeError);
  }
});

test('a public key that is not an uncompressed point of 65 octets is refused', async () => {
  const point = `04${'11'.repeat(64)}`;
  assert.equal((await readCertificate(changed({ key: fromHex(`00${point}`) }))).publicKey?.length, 65);
  for (const key of [`00${point}00`, `00${point.slice(0, -2)}`, `0002${'11'.repeat(64)}`, `00${'02'}${'11'.repeat(32)}`]) {
    await assert.rejects(readCertificate(changed({ key: fromHex(key) })), /not an uncompressed point/);
  }
});

test('an unknown extension is listed only where it is critical; a known one that stands twice is refused', async () => {
  const unknown = async (critical?: boolean): Promise<readonly string[]> =>
    (await readCertificate(changed({ extensions: [extension(NAMELESS, '0500', critical)] }))).unknownCriticalExtensions;
  assert.deepEqual([await unknown(true), await unknown(false), await unknown()], [['1.2.3'], [], []]);
  const twice = [extension(KEY_USAGE, '03020106'), extension(KEY_USAGE, '03020780')];
  await assert.rejects(readCertificate(changed({ extensions: twice })), /2\.5\.29\.15: stands twice/);
  await assert.rejects(
    readCertificate(changed({ extensions: [extension(NAMELESS, '0500'), extension(NAMELESS, '0500')] })),
    DecodeError,
  );
});

test('extensions are read to their ends: bits, purposes, path lengths, names and policies', async () => {
  const read = async (oid: string, value: string): Promise<Certificate> =>
    readCertificate(changed({ extensions: [extension(oid, value)] }));
  assert.deepEqual((await read(KEY_USAGE, '0303078080')).keyUsage, ['digitalSignature', 'decipherOnly']);
  const purposes = await read(EXT_KEY_USAGE, '301406082B060105050703020604551D250006022A03');
  assert.deepEqual(purposes.extKeyUsage, ['clientAuth', 'any', '1.2.3']);
  assert.deepEqual((await read(BASIC_CONSTRAINTS, '3000')).basicConstraints, { ca: false });
  assert.deepEqual((await read(BASIC_CONSTRAINTS, '3003010100')).basicConstraints, { ca: false });
  assert.deepEqual((await read(BASIC_CONSTRAINTS, '30060101FF02017F')).basicConstraints, { ca: true, pathLenConstraint: 127 });
  for (const length of ['020180', '02020080', '0200']) {
    const octets = fromHex(`0101FF${length}`);
    await assert.rejects(read(BASIC_CONSTRAINTS, toHex(encodeTlv(0x30, octets))), /expected a number from 0 to 127/);
  }
  const names = await read(ALT_NAME, '300B8203612E6288048837010A');
  assert.deepEqual([names.dnsNames, names.oid], [['a.b'], '2.999.1.10']);
  for (const [value, message] of [
    ['300A8803883701 8803883702', /registeredID stands twice/],
    ['30058803883781', /not an OBJECT IDENTIFIER/],
    ['30028800', /not an OBJECT IDENTIFIER/],
    ['30058203612EE4', /a dNSName that is not ASCII/],
    ['30058203612E0A', /a dNSName that is not ASCII/],
  ] as const) {
    await assert.rejects(read(ALT_NAME, value.replace(' ', '')), message, value);
  }
  // Policies: dp-tls and dp-auth at once name no single role; one that is unknown is no role.
  const policy = (arc: string): string => `30090607678112010201${arc}`;
  const both = await read(POLICIES, `3016${policy('03')}${policy('04')}`);
  assert.deepEqual([both.roles, both.role], [['dp-tls', 'dp-auth'], undefined]);
  const single = await read(POLICIES, `300B${policy('03')}`);
  assert.deepEqual([single.roles, single.role], [['dp-tls'], 'dp-tls']);
  const other = await read(POLICIES, `300B${policy('63')}`);
  assert.deepEqual([other.roles, other.role], [['unknown(2.23.146.1.2.1.99)'], undefined]);
});

test('octets after a certificate, or missing from it, are refused', async () => {
  const whole = octets('EUM/CERT_EUM_ECDSA_NIST.der');
  await assert.rejects(readCertificate(concat(whole, Uint8Array.of(5, 0))), /DecodeError: Certificate: 2 octets left over/);
  await assert.rejects(readCertificate(whole.subarray(0, -1)), DecodeError);
  await assert.rejects(readCertificate(new Uint8Array()), DecodeError);
});

test('no octets make readCertificate throw anything but its own error', async () => {
  const whole = octets('EUM/CERT_EUM_ECDSA_NIST.der');
  const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.uint8Array({ minLength: 1, maxLength: 4 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.array(change, { minLength: 1, maxLength: 6 })),
      async (input) => {
        const bytes = input instanceof Uint8Array ? input : whole.slice();
        if (!(input instanceof Uint8Array)) for (const { at, to } of input) bytes.set(to.subarray(0, bytes.length - at), at);
        const outcome = await readCertificate(bytes).catch((error: unknown) => error);
        assert.ok(outcome instanceof DecodeError || (outcome as Certificate).bytes === bytes, String(outcome));
        if (!(outcome instanceof DecodeError)) assert.ok(equalBytes((outcome as Certificate).bytes, bytes));
      },
    ),
    { numRuns: 2000 },
  );
});

test('certificates with numbers and names that take minutes to read are refused at once', async () => {
  const ci = await mintCi({});
  const { tagged, sequence } = await derWriter();
  const withNames = (tag: number, content: Uint8Array): Promise<Identity> =>
    mintDpAuth(ci, {
      extensions: [{ oid: '2.5.29.17', critical: false, value: sequence(tagged(tag, content)) }],
      oid: undefined,
    });
  const cases: [what: RegExp, certificate: Uint8Array][] = [
    [/an OBJECT IDENTIFIER of 60000 octets/, (await withNames(0x88, new Uint8Array(60_000).fill(0xff).fill(1, -1))).certificate],
    [/a dNSName of 60000 octets/, (await withNames(0x82, new Uint8Array(60_000).fill(0x61))).certificate],
    [/Certificate: 70\d\d\d octets, 65536 at most/, concat(encodeTlv(0x30, new Uint8Array(70_000)))],
  ];
  for (const [message, certificate] of cases) {
    await assert.rejects(readCertificate(certificate), (error) => error instanceof DecodeError && message.test(error.message));
  }
});
