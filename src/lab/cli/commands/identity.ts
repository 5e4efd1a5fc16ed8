/** lpa-lab identity: who the card and the servers are, or shall be. */

import { readCertificate } from '../../../lpa/pki/certificate.ts';
import { ciName } from '../../../lpa/pki/ci-names.ts';
import { displayText } from '../../../terminal/safe-text.ts';
import { table } from '../../../terminal/table.ts';
import type { LabPki } from '../../pki/store.ts';
import { openLab } from '../../state/lab.ts';
import type { Part } from '../../state/lock.ts';
import { labCommand } from '../command.ts';

export const identity = labCommand({
  name: 'identity',
  summary: 'Show the certificates in use, or use those of a folder instead',
  examples: ['lpa-lab identity', 'lpa-lab identity --from sgp26/', 'lpa-lab identity --eid 89049032000000000000000000000262'],
  details: [
    'With --from every certificate and key below the folder is read, whatever the names: roles are told by the policy, keys by their public key, chains by their signatures. What is missing, such as TLS for localhost, is made where the key of the CI or the EUM is there.',
    'Another LPA has to trust the CI certificates in the file that is named last. Another EID is another card, with nothing on it.',
  ],
  options: {
    from: { flags: '--from <dir>', text: 'certificates and keys, PEM or DER' },
    eid: { flags: '--eid <digits>', text: 'of the card' },
  },
  async run(desk, { from, eid }) {
    const parts: readonly Part[] = from === undefined && eid === undefined ? [] : ['card', 'smdp', 'smds'];
    await using lab = await openLab(desk.dir, { parts, typed: desk.typed, lasting: false, identity: { from, eid } });
    for (const path of lab.pki.unread) desk.say(`${displayText(path, MAX_PATH)}: encrypted or damaged, passed over`);
    desk.print(await described(lab.pki));
    return 0;
  },
});

const MAX_PATH = 400;

async function described({ eid, domains, ciPem }: LabPki): Promise<string> {
  const rows = await Promise.all(
    domains.map(async ({ curve, ciPKId, ci, card, servers }) => {
      const { subject } = await readCertificate(ci.certificate);
      const roles = [...(card ? ['card'] : []), ...(servers ? ['servers'] : [])].join(', ') || 'believed only';
      return [{ text: ciPKId, whole: true }, curve, roles, ciName(ciPKId) ?? subject.commonName ?? ''];
    }),
  );
  return [`EID  ${eid}`, '', table(['CI', 'CURVE', 'UNDER IT', 'NAME'], rows), '', `CI certificates: ${ciPem}`].join('\n');
}
