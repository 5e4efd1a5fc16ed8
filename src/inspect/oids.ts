/** Object identifiers that turn up in eSIM data, by name. SGP.22 v2.5 Annex H, §4.5.2; TCA profile package; RFC 5280. */
import { ROLE_ARC, roleOf } from '../lpa/pki/roles.ts';
import { templateOf } from '../lpa/saip/templates.ts';

// biome-ignore format: a table
const OIDS: Readonly<Record<string, string>> = {
  '2.23.146.1': 'id-rsp', '2.23.146.1.2': 'id-rsp-cert-objects', '2.23.146.1.3': 'id-rsp-metadata',
  '2.23.146.1.3.1': 'id-rsp-metadata-serviceSpecificOIDs', '2.23.146.1.3.1.1': 'activationCodeRetrievalInfo',
  '2.23.146.1.2.0': 'id-rspExt', '2.23.146.1.2.0.1': 'id-rsp-expDate', '2.23.146.1.2.0.2': 'id-rsp-totalPartialCrlNumber',
  '2.23.146.1.2.0.3': 'id-rsp-partialCrlNumber', '2.23.146.1.2.2.0': 'permittedEins',
  '1.2.840.10045.2.1': 'ecPublicKey', '1.2.840.10045.3.1.7': 'NIST P-256', '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256', '1.2.250.1.223.1.101.256.1': 'FRP256v1',
  '2.5.4.3': 'commonName', '2.5.4.5': 'serialNumber', '2.5.4.6': 'countryName', '2.5.4.10': 'organizationName',
  '2.5.4.11': 'organizationalUnitName', '2.5.29.14': 'subjectKeyIdentifier', '2.5.29.15': 'keyUsage', '2.5.29.17': 'subjectAltName',
  '2.5.29.19': 'basicConstraints', '2.5.29.20': 'cRLNumber', '2.5.29.30': 'nameConstraints', '2.5.29.31': 'cRLDistributionPoints',
  '2.5.29.32': 'certificatePolicies', '2.5.29.35': 'authorityKeyIdentifier', '2.5.29.37': 'extKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth', '1.3.6.1.5.5.7.3.2': 'clientAuth',
};

export function oidWords(oid: string): string {
  const role = oid === ROLE_ARC ? undefined : roleOf(oid);
  const template = templateOf(oid)?.element;
  const name =
    OIDS[oid] ?? (role && !role.startsWith('unknown(') ? `role ${role}` : template && `profile template of ${template}`);
  return name ? `${oid} (${name})` : oid;
}
