/** Faults of certificates: of the TLS server, of CERT.DPauth and of CERT.DPpb. */
import { type Curve, curveOf, keyIdentifier, newPrivateKey, publicPoint } from '../../lpa/pki/ecdsa.ts';
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
  type Overrides,
} from '../pki/mint.ts';
import type { FaultRow, TlsCertificates, Workshop } from './fault-hooks.ts';

const DAY = 24 * 3600e3;
const expired = (): Overrides => ({ notBefore: new Date(Date.now() - 60 * DAY), notAfter: new Date(Date.now() - 30 * DAY) });
const notYetValid = (): Overrides => ({ notBefore: new Date(Date.now() + 30 * DAY) });

const mintTls = (issuer: Identity, { side, host, oid }: Workshop, overrides: Overrides = {}): Promise<Identity> =>
  (side === 'dp' ? mintDpTls : mintDsTls)(issuer, host, { oid, ...overrides });
const mintAuth = (issuer: Identity, { side, oid }: Workshop, overrides: Overrides = {}): Promise<Identity> =>
  (side === 'dp' ? mintDpAuth : mintDsAuth)(issuer, { oid, ...overrides });

/** Another CI of the same name. */
const foreignCi = ({ ci }: Workshop): Promise<Identity> => mintCi({ curve: curveName(ci) });
const keyIdOf = ({ privateKey }: Identity): string => keyIdentifier(publicPoint(privateKey));
const curveName = ({ privateKey }: Identity): Curve => curveOf(privateKey) ?? 'P-256';

const tls = (says: string, make: (workshop: Workshop) => Promise<TlsCertificates>): FaultRow => ({
  says,
  hooks: () => ({ tls: make }),
});
const tlsWith = (says: string, overrides: () => Overrides): FaultRow =>
  tls(says, async (workshop) => ({ identity: await mintTls(workshop.ci, workshop, overrides()) }));
const auth = (says: string, make: (workshop: Workshop) => Promise<Identity>): FaultRow => ({
  says,
  hooks: () => ({ auth: make }),
});
const authWith = (says: string, overrides: () => Overrides): FaultRow =>
  auth(says, (workshop) => mintAuth(workshop.ci, workshop, overrides()));
const pb = (says: string, make: (workshop: Workshop) => Promise<Identity>): FaultRow => ({
  says,
  hooks: () => ({ binding: make }),
});
const pbWith = (says: string, overrides: () => Overrides): FaultRow =>
  pb(says, ({ ci, oid }) => mintDpPb(ci, { oid, ...overrides() }));

/** The certificate of `good`, and a key that is not its own. */
const stolen = ({ good }: Workshop): Identity => ({
  certificate: good.certificate,
  privateKey: newPrivateKey(curveName(good)),
});

