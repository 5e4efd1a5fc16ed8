import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowed } from '../../../../src/lab/euicc/card/access-rules.ts';
import { fcpOf } from '../../../../src/lab/euicc/card/fcp.ts';
import { buildProfilePackage } from '../../../../src/lab/profile/build.ts';
import { type CardFileSystem, fileSystemOf } from '../../../../src/lab/profile/file-system.ts';
import { fromHex, toHex } from '../../../../src/lpa/bytes.ts';
import type { ElementChoice } from '../../../../src/lpa/saip/elements.ts';
import { type FileManagement, fcp } from '../../../../src/lpa/saip/file.ts';
import { readProfilePackage } from '../../../../src/lpa/saip/package.ts';
import { bench, play } from '../harness.ts';
import { cardWith, restarted } from './profile.ts';

const ADM1 = '3535353535353535';

/** ADM1 as test profiles of TS.48 have it, and commands of PE-GenericFileManagement before the end. */
const withAdm =
  (...commands: FileManagement) =>
  (elements: ElementChoice[]): ElementChoice[] => {
    const gfm: ElementChoice = {
      genericFileManagement: { 'gfm-header': { identification: 99 }, fileManagementCMD: [commands] },
    };
    const withKnownAdm = elements.map((element): ElementChoice => {
      if (!('pinCodes' in element) || !('pinconfig' in element.pinCodes.pinCodes)) return element;
      const pinconfig = element.pinCodes.pinCodes.pinconfig.map((pin) =>
        pin.keyReference === 'adm1' ? { ...pin, pinValue: fromHex(ADM1) } : pin,
      );
      return { pinCodes: { ...element.pinCodes, pinCodes: { pinconfig } } };
    });
    return commands.length === 0 ? withKnownAdm : [...withKnownAdm.slice(0, -1), gfm, ...withKnownAdm.slice(-1)];
  };

test('SELECT answers with the size, the identifiers and the access rule of each file', async () => {
  const { mf, applications, files, pins } = fileSystemOf(readProfilePackage(buildProfilePackage()));
  const usim = [...applications.values()][0]!;
  const enabled = new Set(pins.filter((pin) => pin.enabled).map(({ reference }) => reference));
  const answer = (path: string): string => toHex(fcpOf(files.get(path)!, (reference) => enabled.has(reference)));
  const spaced = (text: string): string => text.replaceAll(' ', '');
  assert.equal(answer(mf.path), spaced('6220 82027821 83023F00 A503800171 8A0105 8B032F060E C609 900140 830101 83010A'));
  assert.equal(
    answer(usim.path),
    spaced('622D 82027821 840CA0000000871002FF49FF0589 A503800171 8A0105 8B032F060E C60C 900160 830101 830181 83010A'),
  );
  assert.equal(answer('3F00/7FD0/6F07'), spaced('6217 82024121 83026F07 8A0105 8B036F0602 80020009 880138'));
  assert.equal(answer('3F00/2F00'), spaced('621A 82054221002601 83022F00 8A0105 8B032F060A 80020026 8801F0'));
});

test('a card without an enabled profile has EF.DIR without an application', async () => {
  const { card } = await bench();
  await card.powerOn();
  await play(
    card,
    `> 00 A4 00 04 02 2F00
     < 61 ..
     > 00 B2 01 04 26
     < ${'FF'.repeat(38)} 9000
     > 00 A4 00 04 02 2FE2
     < 6A82
     > 00 A4 00 04 02 2F06
     < 61 ..
     > 00 DC 01 04 05 8001019000
     < 6982`,
  );
});

test('commands of class A0 are 6E00', async () => {
  const { card } = await cardWith({});
  for (const command of ['A0A40000023F00', 'A0F2000016', 'A0B000000A', 'A020000108FFFFFFFFFFFFFFFF'])
    await play(card, `> ${command} \n < 6E00`);
});

