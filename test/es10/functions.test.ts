import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../src/lpa/bytes.ts';
import type { Card, Channel } from '../../src/lpa/card/card.ts';
import { CardError } from '../../src/lpa/errors.ts';
import { getEuiccConfiguredAddresses, setDefaultDpAddress } from '../../src/lpa/es10/es10a.ts';
import {
  GetEuiccInfo2,
  hashConfirmationCode,
  listNotification,
  loadBoundProfilePackage,
  removeNotificationFromList,
  retrieveNotificationsList,
} from '../../src/lpa/es10/es10b.ts';
import {
  deleteProfile,
  disableProfile,
  enableProfile,
  euiccMemoryReset,
  getEid,
  getProfilesInfo,
  setNickname,
} from '../../src/lpa/es10/es10c.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import type { DoorEvent } from '../../src/lpa/events.ts';
import { readBoundProfilePackage } from '../../src/lpa/sgp22/bpp.ts';
import { CLOSE, OPEN, REOPEN, scriptedCard } from '../transcript.ts';

const isdrOn = (script: string, listener?: (event: DoorEvent) => void): Promise<Isdr> =>
  Isdr.open(scriptedCard(OPEN + script + CLOSE), undefined, listener);

test('getProfilesInfo asks for what it shows and reads it over a GET RESPONSE', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 0D BF2D 0A 5C 08 5A 4F 9F70 90 91 92 95 00
    < 61 21
    > 01 C0 00 00 21
    < BF2D 1E A0 1C E3 1A 5A 0A 98010203040506070809 9F70 01 01 91 08 4F70657261746F72 9000`);
  assert.deepEqual(await getProfilesInfo(isdr), [
    { iccid: '89102030405060708090', profileState: 'enabled', serviceProviderName: 'Operator' },
  ]);
});

test('a filter stands before the tag list, and the eUICC may refuse it', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 15 BF2D 12 A0 0C 5A 0A 98010203040506070809 5C 02 9F70 00
    < BF2D 03 81 01 01 9000`);
  await assert.rejects(getProfilesInfo(isdr, ['profileState'], { iccid: '89102030405060708090' }), {
    name: 'EuiccError',
    function: 'ES10c.GetProfilesInfo',
    result: 'incorrectInputValues',
  });
});

test('enableProfile names the function and the result, as the specification does', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 14 BF31 11 A0 0C 5A 0A 98010203040506070809 81 01 FF 00
    < BF31 03 80 01 05 9000`);
  await assert.rejects(enableProfile(isdr, { iccid: '89102030405060708090' }, true), { message: 'ES10c.EnableProfile: catBusy' });
});

test('delete has no wrapper around the identifier, and an 18-digit ICCID still has ten octets', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 0F BF33 0C 5A 0A 986800000000000010FF 00
    < BF33 03 80 01 02 9000`);
  await assert.rejects(deleteProfile(isdr, { iccid: '898600000000000001' }), { result: 'profileNotInDisabledState' });
});

test('an empty nickname is sent as an empty 90', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 11 BF29 0E 5A 0A 98010203040506070809 90 00 00
    < BF29 03 80 01 00 9000`);
  await setNickname(isdr, '89102030405060708090', '');
});

test('memory reset sets named bits, trimmed as DER wants', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 07 BF34 04 82 02 05 E0 00
    < BF34 03 80 01 01 9000`);
  await assert.rejects(
    euiccMemoryReset(isdr, ['deleteOperationalProfiles', 'deleteFieldLoadedTestProfiles', 'resetDefaultSmdpAddress']),
    { result: 'nothingToDelete' },
  );
});

