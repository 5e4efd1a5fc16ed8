/** Certificates minted by the lab: what is written is what is read, and OpenSSL agrees. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  type Identity,
  mintCi,
  mintCiSubCa,
  mintDpAuth,
  mintDpPb,
  mintDpTls,
  mintDsAuth,
  mintDsTls,
  mintEuicc,
  mintEum,
  mintServerSubCa,
} from '../../src/lab/pki/mint.ts';
import { readCertificate } from '../../src/lpa/pki/certificate.ts';
import { CURVES, keyIdentifier, publicPoint, verifyCertificate } from '../../src/lpa/pki/ecdsa.ts';

const EID = '89049032123451234512345678901235';

for (const curve of CURVES) {
  test(`every certificate of the ecosystem is minted on ${curve}, read, and verified by OpenSSL under its issuer`, async () => {
    const ci = await mintCi({ curve });
    const eum = await mintEum(ci);
    const minted: [string, Identity, Identity][] = [
      ['ci', ci, ci],
      ['ci-sub-ca', await mintCiSubCa(ci), ci],
      ['eum', eum, ci],
      ['euicc', await mintEuicc(eum, EID), eum],
      ['dp-auth', await mintDpAuth(ci), ci],
      ['dp-pb', await mintDpPb(ci), ci],
      ['dp-tls', await mintDpTls(ci, 'localhost'), ci],
      ['dp-sub-ca', await mintServerSubCa(ci), ci],
      ['ds-auth', await mintDsAuth(ci), ci],
      ['ds-tls', await mintDsTls(ci, 'localhost'), ci],
    ];
    for (const [role, identity, issuer] of minted) {
      const certificate = await readCertificate(identity.certificate);
      const signer = await readCertificate(issuer.certificate);
      assert.equal(certificate.role, role);
      assert.equal(certificate.curve, curve);
      assert.deepEqual(certificate.publicKey, publicPoint(identity.privateKey));
      assert.equal(certificate.subjectKeyIdentifier, keyIdentifier(certificate.publicKey!));
      assert.equal(certificate.authorityKeyIdentifier, role === 'ci' ? undefined : signer.subjectKeyIdentifier);
      assert.deepEqual(certificate.issuerBytes, signer.subjectBytes);
      assert.deepEqual(certificate.unknownCriticalExtensions, []);
      assert.equal(certificate.serial.length, 18);
      assert.ok(verifyCertificate(certificate, signer));
      const byOpenSsl = new X509Certificate(identity.certificate);
      assert.ok(byOpenSsl.verify(new X509Certificate(issuer.certificate).publicKey), `${role} as OpenSSL sees it`);
    }
  });
}

test('an eUICC certificate bears the EID, the organization of its EUM, and no end', async () => {
  const eum = await mintEum(await mintCi(), { iin: '89044045', organizationName: 'Some EUM' });
  const certificate = await readCertificate((await mintEuicc(eum, '89044045930000000000000000000123')).certificate);
  assert.deepEqual(certificate.subject, {
    countryName: 'XX',
    organizationName: 'Some EUM',
    serialNumber: '89044045930000000000000000000123',
    commonName: 'Lab eUICC',
  });
  assert.equal(certificate.notAfter.toISOString(), '9999-12-31T23:59:59.000Z');
  const { nameConstraints, basicConstraints } = await readCertificate(eum.certificate);
  assert.deepEqual(nameConstraints?.permitted, [{ organizationName: 'Some EUM', serialNumber: '89044045' }]);
  assert.deepEqual(basicConstraints, { ca: true, pathLenConstraint: 0 });
});

test('what a fault asks for replaces what is good', async () => {
  const ci = await mintCi();
  const fault = await mintDpTls(ci, 'smdp.example.com', {
    dnsNames: undefined,
    notBefore: new Date('2049-12-31T00:00:00Z'),
    notAfter: new Date('2050-01-01T00:00:00Z'),
    keyUsage: ['keyAgreement', 'decipherOnly'],
    extKeyUsage: undefined,
    policies: 'eum',
    basicConstraints: { ca: false },
    oid: '2.999.12345678901234567890',
    hash: 'sha384',
    serial: '00FF',
    extensions: [{ oid: '1.3.6.1.4.1.99999.1', critical: true, value: Uint8Array.of(5, 0) }],
  });
  const certificate = await readCertificate(fault.certificate);
  assert.deepEqual(
    {
      dnsNames: certificate.dnsNames,
      from: certificate.notBefore.toISOString(),
      to: certificate.notAfter.toISOString(),
      keyUsage: certificate.keyUsage,
      extKeyUsage: certificate.extKeyUsage,
      role: certificate.role,
      basicConstraints: certificate.basicConstraints,
      oid: certificate.oid,
      signature: certificate.signature,
      serial: certificate.serial,
      unknown: certificate.unknownCriticalExtensions,
    },
    {
      dnsNames: [],
      from: '2049-12-31T00:00:00.000Z',
      to: '2050-01-01T00:00:00.000Z',
      keyUsage: ['keyAgreement', 'decipherOnly'],
      extKeyUsage: undefined,
      role: 'eum',
      basicConstraints: { ca: false },
      oid: '2.999.12345678901234567890',
      signature: undefined,
      serial: '00FF',
      unknown: ['1.3.6.1.4.1.99999.1'],
    },
  );
  assert.ok(new X509Certificate(fault.certificate).verify(new X509Certificate(ci.certificate).publicKey));
});
