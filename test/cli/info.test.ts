import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/bytes.ts';
import { CardError } from '../../src/errors.ts';
import { lpa, scriptedLink } from './harness.ts';
import { EID, openLabWithDefaults } from './lab.ts';

test('info is one screen, with the maker, the memory, the CIs and the rules', async () => {
  await using lab = await openLabWithDefaults();
  const { code, out, err } = await lab.run(['info']);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, new RegExp(`^EID +${EID}$`, 'm'));
  assert.match(out, /^Maker +Giesecke\+Devrient/m);
  assert.match(out, /^SGP\.22 +2\.5\.0$/m);
  assert.match(out, /^Free memory +\d+(\.\d)? [KM]iB$/m);
  assert.match(out, /^Default SM-DP\+ +default\.example\\x1B\[2J$/m);
  assert.match(out, /^Believes servers of +[0-9A-F]{40}$/m);
  const narrow = await lab.run(['info'], { columns: 80 });
  assert.ok(narrow.out.split('\n').every((line) => line.length <= 80));
});

test('info --json has the specification names; info eid is the EID alone', async () => {
  await using lab = await openLabWithDefaults();
  const { out } = await lab.run(['info', '--json']);
  const { eid, euiccInfo1, euiccInfo2, euiccConfiguredAddresses, rulesAuthorisationTable } = JSON.parse(out);
  assert.deepEqual(
    [eid, euiccInfo1.svn, euiccInfo2.svn, euiccConfiguredAddresses.defaultDpAddress, Array.isArray(rulesAuthorisationTable)],
    [EID, '2.5.0', '2.5.0', 'default.example\x1b[2J', true],
  );
  assert.equal((await lab.run(['info', 'eid'])).out, `${EID}\n`);
});

test('info says when the check digits of an EID do not hold', async () => {
  const card = {
    BF3E: 'BF3E125A1089049032123451234512345678901236',
    BF20: 'BF20098203020202A900AA00',
    BF22: 'BF22098203020202A900AA00',
    BF3C: 'BF3C00',
    BF43: 'BF4302A000',
  };
  const { out } = await lpa(['info'], { card });
  assert.match(out, /89049032123451234512345678901236 {2}check digits do not hold/);
  assert.match(out, /Default SM-DP\+ +\(none\)/);
});

test('smdp shows, sets and clears the default SM-DP+, and says what the card then has', async () => {
  await using lab = await openLabWithDefaults();
  assert.equal((await lab.run(['smdp', 'SMDP.Example.com:8443'])).out.split('\n')[0], 'Default SM-DP+  smdp.example.com:8443');
  assert.deepEqual(JSON.parse((await lab.run(['smdp', '--json'])).out).defaultDpAddress, 'smdp.example.com:8443');
  assert.equal(JSON.parse((await lab.run(['smdp', '--clear', '--json'])).out).defaultDpAddress, undefined);
  const wrong = await lab.run(['smdp', 'https://smdp.example.com']);
  assert.deepEqual(
    [wrong.code, wrong.err.split('\n')[0]],
    [2, 'lpa: SM-DP+ address: the address is a host name, without a scheme (column 1)'],
  );
});

test('readers tells what each holds, and a card that cannot be asked does not hide the others', async () => {
  const euicc = () => scriptedLink({ BF3E: `BF3E125A10${EID}` }, 'Omnikey 00 00');
  const links: Readonly<Record<string, () => ReturnType<typeof euicc>>> = {
    'Omnikey 00 00': euicc,
    'Held 02 00': () => {
      throw new CardError('Held 02 00: another program holds the card', { problem: 'busy' });
    },
    'Plain 03 00': () => {
      throw new CardError('Plain 03 00: the card has no ISD-R', { problem: 'noEuicc' });
    },
  };
  const atr = fromHex('3B9F96803FC7828031E073FE211B57AA8660F0020001FD');
  const readers = [
    { name: 'Omnikey 00 00', present: true, atr },
    { name: 'Empty 01 00', present: false },
    { name: 'Held 02 00', present: true, atr },
    { name: 'Plain 03 00', present: true },
  ];
  const doors = { openLink: async ({ reader = '' }: { readonly reader?: string | undefined }) => links[reader]?.() ?? euicc() };
  const { code, out } = await lpa(['readers'], { readers, doors });
  assert.equal(code, 0);
  assert.equal(
    out,
    `\
   READER         CARD                     EID                               ATR
1  Omnikey 00 00  consumer eUICC           ${EID}  3B9F96803FC7828031E073FE211B57AA8660F0020001FD
2  Empty 01 00    no card
3  Held 02 00     held by another program                                    3B9F96803FC7828031E073FE211B57AA8660F0020001FD
4  Plain 03 00    plain UICC
`,
  );
  const json = JSON.parse((await lpa(['readers', '--json'], { readers, doors })).out);
  assert.deepEqual(
    json.map(({ kind }: { kind: string }) => kind),
    ['consumer', 'none', 'none', 'uicc'],
  );
});
