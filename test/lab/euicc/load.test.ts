import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signatureIn } from '../../../src/lab/euicc/es10/signature.ts';
import { preloadProfile } from '../../../src/lab/euicc/state.ts';
import { buildProfilePackage, encodePackage, profileElements } from '../../../src/lab/profile/build.ts';
import { encodeTlv, parseTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { listNotification, retrieveNotificationsList } from '../../../src/lpa/es10/es10b.ts';
import { getProfilesInfo } from '../../../src/lpa/es10/es10c.ts';
import { readCertificate } from '../../../src/lpa/pki/certificate.ts';
import { verify } from '../../../src/lpa/pki/ecdsa.ts';
import { EUICCResponse } from '../../../src/lpa/saip/response.ts';
import { readBoundProfilePackage, segmentsOf } from '../../../src/lpa/sgp22/bpp.ts';
import type { ErrorReason } from '../../../src/lpa/sgp22/notification.ts';
import { GetRatResponse } from '../../../src/lpa/sgp22/policy.ts';
import { StoreMetadataRequest } from '../../../src/lpa/sgp22/profile.ts';
import { bench, freeIn, openIsdr, world } from './harness.ts';
import {
  bindPackage,
  boundPackage,
  ICCID,
  install,
  installInSegments,
  METADATA,
  type PackageChanges,
  readResult,
} from './package.ts';
import { authenticate, cancel, challengeOf, prepare, serverIn, sharedServer } from './server.ts';

test('a package is installed, and the result is signed, stored and listed', async () => {
  const server = await sharedServer();
  const { card, state } = await bench();
  await using isdr = await openIsdr(card);
  const before = freeIn(state);
  const { data, dataBytes, signature, bytes } = await install(isdr, server);
  const { publicKey } = await readCertificate(server.world.euicc.certificate);
  assert.ok(publicKey && verify('P-256', publicKey, dataBytes, signatureIn(signature)));
  assert.deepEqual(data.notificationMetadata, {
    seqNumber: 1,
    profileManagementOperation: ['notificationInstall'],
    notificationAddress: 'smdp.example.com',
    iccid: ICCID,
  });
  assert.equal(data.smdpOid, '2.999.10');
  assert.deepEqual(data.finalResult, {
    successResult: { aid: 'A0000005591010FFFFFFFF8900001000', simaResponse: fromHex('3007A0053003800100') },
  });
  const [profile] = await getProfilesInfo(isdr);
  assert.deepEqual(
    [profile?.iccid, profile?.profileState, profile?.profileName, profile?.isdpAid],
    [ICCID, 'disabled', 'Alpha', 'A0000005591010FFFFFFFF8900001000'],
  );
  assert.ok(before - freeIn(state) > 3000);
  const [pending] = await retrieveNotificationsList(isdr, { searchCriteria: { seqNumber: 1 } });
  assert.ok(pending && 'profileInstallationResult' in pending);
  assert.deepEqual(pending.profileInstallationResult.bytes, bytes);
});

/** What a package may look like and still has to be taken. */
const variants: readonly [string, PackageChanges][] = [
  ['without ReplaceSessionKeys, under the session keys', { replaceKeys: false }],
  ['with segments of 1036 octets', { segmentOctets: 1036 }],
  ['with segments of 300 octets', { segmentOctets: 300 }],
  ['with its metadata over several 88', { metadataPiece: 40 }],
  ['with a hostId of one octet', { hostId: Uint8Array.of(1) }],
  ['with the OID of the SM-DP+ in ConfigureISDP', { configureIsdp: fromHex('BF2407B805800388370A') }],
  ['of 100 KB', { upp: buildProfilePackage({ size: 100_000 }) }],
  [
    'with metadata that carry members of later versions',
    {
      metadataOctets: encodeTlv(0xbf25, concat(parseTlv(StoreMetadataRequest.encode(METADATA)).content, fromHex('BA03800101'))),
    },
  ],
];
for (const [what, changes] of variants) {
  test(`a package ${what} is installed`, async () => {
    const { card } = await bench();
    await using isdr = await openIsdr(card);
    const { data } = await install(isdr, await sharedServer(), changes);
    assert.ok('successResult' in data.finalResult, JSON.stringify(data.finalResult));
  });
}

test('a package on brainpoolP256r1 is installed', async () => {
  const here = await world('brainpoolP256r1');
  const { card } = await bench({ worlds: [here] });
  await using isdr = await openIsdr(card);
  const { data } = await install(isdr, await serverIn(here));
  assert.ok('successResult' in data.finalResult);
});

test('a package may be cut anywhere: header by header, in one run, octet by octet', async () => {
  const cuts: readonly [string, (bpp: Uint8Array) => Iterable<Uint8Array>][] = [
    ['everything at once', (bpp) => [bpp]],
    [
      'blocks of 700 octets',
      function* (bpp) {
        for (let at = 0; at < bpp.length; at += 700) yield bpp.subarray(at, at + 700);
      },
    ],
    [
      'single octets',
      function* (bpp) {
        for (let at = 0; at < bpp.length; at++) yield bpp.subarray(at, at + 1);
      },
    ],
  ];
  for (const [what, cut] of cuts) {
    const { card } = await bench();
    await using isdr = await openIsdr(card);
    const { bpp } = await boundPackage(isdr, await sharedServer());
    const { data } = await installInSegments(isdr, cut(bpp));
    assert.ok('successResult' in data.finalResult, what);
  }
});

test('strict manners: a segment that ends within a data object is a structure error', async () => {
  const { card } = await bench({ manners: ['strict-segments'] });
  await using isdr = await openIsdr(card);
  const { bpp } = await boundPackage(isdr, await sharedServer());
  const { data } = await installInSegments(isdr, [bpp.subarray(0, 50), bpp.subarray(50)]);
  assert.deepEqual(data.finalResult, {
    errorResult: { bppCommandId: 'initialiseSecureChannel', errorReason: 'scp03tStructureError' },
  });
  const { data: again } = await install(isdr, await sharedServer());
  assert.ok('successResult' in again.finalResult);
});

const flipped = (octets: Uint8Array, at: number): Uint8Array =>
  octets.map((octet, i) => (i === (at + octets.length) % octets.length ? octet ^ 1 : octet));
const otherWith = (change: Partial<Parameters<typeof StoreMetadataRequest.encode>[0]>): PackageChanges => ({ metadata: change });

/** One thing wrong in each: command, reason, and the log in words. */
const failures: readonly [string, PackageChanges, string, ErrorReason, RegExp][] = [
  [
    'another remote operation',
    { remoteOpId: '820102' },
    'initialiseSecureChannel',
    'unsupportedRemoteOperationType',
    /remoteOpId is unknown\(2\)/,
  ],
  ['another transaction', { transactionId: 'AA' }, 'initialiseSecureChannel', 'invalidTransactionId', /transactionId is AA/],
  [
    'another key type',
    { controlRefTemplate: 'A609800189810110840101' },
    'initialiseSecureChannel',
    'unsupportedCrtValues',
    /key type 88/,
  ],
  [
    'another key length',
    { controlRefTemplate: 'A609800188810120840101' },
    'initialiseSecureChannel',
    'unsupportedCrtValues',
    /key length 10/,
  ],
  ['a hostId of 17 octets', { hostId: new Uint8Array(17) }, 'initialiseSecureChannel', 'unsupportedCrtValues', /hostId/],
  [
    'a signature that is not its own',
    { smdpSign: new Uint8Array(64).fill(1) },
    'initialiseSecureChannel',
    'invalidSignature',
    /smdpSign/,
  ],
  [
    'a key off the curve',
    { smdpOtpk: Uint8Array.of(4, ...new Uint8Array(64).fill(1)) },
    'initialiseSecureChannel',
    'incorrectInputValues',
    /no point of the curve/,
  ],
  [
    'the OID of another SM-DP+',
    { configureIsdp: fromHex('BF2407B805800388370B') },
    'configureISDP',
    'incorrectInputValues',
    /dpOid is 2\.999\.11/,
  ],
  [
    'a ConfigureISDP that is none',
    { configureIsdp: fromHex('BF2501') },
    'configureISDP',
    'incorrectInputValues',
    /ConfigureISDPRequest/,
  ],
  [
    'keys made for another EID',
    { eid: '89049032000000000000000000000163' },
    'configureISDP',
    'scp03tSecurityError',
    /MAC does not verify/,
  ],
  [
    'an 87 with a broken MAC',
    { parts: ({ a0 }) => ({ a0: a0.map((each) => flipped(each, -1)) }) },
    'configureISDP',
    'scp03tSecurityError',
    /MAC/,
  ],
  [
    'an 87 too short',
    { parts: () => ({ a0: [fromHex('87050102030405')] }) },
    'configureISDP',
    'scp03tStructureError',
    /shorter than its MAC/,
  ],
  [
    'an 86 where an 87 belongs',
    { parts: ({ a3 }) => ({ a0: a3.slice(0, 1) }) },
    'configureISDP',
    'scp03tStructureError',
    /expected 87, got 86/,
  ],
  [
    'a provider name of 33 octets',
    otherWith({ serviceProviderName: 'x'.repeat(33) }),
    'storeMetadata',
    'incorrectInputValues',
    /serviceProviderName has 33/,
  ],
  [
    'a profile name of 65 octets',
    otherWith({ profileName: 'x'.repeat(65) }),
    'storeMetadata',
    'incorrectInputValues',
    /profileName has 65/,
  ],
  [
    'an icon of 1025 octets',
    otherWith({ iconType: 'png', icon: new Uint8Array(1025) }),
    'storeMetadata2',
    'incorrectInputValues',
    /icon has 1025/,
  ],
  ['an icon without a type', otherWith({ icon: new Uint8Array(5) }), 'storeMetadata', 'incorrectInputValues', /without its type/],
  ['no ICCID', { metadataOctets: fromHex('BF2506910141920142') }, 'storeMetadata', 'incorrectInputValues', /iccid/],
  ['a class nobody knows', otherWith({ profileClass: 'unknown(7)' }), 'storeMetadata', 'unsupportedProfileClass', /unknown\(7\)/],
  ['a rule without an owner', otherWith({ profilePolicyRules: ['ppr1'] }), 'storeMetadata', 'pprNotAllowed', /without an owner/],
  [
    'an 88 with a broken MAC',
    { parts: ({ a1 }) => ({ a1: a1.map((each) => flipped(each, 5)) }) },
    'storeMetadata',
    'scp03tSecurityError',
    /MAC/,
  ],
  [
    'a second 88 with a broken MAC',
    { metadataPiece: 40, parts: ({ a1 }) => ({ a1: a1.map((each, i) => (i === 1 ? flipped(each, -1) : each)) }) },
    'storeMetadata2',
    'scp03tSecurityError',
    /MAC/,
  ],
  [
    'keys of 15 octets',
    { replaceKeys: { macChainingValue: new Uint8Array(16), enc: new Uint8Array(16), mac: new Uint8Array(15) } },
    'replaceSessionKeys',
    'incorrectInputValues',
    /16 octets/,
  ],
  [
    'an 87 for the keys that is no whole block',
    { parts: () => ({ a2: [fromHex('870A01020304050607080910')] }) },
    'replaceSessionKeys',
    'scp03tStructureError',
    /no whole blocks/,
  ],
  [
    'an 86 with a broken MAC',
    { parts: ({ a3 }) => ({ a3: a3.map((each, i) => (i === 1 ? flipped(each, 20) : each)) }) },
    'loadProfileElements',
    'scp03tSecurityError',
    /MAC/,
  ],
  [
    'a repeated 86',
    { parts: ({ a3 }) => ({ a3: [a3[0], ...a3].filter((each) => each !== undefined) }) },
    'loadProfileElements',
    'scp03tSecurityError',
    /MAC/,
  ],
  [
    '86s in another order',
    { parts: ({ a3 }) => ({ a3: [...a3].reverse() }) },
    'loadProfileElements',
    'scp03tSecurityError',
    /MAC/,
  ],
  ['an 86 of 1100 octets', { segmentOctets: 1100 }, 'loadProfileElements', 'scp03tStructureError', /1036 at most/],
  [
    'a package of another profile',
    { upp: buildProfilePackage({ iccid: '89000123456789012358' }) },
    'loadProfileElements',
    'installFailedDueToDataMismatch',
    /is of 89000123456789012358/,
  ],
  [
    'elements that are none',
    { upp: fromHex('A00512345678') },
    'loadProfileElements',
    'installFailedDueToPEProcessingError',
    /overruns/,
  ],
  [
    'a test profile with a key of its own',
    { metadata: { profileClass: 'test' } },
    'loadProfileElements',
    'testProfileInstallFailedDueToInvalidNaaKey',
    /not the test key/,
  ],
];
for (const [what, changes, bppCommandId, reason, why] of failures) {
  test(`ES10b.LoadBoundProfilePackage: ${reason} in ${bppCommandId}, ${what}`, async () => {
    const server = await sharedServer();
    const { card, state, log } = await bench();
    await using isdr = await openIsdr(card);
    const { bpp } = await boundPackage(isdr, server, changes);
    const { data, dataBytes, signature } = await installInSegments(isdr, pieces(bpp));
    assert.ok('errorResult' in data.finalResult, 'an error is expected');
    assert.deepEqual(
      [data.finalResult.errorResult.bppCommandId, data.finalResult.errorResult.errorReason],
      [bppCommandId, reason],
    );
    const { publicKey } = await readCertificate(server.world.euicc.certificate);
    assert.ok(publicKey && verify('P-256', publicKey, dataBytes, signatureIn(signature)));
    const logged = log.findLast(({ event }) => event === 'ES10b.LoadBoundProfilePackage')?.detail ?? '';
    assert.match(logged, why);
    assert.match(logged, new RegExp(`${reason}\\(\\d+\\)$`));
    assert.deepEqual([state.profiles, state.loading], [[], undefined]);
    await assert.rejects(isdr.storeData(fromHex('86021122'), 'segment'), { sw: 0x6985 });
    await assert.rejects(cancel(isdr, data.transactionId), /invalidTransactionId/);
    assert.equal((await listNotification(isdr)).length, 1);
    const { data: good } = await install(isdr, server);
    assert.ok('successResult' in good.finalResult, 'the card installs afterwards');
    assert.equal(good.notificationMetadata.seqNumber, 2);
  });
}

/** Segments that even a package that no LPA would send can be cut into. */
function* pieces(bpp: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bpp.length; at += 1000) yield bpp.subarray(at, at + 1000);
}