test('UPDATE BINARY needs what the access rule says, and its octets outlive the power', async () => {
  const { card, state } = await cardWith({}, withAdm());
  await play(
    card,
    `> 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 A4 00 0C 02 6F07          # EF.IMSI: read with the PIN, updated with ADM1
     < 9000
     > 00 B0 00 00 09
     < 080910101032547698 9000
     > 00 D6 00 00 02 0809
     < 6982
     > 00 20 00 0A 08 ${ADM1}
     < 9000
     > 00 D6 00 08 01 89
     < 9000
     > 00 D6 00 08 02 8989
     < 6B00
     > 00 D6 87 08 01 79            # the same by its short identifier
     < 9000
     > 00 B0 00 00 09
     < 080910101032547679 9000`,
  );
  await play(
    await restarted(state),
    `> 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 B0 87 08 01
     < 79 9000
     > 00 D6 87 08 01 98            # ADM1 has to be verified again
     < 6982`,
  );
});

test('EF.ICCID is read by everybody and updated by nobody', async () => {
  const { card } = await cardWith({}, withAdm());
  await play(
    card,
    `> 00 20 00 0A 08 ${ADM1}
     < 9000
     > 00 A4 00 0C 02 2FE2
     < 9000
     > 00 D6 00 00 01 00
     < 6982`,
  );
});

test('UPDATE RECORD writes a record of a linear file whole, by number, next and previous', async () => {
  const { card } = await cardWith({ pin: '0000' });
  const record = (octet: string): string => octet.repeat(38);
  await play(
    card,
    `> 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 A4 00 0C 02 6F42           # EF.SMSP, one record of 38 octets
     < 9000
     > 00 DC 01 04 26 ${record('5A')}
     < 9000
     > 00 B2 01 04 26
     < ${record('5A')} 9000
     > 00 DC 00 02 26 ${record('5B')}
     < 9000
     > 00 DC 00 02 26 ${record('5C')}
     < 6A83
     > 00 B2 00 04 26
     < ${record('5B')} 9000
     > 00 DC 01 04 02 5A5A
     < 6700
     > 00 D6 00 00 01 00
     < 6981
     > 00 A2 01 04 02 5B5B
     < 6101
     > 00 C0 00 00 01
     < 01 9000
     > 00 A2 01 04 01 5A
     < 6282`,
  );
});

test('a cyclic file puts the newest record first; INCREASE adds to it', async () => {
  const cyclic = {
    fileDescriptor: fromHex('46210003'),
    fileID: '6F39',
    securityAttributesReferenced: '6F0607',
    efFileSize: Uint8Array.of(9),
  };
  const { card, state } = await cardWith(
    {},
    withAdm({ filePath: '7FD0' }, { createFCP: fcp(cyclic) }, { fillFileContent: fromHex('000009000008000007') }),
  );
  await play(
    card,
    `> 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 A4 00 0C 02 6F39
     < 9000
     > 00 DC 01 04 03 00000A
     < 6A86
     > 00 DC 00 03 03 00000A
     < 9000
     > 80 32 00 00 03 000006
     < 6106
     > 00 C0 00 00 06
     < 000010 000006 9000
     > 00 B2 01 04 03
     < 000010 9000
     > 00 B2 03 04 03
     < 000009 9000
     > 80 32 00 00 03 FFFFFF
     < 9850
     > 00 32 00 00 03 000001
     < 6E00`,
  );
  await play(
    await restarted(state),
    `> 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 A4 00 0C 02 6F39
     < 9000
     > 00 B2 01 04 03
     < 000010 9000`,
  );
});

test('a deactivated file is selected with 6283 and not read', async () => {
  const attributes = {
    fileDescriptor: fromHex('4121'),
    fileID: '6FA1',
    securityAttributesReferenced: '6F060A',
    efFileSize: Uint8Array.of(1),
    lcsi: Uint8Array.of(0x04),
  };
  const { card } = await cardWith({}, withAdm({ filePath: '7FD0' }, { createFCP: fcp(attributes) }));
  await play(
    card,
    `> 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 A4 00 0C 02 6FA1
     < 6283
     > 00 B0 00 00 01
     < 6985`,
  );
});

