import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/lpa/bytes.ts';
import { CardError } from '../../src/lpa/errors.ts';
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
  assert.match(out, /^CIs +[0-9A-F]{40}$/m);
  const narrow = await lab.run(['info'], { columns: 80 });
  const lines = narrow.out.trimEnd().split('\n');
  assert.ok(lines.every((line) => line.length <= 80));
  assert.ok(lines.length <= 23, `${lines.length} lines and a prompt do not go on one screen`);
  assert.match(narrow.out, /^Free memory +1\.4 MiB {2}\[#{16}\] {2}room for about 30 profiles$/m);
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

/** Names that PC/SC drivers give, up to 80 characters. */
const OMNIKEY = 'HID Global OMNIKEY 3x21 Smart Card Reader [OMNIKEY 3x21 Smart Card Reader] 00 00';
const GENERIC = 'Generic USB2.0-CRW [Smart Card Reader Interface] (20070818000000000) 01 00';
const HOSTILE = 'Reader \x1b[2J of a name that is long enough to be shortened somewhere 02 00';

test('readers on a narrow terminal: kind and EID are whole, names lose their repetition and their middle, then the ATR goes', async () => {
  const atr = fromHex('3B9F96803FC7828031E073FE211B57AA8660F0020001FD');
  const readers = [OMNIKEY, GENERIC, HOSTILE].map((name) => ({ name, present: true, atr }));
  const doors = {
    openLink: async ({ reader = '' }: { readonly reader?: string | undefined }) =>
      scriptedLink({ BF3E: `BF3E125A10${EID}` }, reader),
  };
  const shown = async (columns: number | undefined, ...options: string[]) =>
    (await lpa(['readers', ...options], { readers, doors, ...(columns && { columns }) })).out;
  assert.equal(
    await shown(80),
    `\
   READER                       CARD            EID
1  HID Global OM… Reader 00 00  consumer eUICC  ${EID}
2  Generic USB2.…000000) 01 00  consumer eUICC  ${EID}
3  Reader \\x1B[2…mewhere 02 00  consumer eUICC  ${EID}
`,
  );
  const lines = (await shown(60)).trimEnd().split('\n');
  for (const line of lines.slice(1)) assert.match(line, new RegExp(`  consumer eUICC  ${EID}$`));
  const wide = await shown(80, '--wide');
  for (const whole of [OMNIKEY, GENERIC, '3B9F96803FC7828031E073FE211B57AA8660F0020001FD']) assert.ok(wide.includes(whole), wide);
  assert.ok((await shown(undefined)).includes(OMNIKEY));
  assert.match(
    await shown(200),
    new RegExp(`^1  HID Global OMNIKEY 3x21 Smart Card Reader 00 00 +consumer eUICC +${EID}  3B9F\\w+FD$`, 'm'),
  );
});

test('info on a terminal says what the free memory is good for', async () => {
  const free = (octets: number): string => {
    const value = octets.toString(16).padStart(8, '0').toUpperCase();
    return `BF22178203020202840C8101008204${value}830100A900AA00`;
  };
  const shown = async (octets: number): Promise<string | undefined> => {
    const card = {
      BF3E: `BF3E125A10${EID}`,
      BF20: 'BF20098203020202A900AA00',
      BF22: free(octets),
      BF3C: 'BF3C00',
      BF43: 'BF4302A000',
    };
    const { out } = await lpa(['info'], { card, columns: 80 });
    return /^Free memory +(.*)$/m.exec(out)?.[1];
  };
  assert.equal(await shown(30_000), '29 KiB  [................]  room for a small profile at most');
  assert.equal(await shown(60_000), '59 KiB  [#...............]  room for about 1 profile');
  assert.equal(await shown(400_000), '391 KiB  [########........]  room for about 8 profiles');
});

test('info shows CIs apart where the eUICC verifies under others than it signs under', async () => {
  const [a, b] = ['81370F5125D0B1D408D4C3B232E6D25E795BEBFB', 'F54172BDF98A95D65CBEB88A38A1C11D800A85C3'];
  const card = {
    BF3E: `BF3E125A10${EID}`,
    BF20: 'BF20098203020202A900AA00',
    BF22: `BF22498203020202A92C0414${a}0414${b}AA160414${a}`.replace('BF2249', 'BF224B'),
    BF3C: 'BF3C00',
    BF43: 'BF4302A000',
  };
  const { code, out, err } = await lpa(['info'], { card });
  assert.equal(code, 0, err);
  assert.match(
    out,
    new RegExp(
      `^Verifies under +${a} {2}GSM Association - RSP2 Root CI1\\n +${b} {2}SGP.26 Test CI \\(NIST P-256\\) {2}test CI$`,
      'm',
    ),
  );
  assert.match(out, new RegExp(`^Signs under +${a}`, 'm'));
});