test('a package whose lengths do not agree, or with parts missing, is a structure error', async () => {
  const server = await sharedServer();
  const rows: readonly [(bpp: Uint8Array) => Uint8Array, string, RegExp][] = [
    [
      (bpp) => {
        const { initialiseSecureChannel, configureIsdp, profile } = readBoundProfilePackage(bpp);
        return encodeTlv(0xbf36, concat(initialiseSecureChannel.bytes, configureIsdp.bytes, profile.bytes));
      },
      'storeMetadata',
      /expected A1, got A3/,
    ],
    [
      (bpp) => concat(fromHex('BF36820100'), bpp.subarray(bpp.findIndex((_, i) => bpp[i] === 0xbf && bpp[i + 1] === 0x23))),
      'storeMetadata',
      /longer than the package|more octets/,
    ],
    [
      (bpp) => {
        const { root } = readBoundProfilePackage(bpp);
        return encodeTlv(0xbf36, concat(root.content, fromHex('8500')));
      },
      'loadProfileElements',
      /stand after the last part/,
    ],
    [
      (bpp) => {
        const { initialiseSecureChannel } = readBoundProfilePackage(bpp);
        return encodeTlv(0xbf36, concat(initialiseSecureChannel.bytes, fromHex('A000')));
      },
      'configureISDP',
      /A0 is empty/,
    ],
    [() => fromHex('BF3606BF2403010203'), 'initialiseSecureChannel', /expected BF23, got BF24/],
  ];
  for (const [broken, bppCommandId, why] of rows) {
    const { card, said } = await bench();
    await using isdr = await openIsdr(card);
    const { bpp } = await boundPackage(isdr, server);
    const { data } = await installInSegments(isdr, [broken(bpp)]);
    assert.deepEqual(data.finalResult, { errorResult: { bppCommandId, errorReason: 'scp03tStructureError' } });
    assert.match(said('ES10b.LoadBoundProfilePackage') ?? '', why);
  }
});