// biome-ignore format: a table
export const tlsFaults: Readonly<Record<string, FaultRow>> = {
  'tls-expired': tlsWith('its TLS certificate has expired', expired),
  'tls-not-yet-valid': tlsWith('its TLS certificate is not valid before next month', notYetValid),
  'tls-wrong-name': tlsWith('its TLS certificate is for another host', () => ({ dnsNames: ['smdp.example.com'] })),
  'tls-cn-only': tlsWith('its TLS certificate names the host in its CN alone', () => ({ dnsNames: [] })),
  'tls-wrong-role': tlsWith('its TLS certificate has the role of CERT.DPauth', () => ({ policies: 'dp-auth' })),
  'tls-no-role': tlsWith('its TLS certificate has no GSMA role', () => ({ policies: undefined })),
  'tls-any-policy': tlsWith('its TLS certificate has anyPolicy instead of a GSMA role', () => ({ policies: ['2.5.29.32.0'] })),
  'tls-sub-ca-no-role': tls('a sub-CA without a GSMA role signed its TLS certificate', async (workshop) => {
    const middle = await mintCiSubCa(workshop.ci, { policies: undefined });
    return { identity: await mintTls(middle, workshop), above: [middle.certificate] };
  }),
  'tls-key-usage': tlsWith('its TLS certificate is not for signatures', () => ({ keyUsage: ['keyAgreement'] })),
  'tls-client-only': tlsWith('its TLS certificate is for clients', () => ({ extKeyUsage: ['clientAuth'] })),
  'tls-sha384': tlsWith('its TLS certificate is signed with SHA-384', () => ({ hash: 'sha384' })),
  'tls-critical-extension': tlsWith('its TLS certificate has a critical extension that nobody knows', () => ({
    extensions: [{ oid: '2.999.77', critical: true, value: Uint8Array.of(5, 0) }],
  })),
  'tls-foreign-ci': tls('its TLS certificate is under a CI that the eUICC does not list', async (workshop) => ({
    identity: await mintTls(await foreignCi(workshop), workshop),
  })),
  'tls-self-made': tls("its TLS certificate names the CI and is self-made, the CI's own certificate sent on top", async (workshop) => ({
    identity: await mintTls(await foreignCi(workshop), workshop, { authorityKeyIdentifier: keyIdOf(workshop.ci) }),
    above: [workshop.ci.certificate],
  })),
  'tls-signed-by-server': tls("its TLS certificate is signed by another server's", async (workshop) => ({
    identity: await mintTls(workshop.good, workshop),
    above: [workshop.good.certificate],
  })),
  'tls-signed-by-eum': tls('its TLS certificate is signed by an EUM', async (workshop) => {
    const eum = await mintEum(workshop.ci);
    return { identity: await mintTls(eum, workshop), above: [eum.certificate] };
  }),
  'tls-path-length': tls('its TLS chain is longer than a CA in it allows', async (workshop) => {
    const upper = await mintCiSubCa(workshop.ci, { basicConstraints: { ca: true, pathLenConstraint: 0 } });
    const lower = await mintCiSubCa(upper);
    return { identity: await mintTls(lower, workshop), above: [lower.certificate, upper.certificate] };
  }),
  'tls-shuffled': tls('its TLS chain is right and sent in another order (an LPA accepts it)', async (workshop) => {
    const upper = await mintCiSubCa(workshop.ci);
    const lower = await mintCiSubCa(upper);
    return { identity: await mintTls(lower, workshop), above: [workshop.ci.certificate, upper.certificate, lower.certificate] };
  }),

  'dpauth-expired': authWith('CERT.DPauth has expired', expired),
  'dpauth-not-yet-valid': authWith('CERT.DPauth is not valid before next month', notYetValid),
  'dpauth-wrong-role': authWith('CERT.DPauth has the role of CERT.DPpb', () => ({ policies: 'dp-pb' })),
  'dpauth-other-oid': authWith("CERT.DPauth has another OID than the server's", () => ({ oid: '2.999.99' })),
  'dpauth-foreign-ci': auth('CERT.DPauth is under a CI that the eUICC does not list', async (workshop) =>
    mintAuth(await foreignCi(workshop), workshop)),
  'dpauth-forged': auth('CERT.DPauth names the CI and was signed by another', async (workshop) =>
    mintAuth(await foreignCi(workshop), workshop, {
      authorityKeyIdentifier: keyIdOf(workshop.ci),
    })),
  'dpauth-stolen': auth('CERT.DPauth is genuine, its key is not there', async (workshop) => stolen(workshop)),

  'dppb-expired': pbWith('CERT.DPpb has expired', expired),
  'dppb-wrong-role': pbWith('CERT.DPpb has the role of CERT.DPauth', () => ({ policies: 'dp-auth' })),
  'dppb-other-oid': pbWith('CERT.DPpb has another OID than CERT.DPauth', () => ({ oid: '2.999.99' })),
  'dppb-foreign-ci': pb('CERT.DPpb is under another CI', async (workshop) =>
    mintDpPb(await foreignCi(workshop), { oid: workshop.oid })),
  'dppb-stolen': pb('CERT.DPpb is genuine, its key is not there', async (workshop) => stolen(workshop)),
};