test('EID and addresses, where an empty default SM-DP+ is none', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
    < BF3E 12 5A 10 89049032123451234512345678901235 9000
    > 81 E2 91 00 03 BF3C 00 00
    < BF3C 19 80 00 81 15 74657374726F6F74736D64732E67736D612E636F6D 9000
    > 81 E2 91 00 10 BF3F 0D 80 0B 6578616D706C652E636F6D 00
    < BF3F 03 80 01 00 9000`);
  assert.equal(await getEid(isdr), '89049032123451234512345678901235');
  assert.deepEqual(await getEuiccConfiguredAddresses(isdr), { rootDsAddress: 'testrootsmds.gsma.com' });
  await setDefaultDpAddress(isdr, 'example.com');
});

test('EUICCInfo2 of a production card reads, members that are missing too', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 03 BF22 00 00
    < BF22 65 81 03 020301 82 03 020202 83 03 040200 84 0D 81 01 00 82 04 000279D0 83 02 0B89 85 05 077F3E1F80 88 02 0490 A9 16 04 14 81370F5125D0B1D408D4C3B232E6D25E795BEBFB AA 16 04 14 81370F5125D0B1D408D4C3B232E6D25E795BEBFB 8B 01 00 99 02 0640 04 03 010000 9000`);
  const info = await isdr.call(GetEuiccInfo2, {});
  assert.equal(info.svn, '2.2.2');
  assert.deepEqual(info.extCardResource, { installedApplications: 0, freeNonVolatileMemory: 162_256, freeVolatileMemory: 2953 });
  assert.deepEqual(info.rspCapability, ['additionalProfile', 'testProfileSupport']);
  assert.deepEqual(info.forbiddenProfilePolicyRules, ['ppr1']);
  assert.deepEqual(info.euiccCiPKIdListForVerification, ['81370F5125D0B1D408D4C3B232E6D25E795BEBFB']);
  assert.equal(info.sasAcreditationNumber, undefined);
});

test('notifications are listed with every field, number 0 and 300 among them, and removed by number', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 03 BF28 00 00
    < BF28 34 A0 32 BF2F 18 80 01 00 81 02 0780 0C 03 612E62 5A 0A 98010203040506070809 BF2F 14 80 02 012C 81 02 0410 0C 0A 736D64702E6C6162303A 9000
    > 81 E2 91 00 07 BF30 04 80 02 012C 00
    < BF30 03 80 01 00 9000
    > 81 E2 91 00 06 BF30 03 80 01 00 00
    < BF30 03 80 01 01 9000`);
  assert.deepEqual(await listNotification(isdr), [
    {
      seqNumber: 0,
      profileManagementOperation: ['notificationInstall'],
      notificationAddress: 'a.b',
      iccid: '89102030405060708090',
    },
    { seqNumber: 300, profileManagementOperation: ['notificationDelete'], notificationAddress: 'smdp.lab0:' },
  ]);
  assert.equal(await removeNotificationFromList(isdr, 300), true);
  assert.equal(await removeNotificationFromList(isdr, 0), false);
});

test('data longer than a block goes in blocks that are counted, an exact multiple without an empty one', async () => {
  for (const [length, blocks] of [
    [526, ['81E21100FF', '81E21101FF', '81E2910210']],
    [510, ['81E21100FF', '81E29101FF']],
    [255, ['81E29100FF']],
  ] as const) {
    const sent: string[] = [];
    const script = blocks.map((header, i) => {
      const size = i < blocks.length - 1 ? 255 : length - 255 * (blocks.length - 1);
      sent.push(header);
      return `> ${header}${'00'.repeat(size)}00\n< 9000`;
    });
    await using isdr = await isdrOn(`\n${script.join('\n')}`);
    await isdr.storeData(new Uint8Array(length), 'X');
  }
});

test('an answer without data is said to be one, and the doors tell what is going on', async () => {
  const events: DoorEvent[] = [];
  await using isdr = await isdrOn(
    `
    > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
    < 9000
    > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
    < 6985`,
    (event) => events.push(event),
  );
  await assert.rejects(getEid(isdr), { name: 'DecodeError', message: 'ES10c.GetEID: the eUICC answered without data' });
  await assert.rejects(getEid(isdr), { name: 'StatusWordError', message: 'ES10c.GetEID: status word 6985' });
  assert.deepEqual(
    events.map((event) => event.type),
    ['call', 'answer', 'failed', 'call', 'failed'],
  );
});

test('a channel that was open and is none any more: the card was reset', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
    < 6881`);
  await assert.rejects(getEid(isdr), {
    name: 'CardError',
    problem: 'reset',
    message: 'ES10c.GetEID: status word 6881: the card was reset in between',
  });
});

test('the confirmation code is hashed twice, the second time with the transaction', async () => {
  // The last value was computed with Python's hashlib.
  assert.equal((await hashConfirmationCode('12345678', '0102030405060708090A0B0C0D0E0F10')).length, 32);
  assert.notDeepEqual(await hashConfirmationCode('12345678', '01'), await hashConfirmationCode('12345678', '02'));
  assert.deepEqual(
    await hashConfirmationCode('1234', 'AA'),
    fromHex('F868901720A86B2FC413FE4756D65D3804958E0CF8C7AFBC345752C98033327C'),
  );
});