test('ES10b.LoadBoundProfilePackage: installFailedDueToIccidAlreadyExistsOnEuicc, a profile is not installed twice', async () => {
  const server = await sharedServer();
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  await install(isdr, server);
  const { data } = await install(isdr, server);
  assert.deepEqual(data.finalResult, {
    errorResult: { bppCommandId: 'storeMetadata', errorReason: 'installFailedDueToIccidAlreadyExistsOnEuicc' },
  });
  assert.equal(data.notificationMetadata.iccid, ICCID);
});

test('a package that does not fit is refused as soon as that is plain, the memory stays, and the key is kept', async () => {
  const server = await sharedServer();
  const { card, state } = await bench({ state: { memory: 10_000 } });
  await using isdr = await openIsdr(card);
  const { bpp, euiccOtpk } = await boundPackage(isdr, server, { upp: buildProfilePackage({ size: 30_000 }) });
  let sent = 0;
  const { data } = await installInSegments(
    isdr,
    (function* () {
      for (const segment of segmentsOf(readBoundProfilePackage(bpp))) {
        sent += segment.length;
        yield segment;
      }
    })(),
  );
  assert.ok(sent < 15_000, `${sent} octets were sent`);
  assert.deepEqual(data.finalResult, {
    errorResult: { bppCommandId: 'loadProfileElements', errorReason: 'installFailedDueToInsufficientMemoryForProfile' },
  });
  assert.equal(freeIn(state), 10_000);
  const opened = await authenticate(isdr, server);
  const { euiccSigned2 } = await prepare(isdr, server, opened, { bppEuiccOtpk: euiccOtpk });
  assert.deepEqual(euiccSigned2.value.euiccOtpk, euiccOtpk);
  const { data: small } = await installInSegments(isdr, [bindPackage(server, opened.transactionId, euiccOtpk)]);
  assert.ok('successResult' in small.finalResult);
});

