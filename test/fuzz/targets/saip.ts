/** Profile packages: read, checked, and their files laid out, as a card does with what an SM-DP+ sends. */
import { toHex } from '../../../src/bytes.ts';
import { checkProfilePackage, passedOver, responseTo } from '../../../src/saip/check.ts';
import { fileSystemOf, recordsOf } from '../../../src/saip/file-system.ts';
import { nameOf, type ProfilePackage, readProfilePackage } from '../../../src/saip/package.ts';
import { pinsOf } from '../../../src/saip/pins.ts';
import { EUICCResponse } from '../../../src/saip/response.ts';
import { buildProfilePackage } from '../../../src/saip/write.ts';
import { mutateTlv } from '../mutate.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

/** A card with nothing but files. */
const POOR_CARD = { uiccCapability: [], profileVersion: '2.0', templates: [], libraries: [] };

export const saip: Target = {
  name: 'saip',
  mutate: mutateTlv,
  limitMs: 2000,
  seeds: () => [buildProfilePackage({ size: 6000 }), buildProfilePackage({})],
  run(input) {
    const read: ProfilePackage[] = [];
    const outcome = outcomeNow(() => read.push(readProfilePackage(input)));
    const [pkg] = read;
    if (!pkg) return outcome;
    if (pkg.elements.map(({ bytes }) => toHex(bytes)).join('') !== toHex(input))
      throw new Finding('the elements are not the package');
    pkg.elements.forEach(nameOf);
    const findings = checkProfilePackage(pkg);
    for (const { element, offset } of findings) {
      const octets = pkg.elements[element.index]?.bytes.length ?? 0;
      if (!(offset >= 0 && offset <= octets)) throw new Finding(`offset ${offset} in an element of ${octets} octets`);
    }
    EUICCResponse.encode(responseTo(findings, passedOver(pkg)));
    checkProfilePackage(pkg, POOR_CARD);
    pinsOf(pkg);
    const files = outcomeNow(() => {
      for (const file of fileSystemOf(pkg).files.values()) recordsOf(file);
    });
    return `${findings.map(({ clause, status }) => `${clause} ${status}`).join(', ')}; ${files}`;
  },
};