test('the confirmation code is hashed in the case in which it was given, as UTF-8', async () => {
  // Each value was computed with sha256sum: SHA-256 of (SHA-256 of the code, then the octet AA).
  for (const [code, hash] of [
    ['aBc9', '3BF79E0FCE0C6C07998B79C1BAA3CC556D03307FD56C42EA7A0FC0730DDB41A8'],
    ['ABC9', 'B8BD4A01FF31AC2332121113D4AA2EB0E73EC549832E78C71DAC924CFCF49DBE'],
    [' 1234', '4390AF44BA0EC7E46EDC57289C0F84DAD0742647B82A2781E0A44271429ED798'],
    ['pässwort', '44C0A49F94B7CE8E96FF4043D0A4A228FCF460047E51982ADDFD42C7E5E2A8C8'],
  ] as const) {
    assert.deepEqual(await hashConfirmationCode(code, 'AA'), fromHex(hash), code);
  }
});

/** A STORE DATA of a series: `more` is 11 for a block with others after it, 91 for the last. */
const block = (more: '11' | '91', number: string, octets: number): string =>
  `> 81 E2 ${more} ${number} ${octets.toString(16).padStart(2, '0')} ${'00'.repeat(octets)} 00`;

test('an answer with data before the last block ends the series: no block follows it', async () => {
  await using isdr = await isdrOn(`
    ${block('11', '00', 255)}
    < 9000
    ${block('11', '01', 255)}
    < BF37 00 9000`);
  assert.deepEqual(await isdr.storeData(new Uint8Array(1000), 'X'), fromHex('BF3700'));
});

test('6700 to the first block: the series begins again in blocks of 120 octets, and later functions use them', async () => {
  await using isdr = await isdrOn(`
    ${block('11', '00', 255)}
    < 6700
    ${block('11', '00', 120)}
    < 9000
    ${block('11', '01', 120)}
    < 9000
    ${block('91', '02', 60)}
    < 9000
    ${block('11', '00', 120)}
    < 9000
    ${block('91', '01', 1)}
    < 9000`);
  await isdr.storeData(new Uint8Array(300), 'X');
  await isdr.storeData(new Uint8Array(121), 'X');
});

test('6700 to a later block, or to a block of 120 octets, is an error: the eUICC has part of the series', async () => {
  await using isdr = await isdrOn(`
    ${block('11', '00', 255)}
    < 9000
    ${block('11', '01', 255)}
    < 6700
    ${block('91', '00', 120)}
    < 6700`);
  const refused = { name: 'StatusWordError', sw: 0x6700 };
  await assert.rejects(isdr.storeData(new Uint8Array(1000), 'X'), refused);
  await assert.rejects(isdr.storeData(new Uint8Array(120), 'X'), refused);
});

test('91xx announces a proactive command of xx octets, 9100 one of 256', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 01 00 00
    < 9100
    > 81 E2 91 00 01 00 00
    < 910B
    > 81 E2 91 00 01 00 00
    < 9000`);
  for (const announced of [256, 11, 0]) {
    await isdr.storeData(Uint8Array.of(0), 'X');
    assert.equal(isdr.pendingProactive, announced);
  }
});

test('a notification list may have 256 KiB, any other answer 64', async () => {
  const endless: Channel = {
    transmit: async () => concat(new Uint8Array(256), fromHex('6100')),
    selectResponse: new Uint8Array(),
    async [Symbol.asyncDispose]() {},
  };
  await using isdr = await Isdr.open({ ...scriptedCard(''), openChannel: async () => endless });
  await assert.rejects(retrieveNotificationsList(isdr), /longer than 262144 octets/);
  await assert.rejects(listNotification(isdr), /longer than 65536 octets/);
});

test('calls made at the same time reach the card one after the other', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
    < 61 15
    > 01 C0 00 00 15
    < BF3E 12 5A 10 89049032123451234512345678901235 9000
    > 81 E2 91 00 03 BF28 00 00
    < 61 05
    > 01 C0 00 00 05
    < BF28 02 A0 00 9000
    > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
    < 6F00
    > 81 E2 91 00 03 BF28 00 00
    < BF28 02 A0 00 9000`);
  assert.deepEqual(await Promise.all([getEid(isdr), listNotification(isdr)]), ['89049032123451234512345678901235', []]);
  const [failed, listed] = await Promise.allSettled([getEid(isdr), listNotification(isdr)]);
  assert.deepEqual([failed.status, listed.status], ['rejected', 'fulfilled']);
});