test('ES10b.LoadBoundProfilePackage: installFailedDueToInsufficientMemoryForProfile, and the EUICCResponse says so', async () => {
  const { card } = await bench({ state: { memory: 4_000 } });
  await using isdr = await openIsdr(card);
  const { data } = await install(isdr, await sharedServer());
  assert.ok('errorResult' in data.finalResult);
  const { errorReason, simaResponse } = data.finalResult.errorResult;
  assert.equal(errorReason, 'installFailedDueToInsufficientMemoryForProfile');
  assert.deepEqual(EUICCResponse.decode(simaResponse ?? new Uint8Array()).peStatus, [{ status: 'not-enough-memory' }]);
});

test('an element that a card refuses is named by status, identification and offset', async () => {
  const run = profileElements({ iccid: ICCID, size: 3000 });
  const withoutEnd = encodePackage(run.slice(0, -1));
  const { card, said } = await bench();
  await using isdr = await openIsdr(card);
  const { data } = await install(isdr, await sharedServer(), { upp: withoutEnd });
  assert.ok('errorResult' in data.finalResult);
  const { bppCommandId, errorReason, simaResponse } = data.finalResult.errorResult;
  assert.deepEqual([bppCommandId, errorReason], ['loadProfileElements', 'installFailedDueToPEProcessingError']);
  const response = EUICCResponse.decode(simaResponse ?? new Uint8Array());
  assert.equal(response.profileInstallationAborted, true);
  assert.notEqual(response.peStatus[0]?.status, 'ok');
  // The last of the elements that are there, counted from one.
  const { identification } = response.peStatus[0]!;
  assert.equal(identification, run.length - 1);
  assert.match(
    said('ES10b.LoadBoundProfilePackage') ?? '',
    new RegExp(`element ${run.length - 1}, genericFileManagement \\(identification ${identification}\\), clause 8\\.10`),
  );
});