test('RETRIEVE DATA gives the objects of a BER-TLV file and the list of their tags', async () => {
  const attributes = {
    fileDescriptor: fromHex('7921'),
    fileID: '6FA2',
    securityAttributesReferenced: '6F0602',
    efFileSize: Uint8Array.of(32),
  };
  const { card } = await cardWith(
    {},
    withAdm(
      { filePath: '7FD0' },
      { createFCP: fcp(attributes) },
      { fillFileContent: fromHex('80020102 DF2001AA'.replace(' ', '')) },
    ),
  );
  await play(
    card,
    `> 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 A4 00 04 02 6FA2
     < 61 ..
     > 80 CB 00 80 01 5C
     < 6105
     > 00 C0 00 00 05
     < 5C03 80 DF20 9000
     > 80 CB 00 80 02 DF20
     < 6104
     > 00 C0 00 00 04
     < DF2001AA 9000
     > 80 CB 00 80 01 81
     < 6A88
     > 00 B0 00 00 01
     < 6981`,
  );
});

test('a linked file has the content of the other, before and after an update', async () => {
  const { card } = await cardWith(
    {},
    withAdm(
      { filePath: '7F10' },
      {
        createFCP: fcp({
          fileDescriptor: fromHex('4121'),
          fileID: '6F66',
          securityAttributesReferenced: '2F0605',
          linkPath: '7FD06F05',
        }),
      },
    ),
  );
  await play(
    card,
    `> 00 A4 08 0C 04 7F106F66
     < 9000
     > 00 B0 00 00 06
     < 656EFFFFFFFF 9000
     > 00 D6 00 02 02 6465
     < 9000
     > 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 A4 00 0C 02 6F05
     < 9000
     > 00 B0 00 00 06
     < 656E6465FFFF 9000`,
  );
});

/** The files of a profile whose first rule of the USIM is another. */
function filesWithRule(text: string): CardFileSystem {
  const system = fileSystemOf(readProfilePackage(buildProfilePackage()));
  system.files
    .get('3F00/7FD0/6F06')!
    .content.fill(0xff)
    .set(fromHex(text.replaceAll(' ', '')));
  return system;
}

/** The conditions of TS 102 221 §9.2.4 and of the rules in published TS.48 packages. */
const CASES: readonly (readonly [
  rule: string,
  access: 'read' | 'update' | 'increase',
  held: readonly number[],
  allowed: boolean,
])[] = [
  ['800101 9000', 'read', [], true],
  ['800101 9700', 'read', [1, 10], false],
  ['800101 A406830101950108', 'read', [], false],
  ['800101 A406830101950108', 'read', [1], true],
  ['800101 A406830101950108', 'update', [1], false],
  ['800103 A406830101950108', 'update', [1], true],
  ['800101 A406830101950108 A40683010A950108', 'read', [10], true],
  ['800102 A010 A406830101950108 A406830181950108', 'update', [0x81], true],
  ['800102 AF10 A406830101950108 A406830181950108', 'update', [0x81], false],
  ['800102 AF10 A406830101950108 A406830181950108', 'update', [1, 0x81], true],
  ['800101 A708 A40683010A950108', 'read', [], true],
  ['800101 A708 A40683010A950108', 'read', [10], false],
  ['840132 A406830101950108', 'increase', [1], true],
  ['840132 A406830101950108', 'update', [1], false],
  ['800101 840132 9000', 'increase', [], true],
  ['8001', 'read', [], false],
];

for (const [rule, access, held, allowed] of CASES) {
  test(`${access} with ${held.map((key) => key.toString(16)).join(' and ') || 'no key'} under ${rule} is ${allowed ? 'allowed' : 'refused'}`, () => {
    const system = filesWithRule(rule);
    const file = { ...system.files.get('3F00/7FD0/6F07')!, accessRules: '6F0601' };
    assert.equal(
      isAllowed(system, file, access, (reference) => held.includes(reference)),
      allowed,
    );
  });
}

test('a file whose rule does not exist is closed', () => {
  const system = fileSystemOf(readProfilePackage(buildProfilePackage()));
  const file = system.files.get('3F00/7FD0/6F07')!;
  for (const accessRules of ['6F06FF', '6F0600', '6F990A', '2F06', 'FF'])
    assert.equal(
      isAllowed(system, { ...file, accessRules }, 'read', () => true),
      false,
      accessRules,
    );
});