/** Each function with an error of its own: what the eUICC answers, and the name of the result in the specification. */
const REFUSALS: [name: string, request: string, answer: string, result: string, call: (isdr: Isdr) => Promise<unknown>][] = [
  [
    'ES10a.SetDefaultDpAddress',
    'BF3F 05 80 03 612E62',
    'BF3F 03 80 01 7F',
    'undefinedError',
    (isdr) => setDefaultDpAddress(isdr, 'a.b'),
  ],
  ['ES10b.ListNotification', 'BF28 00', 'BF28 03 81 01 7F', 'undefinedError', (isdr) => listNotification(isdr)],
  ['ES10b.RetrieveNotificationsList', 'BF2B 00', 'BF2B 03 81 01 7F', 'undefinedError', (isdr) => retrieveNotificationsList(isdr)],
  [
    'ES10b.RemoveNotificationFromList',
    'BF30 03 80 01 05',
    'BF30 03 80 01 7F',
    'undefinedError',
    (isdr) => removeNotificationFromList(isdr, 5),
  ],
  [
    'ES10c.GetProfilesInfo',
    'BF2D 04 5C 02 9F70',
    'BF2D 03 81 01 7F',
    'undefinedError',
    (isdr) => getProfilesInfo(isdr, ['profileState']),
  ],
  [
    'ES10c.EnableProfile',
    'BF31 11 A0 0C 5A 0A 98010203040506070809 81 01 FF',
    'BF31 03 80 01 03',
    'disallowedByPolicy',
    (isdr) => enableProfile(isdr, { iccid: ICCID }, true),
  ],
  [
    'ES10c.DisableProfile',
    'BF32 11 A0 0C 5A 0A 98010203040506070809 81 01 00',
    'BF32 03 80 01 05',
    'catBusy',
    (isdr) => disableProfile(isdr, { iccid: ICCID }, false),
  ],
  [
    'ES10c.DeleteProfile',
    'BF33 0C 5A 0A 98010203040506070809',
    'BF33 03 80 01 02',
    'profileNotInDisabledState',
    (isdr) => deleteProfile(isdr, { iccid: ICCID }),
  ],
  [
    'ES10c.SetNickname',
    'BF29 0F 5A 0A 98010203040506070809 90 01 41',
    'BF29 03 80 01 01',
    'iccidNotFound',
    (isdr) => setNickname(isdr, ICCID, 'A'),
  ],
  [
    'ES10c.eUICCMemoryReset',
    'BF34 04 82 02 0780',
    'BF34 03 80 01 01',
    'nothingToDelete',
    (isdr) => euiccMemoryReset(isdr, ['deleteOperationalProfiles']),
  ],
];
const ICCID = '89102030405060708090';

for (const [name, request, answer, result, call] of REFUSALS) {
  test(`${name} throws the result ${result} that the eUICC answers`, async () => {
    const octets = (request.replaceAll(' ', '').length / 2).toString(16).padStart(2, '0');
    await using isdr = await isdrOn(`
      > 81 E2 91 00 ${octets} ${request} 00
      < ${answer} 9000`);
    await assert.rejects(call(isdr), { name: 'EuiccError', function: name, result });
  });
}

test('noResultAvailable is an empty list of notifications, undefinedError is an error', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 03 BF2B 00 00
    < BF2B 03 81 01 01 9000`);
  assert.deepEqual(await retrieveNotificationsList(isdr), []);
});

test('disable, a reset and a default SM-DP+ that the eUICC answers with ok are success', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 14 BF32 11 A0 0C 5A 0A 98010203040506070809 81 01 FF 00
    < BF32 03 80 01 00 9000
    > 81 E2 91 00 07 BF34 04 82 02 05A0 00
    < BF34 03 80 01 00 9000`);
  await disableProfile(isdr, { iccid: ICCID }, true);
  await euiccMemoryReset(isdr, ['deleteOperationalProfiles', 'resetDefaultSmdpAddress']);
});

/** A channel that takes every block, and keeps the headers of those it got. */
function openEnded(refuseFirst = false): { headers: string[]; open: (listener?: (event: DoorEvent) => void) => Promise<Isdr> } {
  const headers: string[] = [];
  const channel: Channel = {
    transmit: async (command) => {
      headers.push(toHex(command.subarray(0, 5)));
      return fromHex(refuseFirst && headers.length === 1 ? '6700' : '9000');
    },
    selectResponse: new Uint8Array(),
    async [Symbol.asyncDispose]() {},
  };
  return {
    headers,
    open: (listener) => Isdr.open({ ...scriptedCard(''), openChannel: async () => channel }, undefined, listener),
  };
}

