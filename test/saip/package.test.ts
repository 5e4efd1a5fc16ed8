import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildProfilePackage, packageParts, profileElements } from '../../src/lab/profile/build.ts';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex, utf8Text } from '../../src/lpa/bytes.ts';
import { DecodeError, UsageError } from '../../src/lpa/errors.ts';
import { fieldOffsets, nameOf, only, readProfilePackage } from '../../src/lpa/saip/package.ts';
import { EUICCResponse, firstFailure, installed, statusWordOf } from '../../src/lpa/saip/response.ts';

const hex = (...lines: string[]): Uint8Array => fromHex(lines.join('').replace(/\s/g, ''));

// Elements as the public test profile of TS.48 has them.
const TS48 = {
  pukCodes: hex('A328 A0058000810105 A11F 300D 800101 8108 3131313131313131 300E 80020081 8108 3232323232323232'),
  akaParameter: hex(
    'A435 A005800081010B A12C A12A 800103 810102 8210 000102030405060708090A0B0C0D0E0F 8310 00000000000000000000000000000000',
  ),
  rfm: hex(
    'A738 A005800081011C 4F09A00000055910100002 A0050403B00140 810102 040100 040100',
    '3014 800CA0000000871002FF49FF0589 810100 820100',
  ),
  end: hex('AA07 A005800081011F'),
};

test('a run of elements is read with name, identification, offset and value', () => {
  const { elements } = readProfilePackage(concat(TS48.pukCodes, TS48.akaParameter, TS48.rfm, TS48.end));
  assert.deepEqual(
    elements.map(({ name, identification, mandated, offset, fault }) => ({ name, identification, mandated, offset, fault })),
    [
      { name: 'pukCodes', identification: 5, mandated: true, offset: 0, fault: undefined },
      { name: 'akaParameter', identification: 11, mandated: true, offset: 42, fault: undefined },
      { name: 'rfm', identification: 28, mandated: true, offset: 97, fault: undefined },
      { name: 'end', identification: 31, mandated: true, offset: 155, fault: undefined },
    ],
  );
  const [rfm] = only({ elements }, 'rfm');
  assert.deepEqual(rfm?.value, {
    'rfm-header': { mandated: true, identification: 28 },
    instanceAID: 'A00000055910100002',
    tarList: ['B00140'],
    minimumSecurityLevel: Uint8Array.of(2),
    uiccAccessDomain: Uint8Array.of(0),
    uiccAdminAccessDomain: Uint8Array.of(0),
    adfRFMAccess: {
      adfAID: 'A0000000871002FF49FF0589',
      adfAccessDomain: Uint8Array.of(0),
      adfAdminAccessDomain: Uint8Array.of(0),
    },
  });
  const [aka] = only({ elements }, 'akaParameter');
  assert.ok(aka?.value && 'algoParameter' in aka.value.algoConfiguration);
  assert.equal(aka.value.algoConfiguration.algoParameter.algorithmID, 'usim-test-algorithm');
  assert.equal(toHex(aka.value.sqnDelta), '000010000000');
});

test('the offset of a field is counted from the first octet of its element', () => {
  const { elements } = readProfilePackage(concat(TS48.akaParameter, TS48.rfm));
  assert.equal(fieldOffsets(elements[0]!)('algoConfiguration/algoParameter/key'), 19);
  assert.equal(fieldOffsets(elements[1]!)('tarList/0'), 22);
  assert.equal(fieldOffsets(elements[1]!)('uiccAdminAccessDomain'), 33);
  assert.equal(fieldOffsets(elements[1]!)('nothing/of/that/name'), 0);
});

test('files of commands get their paths and their content', () => {
  const commands = hex(
    '8000 6212 82027821 83027F66 8B032F0601 C603010A0B',
    '6217 82024121 83024F40 8B036F0602 800108 8800 A503C00140 8103AABBCC 020102 8101DD',
    '80027F66 6212 82027821 83025F40 8B032F0601 C603010A0B',
  );
  const lists = encodeTlv(0xa1, encodeTlv(0x30, commands));
  const { elements } = readProfilePackage(encodeTlv(0xa1, concat(hex('A0058000810117'), lists)));
  assert.equal(elements[0]?.fault, undefined);
  assert.deepEqual(
    elements[0]?.files.map(({ path, kind, field, content }) => [
      path,
      kind,
      field,
      ...content.map(({ at, bytes }) => `${at} ${toHex(bytes)}`),
    ]),
    [
      ['3F00/7F66', 'df', 'fileManagementCMD/0/1'],
      ['3F00/7F66/4F40', 'transparent', 'fileManagementCMD/0/2', '0 AABBCC', '5 DD'],
      ['3F00/7F66/5F40', 'df', 'fileManagementCMD/0/7'],
    ],
  );
});

test('an element with a broken inside keeps its name and identification', () => {
  const { elements } = readProfilePackage(concat(hex('A70A A0058000810107 4F0102'), TS48.end));
  assert.equal(nameOf(elements[0]!), 'element 1, rfm (identification 7)');
  assert.equal(elements[0]?.value, undefined);
  assert.match(elements[0]?.fault?.message ?? '', /^rfm\/instanceAID: expected 5 to 16 octets, got 1$/);
});

