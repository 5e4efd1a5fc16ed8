import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildProfilePackage, encodePackage, packageParts, profileElements } from '../../src/lab/profile/build.ts';
import { type CardFileSystem, fileBySfi, fileSystemOf, recordsOf } from '../../src/lab/profile/file-system.ts';
import { digitsOf } from '../../src/lab/profile/pins.ts';
import { concat, fromHex, toHex, utf8Text } from '../../src/lpa/bytes.ts';
import { DecodeError } from '../../src/lpa/errors.ts';
import { fullCard } from '../../src/lpa/saip/check/check.ts';
import type { ElementChoice, ElementValue } from '../../src/lpa/saip/elements.ts';
import { type FileManagement, fcp, proprietaryInfo } from '../../src/lpa/saip/file.ts';
import { readProfilePackage } from '../../src/lpa/saip/package.ts';

const show = (system: CardFileSystem, path: string): string => toHex(system.files.get(path)!.content);
const withCommands = (...commands: FileManagement): CardFileSystem => {
  const run = profileElements();
  const gfm: ElementChoice = { genericFileManagement: { 'gfm-header': { identification: 99 }, fileManagementCMD: [commands] } };
  return fileSystemOf(readProfilePackage(encodePackage([...run.slice(0, -1), gfm, ...run.slice(-1)])));
};
const ef = (fileID: string, size: number, more: object = {}) => ({
  createFCP: fcp({
    fileDescriptor: fromHex('4121'),
    fileID,
    securityAttributesReferenced: '2F0602',
    efFileSize: Uint8Array.of(size),
    ...more,
  }),
});

test('the card shows MF, EF.ICCID, EF.DIR and the USIM with the content of the profile', () => {
  const system = fileSystemOf(
    readProfilePackage(
      buildProfilePackage({ iccid: '8944123456789012345', imsi: '234151234567890', serviceProviderName: 'Example' }),
    ),
  );
  assert.equal(system.mf.children.get('2FE2')?.name, 'ef-iccid');
  assert.equal(show(system, '3F00/2FE2'), '984421436587092143F5');
  assert.deepEqual([...system.applications.keys()], ['A0000000871002FF49FF0589']);
  const usim = system.applications.get('A0000000871002FF49FF0589')!;
  assert.equal(toHex(usim.children.get('6F07')!.content), '082943512143658709');
  assert.equal(utf8Text(usim.children.get('6F46')!.content.subarray(1, 8)), 'Example');
  const [entry] = recordsOf(system.mf.children.get('2F00')!);
  assert.equal(toHex(entry!.subarray(0, 22)), '61144F0CA0000000871002FF49FF058950045553494D');
  assert.equal(system.mf.children.has('7FD0'), false, 'an ADF is selected by its AID');
  assert.equal(fileBySfi(usim, 7)?.fid, '6F07');
  assert.equal(fileBySfi(system.mf, 0x1e)?.fid, '2F00');
});

test('files that the profile does not mention have the content of their template', () => {
  const system = fileSystemOf(readProfilePackage(buildProfilePackage()));
  assert.equal(show(system, '3F00/7FD0/6F7E'), 'FFFFFFFFFFFFFF0000FF01');
  assert.equal(show(system, '3F00/7FD0/6F08'), `07${'FF'.repeat(32)}`);
  assert.equal(show(system, '3F00/7FD0/6F60'), 'FFFFFF0000'.repeat(8));
  const sms = system.files.get('3F00/7FD0/6F3C')!;
  assert.deepEqual([sms.kind, sms.recordLength, recordsOf(sms).length], ['linearFixed', 176, 10]);
  assert.ok(recordsOf(sms).every((record) => toHex(record) === `00${'FF'.repeat(175)}`));
  assert.equal(system.files.has('3F00/7FD0/6F37'), false, 'optional files are there where the profile names them');
});

test('patterns, offsets, later fills and links make the content', () => {
  const system = withCommands(
    { filePath: '7FD0' },
    ef('6FA1', 6, { proprietaryEFInfo: proprietaryInfo({ fillPattern: fromHex('AA00') }) }),
    ef('6FA2', 6, { proprietaryEFInfo: proprietaryInfo({ repeatPattern: fromHex('AABB') }) }),
    { fillFileOffset: 1 },
    { fillFileContent: fromHex('01') },
    { fillFileOffset: 2 },
    { fillFileContent: fromHex('02') },
    ef('6FA3', 6, { fileDescriptor: fromHex('42210003'), proprietaryEFInfo: proprietaryInfo({ fillPattern: fromHex('0011') }) }),
    { filePath: '7FD06F46' },
    { fillFileOffset: 2 },
    { fillFileContent: fromHex('5A') },
    { filePath: '7F10' },
    {
      createFCP: fcp({
        fileDescriptor: fromHex('4121'),
        fileID: '6F66',
        securityAttributesReferenced: '2F0602',
        linkPath: '7FD06F07',
      }),
    },
  );
  assert.equal(show(system, '3F00/7FD0/6FA1'), 'AA0000000000');
  assert.equal(show(system, '3F00/7FD0/6FA2'), 'AA01AABB02BB');
  assert.equal(show(system, '3F00/7FD0/6FA3'), '001111001111');
  assert.equal(show(system, '3F00/7FD0/6F46').slice(0, 8), '014C5A62');
  assert.equal(system.files.get('3F00/7F10/6F66')!.content, system.files.get('3F00/7FD0/6F07')!.content);
});