test('a card that lacks a feature refuses a package that needs it', async () => {
  const { card } = await bench({ behaviour: { lacks: ['akaTuak128'] } });
  await using isdr = await openIsdr(card);
  const { data } = await install(isdr, await sharedServer(), {
    upp: buildProfilePackage({ iccid: ICCID, algorithm: 'tuak128' }),
  });
  assert.ok('errorResult' in data.finalResult);
  assert.equal(data.finalResult.errorResult.errorReason, 'installFailedDueToPEProcessingError');
  const { data: good } = await install(isdr, await sharedServer(), { upp: buildProfilePackage({ iccid: ICCID }) });
  assert.ok('successResult' in good.finalResult);
});

test('policy rules: allowed by the RAT, not by another operator, forbidden, and ppr1 for the first profile only', async () => {
  const server = await sharedServer();
  const ruled: PackageChanges = { metadata: { profilePolicyRules: ['ppr1', 'ppr2'], profileOwner: { mccMnc: '262-01' } } };
  const outcome = async (state: Parameters<typeof bench>[0]) => {
    const { card, said } = await bench(state);
    await using isdr = await openIsdr(card);
    const { data } = await install(isdr, server, ruled);
    return 'errorResult' in data.finalResult ? said('ES10b.LoadBoundProfilePackage') : 'ok';
  };
  assert.equal(await outcome({}), 'ok');
  assert.match((await outcome({ state: { forbiddenRules: ['ppr2'] } })) ?? '', /ppr2 is forbidden.*pprNotAllowed\(15\)/);
  assert.match((await outcome({ state: { rat: ratFor('310-EE') } })) ?? '', /no rule of the RAT authorises ppr1 for 262-01/);
  assert.equal(await outcome({ state: { rat: ratFor('262-E1') } }), 'ok');

  const { card, state, said } = await bench();
  preloadProfile(state, { ...METADATA, iccid: '8949000000000000012' });
  await using isdr = await openIsdr(card);
  await install(isdr, server, ruled);
  assert.match(said('ES10b.LoadBoundProfilePackage') ?? '', /first operational profile only/);
});