test('an element of an unknown tag is kept and named by its tag', () => {
  const { elements } = readProfilePackage(hex('BF2A07 A0058000810109'));
  assert.deepEqual([elements[0]?.name, elements[0]?.identification, elements[0]?.mandated], ['unknown(BF2A)', 9, true]);
});

test('a run that is cut off is refused', () => {
  assert.throws(() => readProfilePackage(TS48.rfm.subarray(0, 30)), DecodeError);
});

test('EUICCResponse: success is nine octets, failures name element, status and offset', () => {
  assert.equal(toHex(EUICCResponse.encode(installed)), '3007A0053003800100');
  assert.equal(firstFailure(installed), undefined);
  const refused = EUICCResponse.decode(hex('3014 A010 3003800100 3009 800109 810104 830115 8100'));
  assert.deepEqual(firstFailure(refused), { status: 'template-not-supported', identification: 4, offset: 21 });
  assert.equal(refused.profileInstallationAborted, true);
  assert.equal(statusWordOf('unknown(27268)'), 0x6a84);
  assert.equal(statusWordOf('bad-values'), undefined);
});

test('the default package holds one ICCID, in the header and in EF.ICCID', () => {
  const upp = buildProfilePackage({ iccid: '8944123456789012345', imsi: '234151234567890' });
  assert.ok(upp.length >= 3000 && upp.length <= 8000, `${upp.length} octets`);
  const pkg = readProfilePackage(upp);
  assert.equal(pkg.iccid, '8944123456789012345');
  const content = (path: string): string =>
    pkg.elements
      .flatMap(({ files }) => files.filter((file) => file.path === path))
      .map((file) => toHex(file.content[0]!.bytes))[0]!;
  assert.equal(content('3F00/2FE2'), '984421436587092143F5');
  assert.equal(content('3F00/7FD0/6F07'), '082943512143658709');
  assert.equal(content('3F00/7FD0/6F78'), '0001');
});

test('whatever is built is read back without a fault, every element known', () => {
  for (const version of ['2.3', '3.1', '3.3'] as const) {
    const { elements } = readProfilePackage(buildProfilePackage({ version, parts: packageParts }));
    assert.deepEqual(
      elements.flatMap(({ fault }) => fault ?? []),
      [],
    );
    assert.deepEqual(
      elements.map((element) => [element.name, element.value && { [element.name]: element.value }]),
      profileElements({ version, parts: packageParts }).map((element) => [Object.keys(element)[0], element]),
    );
  }
});

test('a package is brought to the size that is wanted', () => {
  for (const padding of ['files', 'application', 'nonStandard'] as const) {
    for (const size of [3000, 20_000, 100_000, 500_000]) {
      const { length } = buildProfilePackage({ size, padding });
      assert.ok(length <= size && length > size - 5, `${padding} ${size}: ${length}`);
    }
  }
  assert.throws(() => buildProfilePackage({ size: 500 }), UsageError);
});

test('options that no valid package can have are refused', () => {
  assert.throws(() => buildProfilePackage({ iccid: '89A' }), UsageError);
  assert.throws(() => buildProfilePackage({ parts: ['rfm'] }), UsageError);
  assert.throws(() => buildProfilePackage({ version: '2.1', parts: ['df-5gs'] }), UsageError);
  assert.throws(() => buildProfilePackage({ testProfile: true, key: new Uint8Array(16) }), UsageError);
});

test('a package of 500 KB is read in well under 50 ms', () => {
  const upp = buildProfilePackage({ size: 500_000 });
  readProfilePackage(upp);
  const start = performance.now();
  readProfilePackage(upp);
  const took = performance.now() - start;
  assert.ok(took < 50, `${took.toFixed(1)} ms`);
});

const onlyDecodeErrors = (upp: Uint8Array): void => {
  try {
    readProfilePackage(upp);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
};

test('no octets make the reader throw anything but a DecodeError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), onlyDecodeErrors), { numRuns: 500 });
});

test('no mutation of a package makes the reader throw anything but a DecodeError', () => {
  const upp = buildProfilePackage({ version: '3.3', parts: packageParts });
  const edit = fc.record({ at: fc.nat(upp.length - 1), value: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'insert') });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
      let bytes = upp;
      for (const { at, value, kind } of edits) {
        const rest = bytes.subarray(kind === 'insert' ? at : at + 1);
        bytes = concat(bytes.subarray(0, at), kind === 'cut' ? new Uint8Array() : Uint8Array.of(value), rest);
      }
      onlyDecodeErrors(bytes);
    }),
    { numRuns: 300 },
  );
});

test('the provider name is in EF.SPN', () => {
  const { elements } = readProfilePackage(buildProfilePackage({ serviceProviderName: 'Example Mobile' }));
  const spn = elements.flatMap(({ files }) => files).find(({ path }) => path === '3F00/7FD0/6F46');
  assert.equal(utf8Text(spn!.content[0]!.bytes.subarray(1, 15)), 'Example Mobile');
});
