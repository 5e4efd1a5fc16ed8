/** Profile packages: read, checked, and their files laid out, as a card does with what an SM-DP+ sends. */

import type { Command } from '../../../src/lab/euicc/card/apdu.ts';
import { fileView } from '../../../src/lab/euicc/card/file-view.ts';
import { profileCard } from '../../../src/lab/euicc/card/profile-card.ts';
import { buildProfilePackage } from '../../../src/lab/profile/build.ts';
import { type CardFileSystem, fileSystemOf, recordsOf } from '../../../src/lab/profile/file-system.ts';
import { pinsOf } from '../../../src/lab/profile/pins.ts';
import { fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { checkProfilePackage, passedOver, responseTo } from '../../../src/lpa/saip/check/check.ts';
import { nameOf, type ProfilePackage, readProfilePackage } from '../../../src/lpa/saip/package.ts';
import { EUICCResponse } from '../../../src/lpa/saip/response.ts';
import { mutateTlv } from '../mutate.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

/** A card with nothing but files. */
const POOR_CARD = { uiccCapability: [], profileVersion: '2.0', templates: [], libraries: [] };

const octets = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);

/** Commands that a card tool sends, at the first files of the profile. */
const COMMANDS: readonly Pick<Command, 'ins' | 'p1' | 'p2' | 'data'>[] = [
  { ins: 0xb0, p1: 0, p2: 0, data: octets() },
  { ins: 0xb2, p1: 1, p2: 4, data: octets() },
  { ins: 0xd6, p1: 0, p2: 0, data: octets(1) },
  { ins: 0xdc, p1: 0, p2: 3, data: octets(1, 2, 3) },
  { ins: 0xa2, p1: 1, p2: 4, data: octets(0xff) },
  { ins: 0x32, p1: 0, p2: 0, data: octets(1) },
  { ins: 0xcb, p1: 0, p2: 0x80, data: octets(0x5c) },
  { ins: 0x20, p1: 0, p2: 1, data: new Uint8Array(8) },
  { ins: 0x2c, p1: 0, p2: 0x81, data: new Uint8Array(16) },
  { ins: 0x88, p1: 0, p2: 0x81, data: octets(16, ...new Uint8Array(16), 16, ...new Uint8Array(16)) },
];

/** Of a package with a hundred thousand. */
const MAX_FILES = 60;

function useOnCard(system: CardFileSystem): void {
  const view = fileView(
    (
      (card) => () =>
        card
    )(profileCard(system)),
  );
  for (const aid of ['', ...system.applications.keys()]) {
    if (aid === '') view.select(0x00, new Uint8Array());
    else view.selectAdf(fromHex(aid));
    for (const file of [...system.files.values()].slice(0, MAX_FILES)) {
      const fid = /^[0-9A-F]{4}$/.test(file.fid) ? fromHex(file.fid) : new Uint8Array();
      if (![0x9000, 0x6283].includes(view.select(0x00, fid).sw)) continue;
      for (const command of COMMANDS) {
        const proprietary = command.ins === 0x32 || command.ins === 0xcb;
        view.command({ ...command, channel: 0, proprietary, p3: command.data.length });
      }
    }
    view.status({ ...COMMANDS[0]!, channel: 0, proprietary: true, p3: 0, p2: 0 }, undefined);
  }
}

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
      const system = fileSystemOf(pkg);
      for (const file of system.files.values()) recordsOf(file);
      useOnCard(system);
    });
    return `${findings.map(({ clause, status }) => `${clause} ${status}`).join(', ')}; ${files}`;
  },
};