test('PINs belong to the card or to an application, and may be shared', () => {
  const { pins } = fileSystemOf(readProfilePackage(buildProfilePackage({ parts: ['isim'], pin: '2468', puk: '13579135' })));
  assert.deepEqual(
    pins.map(({ context, reference, name, enabled, triesLeft }) => [context, reference, name, enabled, triesLeft]),
    [
      ['3F00', 0x01, 'pinAppl1', false, 3],
      ['3F00', 0x0a, 'adm1', true, 10],
      ['3F00/7FD0', 0x81, 'secondPINAppl1', true, 3],
      ['3F00/7FB0', 0x81, 'secondPINAppl1', true, 3],
    ],
  );
  assert.equal(digitsOf(pins[0]!.value), '2468');
  assert.equal(digitsOf(pins[0]!.puk!.value), '13579135');
});

test('a card that passes over an element does not show its files', () => {
  const run = profileElements({ parts: ['isim'] }).map(
    (element): ElementChoice =>
      'isim' in element ? { isim: { ...element.isim, 'isim-header': { identification: 50 } } } : element,
  );
  const pkg = readProfilePackage(encodePackage(run));
  assert.equal(fileSystemOf(pkg).applications.size, 2);
  const card = { ...fullCard, uiccCapability: ['usimSupport', 'akaMilenage'] };
  assert.equal(fileSystemOf(pkg, card).applications.size, 1);
});

test('every file of the writer stands in the tree under its path', () => {
  const pkg = readProfilePackage(buildProfilePackage({ version: '3.3', parts: packageParts }));
  const { files } = fileSystemOf(pkg);
  const created = pkg.elements.flatMap((element) => element.files.map(({ path }) => path));
  assert.deepEqual([...files.keys()].sort(), [...created].sort());
  assert.ok(created.includes('3F00/7FD0/5FC0/4F01'));
});

test('a package without an MF, or with more content than a card has, is refused', () => {
  assert.throws(() => fileSystemOf(readProfilePackage(fromHex('AA07A005800081011F'))), DecodeError);
  assert.throws(() => withCommands({ filePath: '' }, ef('6FA1', 1, { efFileSize: fromHex('FFFFFFFF') })), DecodeError);
  assert.throws(
    () => withCommands({ filePath: '' }, ef('6FA1', 1, { efFileSize: concat(fromHex('FFFFFFFFFFFFFFFF')) })),
    DecodeError,
  );
});

test('a mutated package gives files or a DecodeError, nothing else', () => {
  const upp = buildProfilePackage({ version: '3.3', parts: packageParts });
  const edit = fc.record({ at: fc.nat(upp.length - 1), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
      const bytes = upp.slice();
      for (const { at, value } of edits) bytes[at] = value;
      try {
        fileSystemOf(readProfilePackage(bytes));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test('a directory that shares its PINs with itself, again and again, has them once', () => {
  const run = profileElements();
  const at = run.findIndex((element) => 'mf' in element) + 1;
  const pins = (i: number, pinCodes: ElementValue<'pinCodes'>['pinCodes']): ElementChoice => ({
    pinCodes: { 'pin-Header': { identification: 100 + i }, pinCodes },
  });
  const pin = {
    keyReference: 'adm1' as const,
    pinValue: new Uint8Array(8),
    pinAttributes: 1,
    'maxNumOfAttemps-retryNumLeft': 0x33,
  };
  const shared = Array.from({ length: 60 }, (_, i) => pins(i + 1, { filePath: '3F00' }));
  const twice = [pins(0, { pinconfig: [pin, { ...pin, pinValue: new Uint8Array(8).fill(1) }] }), ...shared];
  const hostile = [...run.filter((element) => !('pinCodes' in element)).toSpliced(at, 0, ...twice)];
  // 2^60 PINs, before.
  const { pins: found } = fileSystemOf(readProfilePackage(encodePackage(hostile)));
  assert.deepEqual(
    found.map(({ context, name, value }) => [context, name, value[0]]),
    [['3F00', 'adm1', 0]],
  );
});

test('a file has as many records as a card can be asked for', () => {
  const system = withCommands(ef('6F01', 0, { fileDescriptor: fromHex('42210001'), efFileSize: fromHex('3F0000') }));
  const file = system.files.get('3F00/6F01')!;
  assert.equal(file.content.length, 0x3f0000);
  assert.equal(recordsOf(file).length, 255);
});
