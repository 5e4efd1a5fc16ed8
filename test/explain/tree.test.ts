/** Octets as a tree: real ones as they read, every data object by its name, and nothing that octets could do to it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { treeText } from '../../src/cli/output/tree.ts';
import { everyNode, type Node } from '../../src/inspect/node.ts';
import { octetsTree } from '../../src/inspect/octets.ts';
import { textTree } from '../../src/inspect/text.ts';
import { buildProfilePackage, encodePackage, profileElements } from '../../src/lab/profile/build.ts';
import { fromHex } from '../../src/lpa/bytes.ts';
import type { ElementChoice } from '../../src/lpa/saip/elements.ts';
import { fcp } from '../../src/lpa/saip/file.ts';
import { plainPaint } from '../../src/terminal/style.ts';
import { mulberry32, mutate } from './mutate.ts';
import {
  FAILED_INSTALLATION,
  octets,
  PROFILE_LIST,
  REAL_EUICC_INFO2,
  REAL_FCI,
  samplesOfEveryObject,
  vector,
} from './samples.ts';

const now = new Date('2026-01-01');
const text = async (bytes: Uint8Array, as?: string): Promise<string> =>
  treeText(await octetsTree(bytes, { now, ...(as && { as }) }), { paint: plainPaint });

const lines = (expected: string): string => expected.replace(/^\n|\n *$/g, '');

test('the EUICCInfo2 of a real card reads as what it says', async () => {
  assert.equal(
    await text(REAL_EUICC_INFO2),
    lines(`
  0  BF22    EUICCInfo2
  3  81        profileVersion: 2.3.1  020301
  8  82        svn: 2.2.2  020202
 13  83        euiccFirmwareVer: 4.2.0  040200
 18  84        extCardResource
 20  81          installedApplications: 0  00
 23  82          freeNonVolatileMemory: 162256  000279D0
 29  83          freeVolatileMemory: 2953  0B89
 33  85        uiccCapability: usimSupport, isimSupport, csimSupport, akaMilenage, akaCave, akaTuak128, akaTuak256, \
gbaAuthenUsim, gbaAuthenISim, mbmsAuthenUsim, eapClient, javacard, berTlvFileSupport, dfLinkSupport, catTp, getIdentity, \
profile-a-x25519, profile-b-p256  077F3E1F80
 40  86        ts102241Version: 9.2.0  090200
 45  87        globalplatformVersion: 2.3.0  020300
 50  88        rspCapability: additionalProfile, testProfileSupport  0490
 54  A9        euiccCiPKIdListForVerification
 56  04          [0]: 81370F5125D0B1D408D4C3B232E6D25E795BEBFB (GSM Association - RSP2 Root CI1)
 78  AA        euiccCiPKIdListForSigning
 80  04          [0]: 81370F5125D0B1D408D4C3B232E6D25E795BEBFB (GSM Association - RSP2 Root CI1)
102  8B        euiccCategory: other (0)  00
105  99        forbiddenProfilePolicyRules: ppr1 (may not be disabled)  0640
109  04        ppVersion: 1.0.0  010000
114  0C        sasAcreditationNumber: "ED-ZI-UP-0826"  45442D5A492D55502D30383236
`),
  );
});

test('a list of profiles reads as what it says, and keeps the tag that no table has', async () => {
  assert.equal(
    await text(PROFILE_LIST),
    lines(`
  0  BF2D    ProfileInfoListResponse
  3  A0        profileInfoListOk
  5  E3          ProfileInfo
  7  5A            iccid: 89019990000123456789 (the check digit does not hold)  98109909001032547698
 19  4F            isdpAid: A0000005591010FFFFFFFF8900001100 (an ISD-P)
 37  9F70          profileState: enabled (1)  01
 41  90            profileNickname: "Büro"  42C3BC726F
 48  91            serviceProviderName: "Example"  4578616D706C65
 57  92            profileName: "Acme"  41636D65
 63  93            iconType: png (1)  01
 66  95            profileClass: operational (2)  02
 69  B7            profileOwner
 71  80              mccMnc: 262-01  62F210
 76  99            profilePolicyRules: ppr1 (may not be disabled), ppr2 (may not be deleted)  0560
 80  9F24          enabledOnEsimPort: 1  01
 84  9F7B          unknown(9F7B)  FF
 88  E3          ProfileInfo
 90  5A            iccid: 8900000000000000002 (the check digit does not hold)  980000000000000000F2
102  9F70          profileState: disabled (0)  00
`),
  );
});

test('the answer to SELECT says what eUICC it is', async () => {
  assert.equal(
    await text(REAL_FCI),
    lines(`
 0  6F      FCI
 2  84        dfName: A0000005591010FFFFFFFF8900000100 (the ISD-R)
20  A5        proprietaryData
22  9F65        maximumCommandData: 255  FF
26  E0        ISDRProprietaryApplicationTemplate
28  82          svn: 2.2.2  020202
`),
  );
});

test('damaged octets are shown as far as they go, with the error where it is', async () => {
  assert.equal(
    await text(PROFILE_LIST.subarray(0, 45)),
    lines(`
 0  BF2D    ProfileInfoListResponse
              error: 103 octets announced, 42 are there
 3  A0        profileInfoListOk
                error: 101 octets announced, 40 are there
 5  E3          ProfileInfo
                  error: 81 octets announced, 38 are there
 7  5A            iccid: 89019990000123456789 (the check digit does not hold)  98109909001032547698
19  4F            isdpAid: A0000005591010FFFFFFFF8900001100 (an ISD-P)
37  9F70          profileState: enabled (1)  01
41  90            profileNickname: "B\uFFFD"  42C3
                    error: 5 octets announced, 2 are there
                    error: not UTF-8
`),
  );
});

test('every data object that a table describes is known for what it is, by its octets alone', async () => {
  for (const { name, bytes } of samplesOfEveryObject()) {
    const tree = await octetsTree(bytes, { now });
    assert.equal(tree.name, name.replace(/ \(\d+\)$/, ''));
    const wrong = [...everyNode(tree)].filter(({ errors, name: each }) => errors || each.startsWith('unknown('));
    assert.deepEqual(wrong, [], name);
  }
});

test('an answer with its status word is taken as it was copied', async () => {
  const tree = await octetsTree(octets('BF3103800100 9000'));
  assert.deepEqual(
    tree.children?.map(({ name, words }) => [name, words]),
    [
      ['EnableProfileResponse', undefined],
      ['status word', 'success'],
    ],
  );
});

test('octets that say two things say so, and --as decides', async () => {
  const answer = await octetsTree(octets('BF3003800101'));
  assert.equal(answer.name, 'NotificationSentResponse');
  assert.deepEqual(answer.notes, ['as well readable as NotificationSentRequest: --as says which']);
  const request = await octetsTree(octets('BF3003800101'), { as: 'notificationSentRequest' });
  assert.deepEqual([request.name, request.children?.[0]?.words], ['NotificationSentRequest', '1']);
  assert.equal((await octetsTree(octets('BF3003800101'), { direction: 'request' })).name, 'NotificationSentRequest');
});

test('a list of tags is read tag by tag', async () => {
  const tree = await octetsTree(octets('BF2D0B 5C09 5A4F9F7090BF769924'));
  assert.equal(
    tree.children?.[0]?.words,
    '5A iccid, 4F isdpAid, 9F70 profileState, 90 profileNickname, BF76, 99 profilePolicyRules, 24',
  );
});

test('a matching ID is shown, and the tree says that it holds a code', async () => {
  const sample = samplesOfEveryObject().find(({ name }) => name === 'AuthenticateServerRequest');
  assert.ok(sample);
  const tree = await octetsTree(sample.bytes, { now });
  const secret = [...everyNode(tree)].filter((node) => node.secret);
  assert.deepEqual(
    secret.map(({ name, words }) => [name, words]),
    [['matchingId', '"smdp.example"']],
  );
  assert.ok(tree.notes?.includes('what is shown here holds a code: whoever has it may have the profile'));
});

test('a certificate inside is one line, by itself it is fact by fact', async () => {
  const inside = samplesOfEveryObject().find(({ name }) => name === 'OtherSignedNotification');
  assert.ok(inside);
  const nodes = [...everyNode(await octetsTree(inside.bytes, { now }))];
  assert.equal(
    nodes.find(({ name }) => name === 'euiccCertificate')?.words,
    'euicc "Test eUICC", RSP Test EUM, serial number 89049032123451234512345678901235, ES, issued by "EUM Test", RSP Test EUM, ES, ' +
      'valid 2020-04-01 to 7496-01-24',
  );
  const ci = await octetsTree(vector('CertificateIssuer/CERT_CI_ECDSA_NIST.der'), { now });
  const facts = Object.fromEntries((ci.children ?? []).map(({ name, words }) => [name, words]));
  assert.equal(ci.name, 'Certificate');
  assert.equal(facts['role'], 'ci');
  assert.equal(facts['subjectKeyIdentifier'], 'F54172BDF98A95D65CBEB88A38A1C11D800A85C3 (SGP.26 Test CI (NIST P-256))');
  assert.deepEqual(ci.notes, ['under a test CI']);
});

test('a failed installation names command, reason and element', async () => {
  const nodes = [...everyNode(await octetsTree(FAILED_INSTALLATION, { now }))];
  const worded = (name: string): string | undefined => nodes.find((node) => node.name === name)?.words;
  assert.equal(worded('bppCommandId'), 'loadProfileElements (5)');
  assert.equal(worded('errorReason'), 'installFailedDueToPEProcessingError (12)');
  assert.equal(worded('status'), 'feature-not-supported (10)');
  assert.equal(worded('identification'), '7');
});

test('a bound package is cut as it would be sent, and its metadata is put together', async () => {
  const sample = samplesOfEveryObject().find(({ name }) => name === 'BoundProfilePackage');
  assert.ok(sample);
  const tree = await octetsTree(sample.bytes, { now });
  assert.deepEqual(tree.notes, [
    '10 segments, 336 octets in all, 44 the largest',
    'segments of 39, 44, 42, 2, 37, 44, 42, 2, 2 x 42 octets',
  ]);
  const metadata = tree.children?.at(-1);
  assert.equal(metadata?.name, 'StoreMetadataRequest');
  assert.equal(metadata?.children?.find(({ name }) => name === 'profileName')?.words, '"Work"');
  assert.equal(metadata?.offset, undefined);
});

test('a profile package is its elements, and the files that they make', async () => {
  const bytes = buildProfilePackage({ iccid: '89000000000000000099', imsi: '001010123456789', serviceProviderName: 'Lab' });
  const tree = await octetsTree(bytes, { now });
  assert.equal(tree.name, 'ProfilePackage');
  assert.deepEqual(tree.notes, ['holds keys and codes of the profile: whoever has them can copy it']);
  assert.deepEqual(
    [...everyNode(tree)].filter(({ errors }) => errors),
    [],
  );
  const element = (name: string): Node | undefined => tree.children?.find((child) => child.name === name);
  assert.equal(element('header')?.children?.find(({ name }) => name === 'profileType')?.words, '"Lab profile"');
  assert.equal(element('usim')?.words, 'element 6, identification 6, mandated');
  const file = (name: string): string | undefined =>
    [...everyNode(tree)].find((node) => node.name === name && node.words?.startsWith('3F00'))?.words;
  assert.equal(file('ef-iccid'), '3F00/2FE2, transparent, 10 octets, ICCID 89000000000000000099');
  assert.equal(file('ef-imsi'), '3F00/7FD0/6F07, transparent, 9 octets, IMSI 001010123456789');
  assert.equal(file('ef-spn'), '3F00/7FD0/6F46, transparent, 17 octets, "Lab"');
  assert.equal(tree.children?.at(-1)?.name, 'end');
});

test('EF.SPN and EF.PNN are read in the default alphabet and in UCS2', async () => {
  const wordsOf = async (serviceProviderName: string): Promise<(string | undefined)[]> => {
    const tree = await octetsTree(buildProfilePackage({ serviceProviderName, parts: ['opt-usim'] }), { now });
    return ['ef-spn', 'ef-pnn'].map((name) => [...everyNode(tree)].find((node) => node.name === name)?.words);
  };
  assert.deepEqual(await wordsOf('Müller@Home'), [
    '3F00/7FD0/6F46, transparent, 17 octets, "Müller@Home"',
    '3F00/7FD0/6FC5, linearFixed, 13 octets, "Müller@Home"',
  ]);
  assert.deepEqual(await wordsOf('楽天モバイル'), [
    '3F00/7FD0/6F46, transparent, 17 octets, "楽天モバイル"',
    '3F00/7FD0/6FC5, linearFixed, 15 octets, "楽天モバイル"',
  ]);
});

test('findings of the checker are at their elements and at the package, with clause, status and offset', async () => {
  const run = profileElements({ version: '2.3', parts: ['df-5gs', 'securityDomain'] });
  const withoutEnd = await octetsTree(encodePackage(run.slice(0, -1)), { now });
  const last = withoutEnd.children?.at(-1);
  assert.equal(withoutEnd.words, `${run.length - 1} elements, 1 error, 2 warnings`);
  assert.deepEqual(last?.errors, ['clause 8.10: the last element is not the end (invalid-parameter, offset 0)']);
  assert.deepEqual(withoutEnd.children?.find(({ name }) => name === 'df-5gs')?.warnings, [
    'clause 9.1: 3F00/7FD0/5FC0/4F05: no content, the file is filled with FF',
    'clause 9.1: 3F00/7FD0/5FC0/4F09: no content, the file is filled with FF',
  ]);
  assert.deepEqual(withoutEnd.findings?.at(-1), {
    severity: 'error',
    clause: '8.10',
    rule: 'a profile has one end, which is the last element',
    text: 'the last element is not the end',
    status: 'invalid-parameter',
    offset: 0,
    element: { number: run.length - 1, name: 'securityDomain', identification: run.length - 1 },
  });
});

test('files that file management makes have their names: of a template, of EF.PBR, of a directory without a template', async () => {
  const create = (fileID: string, fileDescriptor: string) => ({
    createFCP: fcp({ fileID, fileDescriptor: fromHex(fileDescriptor), securityAttributesReferenced: '2F0602' }),
  });
  const commands = [
    { filePath: '7F10' },
    create('6F44', '4621001A'),
    { filePath: '7FD05F3A' },
    create('4F99', '4221000E'),
    { filePath: '7FD0' },
    create('5F50', '7821'),
    create('4F83', '42210064'),
    { filePath: '7FD05FC0' },
    create('4F0B', '7921'),
    { filePath: '' },
    create('2FFB', '4121'),
  ];
  const run = profileElements({ parts: ['telecom', 'phonebook', 'df-5gs'] }).map((element): ElementChoice => {
    if (!('phonebook' in element)) return element;
    const pbr = [
      { fileDescriptor: fcp({ fileDescriptor: fromHex('42210010'), efFileSize: fromHex('10') }) },
      { fillFileContent: fromHex('A80AC0034F5801C1034F9902FFFFFFFF') },
    ];
    return { phonebook: { ...element.phonebook, 'ef-pbr': pbr } };
  });
  const gfm = { genericFileManagement: { 'gfm-header': { identification: 99 }, fileManagementCMD: [commands] } };
  const tree = await octetsTree(encodePackage([...run.slice(0, -1), gfm, ...run.slice(-1)]), { now });
  const element = tree.children?.find(({ name }) => name === 'genericFileManagement');
  assert.deepEqual(
    element?.children?.map(({ name, words }) => [name, words?.split(',')[0]]),
    [
      ['ef-lnd', '3F00/7F10/6F44'],
      ['ef-iap', '3F00/7FD0/5F3A/4F99'],
      ['df-hnb', '3F00/7FD0/5F50'],
      ['ef-hnbn', '3F00/7FD0/5F50/4F83'],
      ['ef-ursp', '3F00/7FD0/5FC0/4F0B'],
      ['fileManagementCMD/0/10', '3F00/2FFB'],
    ],
  );
});

test('keys of a security domain say their type and usage, personalisation data its group and objects', async () => {
  const tree = await octetsTree(buildProfilePackage({ parts: ['securityDomain'] }), { now });
  const domain = tree.children?.find(({ name }) => name === 'securityDomain');
  const all = (name: string): (string | undefined)[] =>
    [...everyNode(domain!)].filter((node) => node.name === name).map(({ words }) => words);
  assert.deepEqual(all('keyUsageQualifier'), [
    'C-ENC: secure messaging in commands, confidentiality',
    'C-MAC: secure messaging in commands, cryptographic checksum',
    'C-DEK: computation or decryption, confidentiality',
  ]);
  assert.deepEqual(all('keyType'), ['AES', 'AES', 'AES']);
  const [data] = [...everyNode(domain!)].find(({ name }) => name === 'sdPersoData')?.children ?? [];
  assert.equal(data?.words, 'data group 0070, 50 octets: card recognition data (66)');
});

test('a damaged profile package is shown element by element, with the error where it is', async () => {
  const bytes = buildProfilePackage({});
  const tree = await octetsTree(bytes.subarray(0, 900), { now });
  assert.equal(tree.name, 'ProfilePackage');
  assert.deepEqual(
    [...everyNode(tree)].filter(({ errors }) => errors).map(({ name }) => name),
    ['pinCodes', 'pinCodes', 'pinconfig', '[0]', 'pinValue'],
  );
});

const MUTATIONS = 1000;

test(`${MUTATIONS} mutations of every sample give a tree each, and every octet is in it`, async () => {
  const random = mulberry32(0x5347_5022);
  const samples = [
    ...samplesOfEveryObject(),
    { name: 'ProfilePackage', bytes: buildProfilePackage({ parts: [] }) },
    ...Object.entries({ REAL_EUICC_INFO2, REAL_FCI, PROFILE_LIST, FAILED_INSTALLATION }).map(([name, bytes]) => ({
      name,
      bytes,
    })),
  ];
  for (const { name, bytes } of samples) {
    for (let i = 0; i < MUTATIONS; i++) {
      const mutated = mutate(bytes, random);
      const started = performance.now();
      const tree = await octetsTree(mutated, { now });
      assert.ok(performance.now() - started < 2000, `${name}: slow`);
      assert.equal(coverage(tree), mutated.length, `${name}: ${Buffer.from(mutated).toString('hex')}`);
    }
  }
});

test('every sample that stands in a test, and mutations of them, give a tree', async () => {
  const root = join(import.meta.dirname, '../../../test');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const vectors = files.filter((name) => name.endsWith('.der')).map((name) => new Uint8Array(readFileSync(join(root, name))));
  const literals = files
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(/['"`> ]((?:[0-9A-F]{2} ?){4,})/g)])
    .map(([, digits = '']) => octets(digits));
  assert.ok(vectors.length > 10 && literals.length > 300, `${vectors.length}, ${literals.length}`);
  const samples = [...vectors, ...literals];
  for (const bytes of samples) assert.equal(coverage(await octetsTree(bytes, { now })), bytes.length);
  const random = mulberry32(0x7e57);
  for (let i = 0; i < 10 * MUTATIONS; i++) {
    const mutated = mutate(samples[Math.floor(random() * samples.length)]!, random);
    assert.equal(coverage(await octetsTree(mutated, { now })), mutated.length);
  }
});

test('octets that nest or repeat without end give a tree in bounded time', async () => {
  const nested = new Uint8Array(200_000).fill(0x30);
  const zeros = new Uint8Array(400_000);
  const lists = Uint8Array.from({ length: 300_000 }, (_, i) => (i % 2 ? 0x80 : 0xa0));
  for (const bytes of [nested, zeros, lists, octets(`BF2D83061A80${'E300'.repeat(200_000)}`)]) {
    const started = performance.now();
    const tree = await octetsTree(bytes, { now });
    assert.equal(coverage(tree), bytes.length);
    assert.ok(performance.now() - started < 5000);
  }
});

/** Octets that the top-level nodes show. */
const coverage = ({ name, length = 0, children = [] }: Node): number =>
  name === 'octets' && children.length > 0 ? children.reduce((sum, child) => sum + (child.length ?? 0), 0) : length;

test('large pastes are explained as far as they go, in bounded time', async () => {
  const options = { platform: 'linux' } as const;
  // 8 MiB in hexadecimal: a pattern with a group that repeats ran out of stack, and said that it was nothing.
  const many = await textTree('3000'.repeat(4_000_000), options);
  assert.equal(many?.children?.length, 1001);
  // Twice the spaces took four times as long: a minute for 200,000.
  assert.equal(await textTree(`> ${' '.repeat(500_000)}x`, options), undefined);
  // A body with more data objects than anybody reads took four gigabytes.
  const body = await textTree(JSON.stringify(Array(60_000).fill('vy0AAAAA')), options);
  assert.match(body?.errors?.[0] ?? '', /^\d+ more members are too many to show$/);
  assert.ok((body?.children?.length ?? 0) > 1000);
  assert.ok(treeText(body!, { paint: plainPaint }).length > 0);
});
