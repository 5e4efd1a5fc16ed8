/** `--redact`: lengths stay, what was replaced stays, and no identity that stands by itself is left. */

import { Identities } from '../../../src/cli/capture/redact.ts';
import { utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import { mutateOctets } from '../mutate.ts';
import { Finding, type Target } from '../target.ts';

const EID = '89049032123451234512345678901235';
const ICCID = '8949000000000000011';
const TEXTS = [
  `{"eidValue":"${EID}"}`,
  `${ICCID} (Alpha), and 89490000000000000123 with ${EID}.`,
  `{"iccid":"${ICCID}","octets":"${Buffer.from(`BF3E125A10${EID}`, 'hex').toString('base64')}"}`,
  `BF3E125A10${EID}`,
  `E3195A0A98940000000000000010F19F700101`,
];
const WORDS = [EID, ICCID, `5A10${EID}`, '5A0A989400000000000010F1', '8904', '89', '"iccid":"', 'F', ' '];

export const redacted: Target = {
  name: 'redacted',
  mutate: mutateOctets,
  words: [
    ...WORDS.map(utf8Bytes),
    Uint8Array.from(Buffer.from(`5A10${EID}`, 'hex')),
    Uint8Array.from(Buffer.from(`0C20`, 'hex')),
  ],
  seeds: () => [...TEXTS.map(utf8Bytes), Uint8Array.from(Buffer.from(`BF3E125A10${EID}5A0A989400000000000010F1`, 'hex'))],
  run(input) {
    const identities = new Identities();
    const octets = identities.octets(input);
    if (octets.length !== input.length) throw new Finding(`${input.length} octets became ${octets.length}`);
    const text = utf8Text(input);
    const shown = identities.text(text);
    if (shown.length !== text.length) throw new Finding(`${text.length} characters became ${shown.length}`);
    const left = [...text.matchAll(/(?<![0-9A-Za-z])89\d{30}(?![0-9A-Za-z])/g)].filter(([eid]) => shown.includes(eid));
    if (left.length > 0) throw new Finding('an EID is left');
    return octets.some((octet, i) => octet !== input[i]) ? 'replaced' : shown === text ? 'nothing found' : 'replaced in words';
  },
};