test('a series has 256 blocks at most: longer data is refused before the first block', async () => {
  const { headers, open } = openEnded();
  await using isdr = await open();
  await isdr.storeData(new Uint8Array(256 * 255), 'X');
  assert.deepEqual([headers.length, headers[0], headers.at(-1)], [256, '80E21100FF', '80E291FFFF']);
  await assert.rejects(isdr.storeData(new Uint8Array(256 * 255 + 1), 'X'), /65281 octets do not fit in 256 blocks/);
  assert.equal(headers.length, 256);
});

test('data that fits in 256 blocks of 255 octets and not of 120 is refused when the card refuses the first block', async () => {
  const { headers, open } = openEnded(true);
  await using isdr = await open();
  await assert.rejects(isdr.storeData(new Uint8Array(256 * 120 + 1), 'X'), /30721 octets do not fit in 256 blocks/);
  assert.equal(headers.length, 1);
});

test('the time of a call is what passed between request and answer', async () => {
  const events: DoorEvent[] = [];
  await using isdr = await isdrOn(
    `
    > 81 E2 91 00 03 BF28 00 00
    < BF28 02 A0 00 9000
    > 81 E2 91 00 03 BF28 00 00
    < 6A88`,
    (event) => events.push(event),
  );
  await listNotification(isdr);
  await assert.rejects(listNotification(isdr));
  const times = events.flatMap((event) => (event.type === 'answer' || event.type === 'failed' ? [event.ms] : []));
  assert.equal(times.length, 2);
  for (const ms of times) assert.ok(ms >= 0 && ms < 10_000, String(ms));
});

test('after a reset no proactive command is pending; after a failed one nothing is sent', async () => {
  const card = scriptedCard(`${OPEN}
    > 81 E2 91 00 01 00 00
    < 910B
    ! reset${REOPEN}`);
  const isdr = await Isdr.open(card);
  await isdr.storeData(Uint8Array.of(0), 'X');
  await isdr.reset();
  assert.equal(isdr.pendingProactive, 0);
  await using broken = await Isdr.open({
    ...scriptedCard(OPEN),
    reset: async () => {
      throw new CardError('gone', { problem: 'gone' });
    },
  });
  await assert.rejects(broken.reset(), { problem: 'gone' });
  // The channel went with the reset: another command there would reach whichever application is selected.
  await assert.rejects(broken.storeData(Uint8Array.of(0), 'X'), /the ISD-R is closed/);
});

test('an ISD-R is closed with its channel, except at a card that loses its power; the card is released in any case', async () => {
  for (const [script, powersOff] of [
    [OPEN + CLOSE, false],
    [OPEN + CLOSE.replace('9000', '6F00'), false],
    [OPEN, true],
  ] as const) {
    let released = 0;
    const scripted = scriptedCard(script);
    const card: Card = {
      ...scripted,
      ...(powersOff && { powersOff: true }),
      async [Symbol.asyncDispose]() {
        released += 1;
        await scripted[Symbol.asyncDispose]();
      },
    };
    const isdr = await Isdr.open(card);
    await isdr[Symbol.asyncDispose]();
    assert.equal(released, 1);
    await assert.rejects(isdr.storeData(Uint8Array.of(0), 'X'), /the ISD-R is closed/);
  }
});

test('loadBoundProfilePackage reports each segment before it is sent, and how far the package is', async () => {
  const sealed = (tag: number, inner: number): Uint8Array => encodeTlv(tag, encodeTlv(inner, new Uint8Array(9)));
  const parts = [encodeTlv(0xbf23, new Uint8Array()), sealed(0xa0, 0x87), sealed(0xa1, 0x88), sealed(0xa3, 0x86)];
  const bytes = encodeTlv(0xbf36, concat(...parts));
  // SGP.22 §2.5.5: a header goes with BF23 and with the first 87, and by itself before the 88s and the 86s.
  const lengths = [2 + 1 + 3, 2 + 11, 2, 11, 2, 11];
  const events: DoorEvent[] = [];
  const { headers, open } = openEnded();
  await using isdr = await open((event) => events.push(event));
  const sent: number[] = [];
  await loadBoundProfilePackage(isdr, readBoundProfilePackage(bytes), () => sent.push(headers.length));
  assert.deepEqual(sent, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(
    headers.map((header) => Number.parseInt(header.slice(8), 16)),
    lengths,
  );
  const done = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'progress' ? [[event.sent, event.total]] : [])),
    [0, ...done].map((octets) => [octets, bytes.length]),
  );
  assert.equal(done.at(-1), bytes.length);
});