function ratFor(mccMnc: string): string {
  return toHex(
    GetRatResponse.encode({ rat: [{ pprIds: ['ppr1', 'ppr2'], allowedOperators: [{ mccMnc }], pprFlags: ['consentRequired'] }] }),
  );
}

test('ES10b.LoadBoundProfilePackage: installFailedDueToInterruption, told at the next start after a reset', async () => {
  const server = await sharedServer();
  const { card, state } = await bench();
  await using isdr = await openIsdr(card);
  const { bpp, transactionId } = await boundPackage(isdr, server);
  const segments = [...segmentsOf(readBoundProfilePackage(bpp))];
  for (const segment of segments.slice(0, -1)) assert.equal((await isdr.storeData(segment, 'segment')).length, 0);
  assert.ok(state.loading);
  await isdr.reset();
  await assert.rejects(isdr.storeData(segments.at(-1) ?? new Uint8Array(), 'segment'), { sw: 0x6985 });
  const [pending] = await retrieveNotificationsList(isdr);
  assert.ok(pending && 'profileInstallationResult' in pending);
  const { data } = readResult(pending.profileInstallationResult.bytes);
  assert.deepEqual([data.transactionId, data.notificationMetadata.iccid], [transactionId, ICCID]);
  assert.deepEqual(data.finalResult, {
    errorResult: { bppCommandId: 'loadProfileElements', errorReason: 'installFailedDueToInterruption' },
  });
  assert.equal(state.loading, undefined);
});

test('a new challenge in the middle interrupts too; a cancelled session leaves no result', async () => {
  const server = await sharedServer();
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  const begin = async () => {
    const { bpp, transactionId } = await boundPackage(isdr, server);
    const [first, second] = segmentsOf(readBoundProfilePackage(bpp));
    for (const segment of [first, second]) await isdr.storeData(segment ?? new Uint8Array(), 'segment');
    return transactionId;
  };
  await begin();
  await challengeOf(isdr);
  assert.equal((await listNotification(isdr)).length, 1);
  await cancel(isdr, await begin());
  await isdr.reset();
  assert.equal((await listNotification(isdr)).length, 1);
});

test('other functions answer while a package is loaded', async () => {
  const server = await sharedServer();
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  const { bpp } = await boundPackage(isdr, server);
  let result = new Uint8Array();
  for (const segment of segmentsOf(readBoundProfilePackage(bpp))) {
    result = Uint8Array.from(await isdr.storeData(segment, 'segment'));
    if (result.length === 0) assert.deepEqual(await getProfilesInfo(isdr), []);
  }
  assert.ok('successResult' in readResult(result).data.finalResult);
});

test('metadata that names the install event sends a copy to other addresses', async () => {
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  await install(isdr, await sharedServer(), {
    metadata: {
      notificationConfigurationInfo: [
        { profileManagementOperation: ['notificationInstall'], notificationAddress: 'smdp.example.com' },
        { profileManagementOperation: ['notificationInstall'], notificationAddress: 'copy.example.com' },
      ],
    },
  });
  assert.deepEqual(
    (await listNotification(isdr)).map(({ seqNumber, notificationAddress }) => [seqNumber, notificationAddress]),
    [
      [1, 'smdp.example.com'],
      [2, 'copy.example.com'],
    ],
  );
});

test('ISD-P AIDs are given from 1000 upwards, the lowest free one', async () => {
  const server = await sharedServer();
  const { card, state } = await bench();
  await using isdr = await openIsdr(card);
  const aidOf = async (iccid: string) => {
    const { data } = await install(isdr, server, { metadata: { iccid } });
    return 'successResult' in data.finalResult ? data.finalResult.successResult.aid?.slice(-8) : undefined;
  };
  assert.equal(await aidOf('89000123456789012341'), '00001000');
  assert.equal(await aidOf('89000123456789012358'), '00001100');
  state.profiles.shift();
  assert.equal(await aidOf('89000123456789012366'), '00001000');
});
