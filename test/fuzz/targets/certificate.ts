/** Certificates: read, or refused with an error of their own; what was read verifies under nobody by accident. */

import { mintCi, mintDpAuth, mintDpTls, mintEuicc, mintEum } from '../../../src/lab/pki/mint.ts';
import { concat, utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import { readCertificate } from '../../../src/lpa/pki/certificate.ts';
import { eumPermits } from '../../../src/lpa/pki/eum.ts';
import { readPem, toPem } from '../../../src/lpa/pki/pem.ts';
import { verifyServerCertificate } from '../../../src/lpa/pki/trust.ts';
import { mutateTlv } from '../mutate.ts';
import { outcomeOf, type Target } from '../target.ts';

const EID = '89049032123451234512345678901235';

export const certificate: Target = {
  name: 'certificate',
  mutate: mutateTlv,
  async seeds() {
    const ci = await mintCi({ curve: 'brainpoolP256r1' });
    const eum = await mintEum(ci);
    const identities = [ci, eum, await mintEuicc(eum, EID), await mintDpAuth(ci), await mintDpTls(ci, 'smdp.example.com')];
    const octets = identities.map((identity) => identity.certificate);
    return [...octets, utf8Bytes(octets.map(toPem).join('\n'))];
  },
  async run(input) {
    const pem = await outcomeOf(() => readPem(utf8Text(input)));
    const read = await outcomeOf(() => readCertificate(input));
    if (read !== 'ok') return `${read}; ${pem}`;
    const found = await readCertificate(input);
    eumPermits(found, found);
    const ciPKIds = [found.authorityKeyIdentifier ?? ''];
    const judged = await outcomeOf(() => verifyServerCertificate(found, { role: 'dp', ciPKIds, allowTestCi: false }));
    await readPem(toPem(concat(found.bytes)));
    return `${judged}; ${found.roles.join(' ')} ${Object.keys(found).length}`;
  },
};
