import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadProfile } from '../../../src/lab/euicc/state.ts';
import { readAtr } from '../../../src/lpa/card/atr.ts';
import { bench, play } from './harness.ts';

const ISDR = 'A0000005591010FFFFFFFF8900000100';
const ECASD = 'A0000005591010FFFFFFFF8900000200';

test('the ATR says T=0 or T=1 and that there is an eUICC', async () => {
  const t0 = readAtr((await bench()).card.atr);
  assert.deepEqual([t0.protocols, t0.euicc, t0.mep, t0.checkByte], [[0], true, false, 'right']);
  const t1 = readAtr((await bench({ manners: ['t1'] })).card.atr);
  assert.deepEqual([t1.protocols, t1.euicc, t1.t1?.ifsc, t1.checkByte], [[1], true, 254, 'right']);
});

test('T=0: the EID over a channel of its own', async () => {
  const { card } = await bench();
  await card.powerOn();
  await play(
    card,
    `> 80 AA 00 00 07 A905 8100 830107
     < 9000
     > 00 70 00 00 01
     < 01 9000
     > 01 A4 04 00 10 ${ISDR}
     < 61 21
     > 01 C0 00 00 21
     < 6F1F 8410 ${ISDR} A504 9F6501FF E005 8203 020500 9000
     > 81 E2 91 00 06 BF3E 03 5C015A
     < 61 15
     > 01 C0 00 00 15
     < BF3E 12 5A10 89049032123451234512345678901235 9000
     > 00 70 80 01
     < 9000
     > 01 C0 00 00 15            # the channel is closed
     < 6881`,
  );
});

test('T=0: a wrong Le gets 6Cxx, a right one the octets', async () => {
  const { card } = await bench();
  await card.powerOn();
  await play(
    card,
    `> 00 70 00 00 00
     < 6C01
     > 00 A4 04 00 10 ${ISDR}
     < 61 21
     > 00 C0 00 00 00
     < 6C21
     > 00 C0 00 00 10
     < 6F1F8410A0000005591010FFFFFFFF89 61 11
     > 00 C0 00 00 11
     < 00000100A5049F6501FFE0058203020500 9000
     > 00 C0 00 00 01
     < 6985`,
  );
});

test('T=1: data come with the answer, or by 61xx where no Le was sent', async () => {
  const { card } = await bench({ manners: ['t1'] });
  await card.powerOn();
  await play(
    card,
    `> 00 70 00 00 00
     < 01 9000
     > 01 A4 04 00 10 ${ISDR} 00
     < 6F1F 8410 ${ISDR} A504 9F6501FF E005 8203 020500 9000
     > 81 E2 91 00 06 BF3E 03 5C015A 00
     < BF3E 12 5A10 89049032123451234512345678901235 9000
     > 81 E2 91 00 06 BF3E 03 5C015A
     < 61 15
     > 81 C0 00 00 00
     < BF3E 12 5A10 89049032123451234512345678901235 9000
     > 81 E2 91 00 06 BF3E 03 5C015A 05
     < BF3E125A10 61 10
     > 01 C0 00 00 00
     < 89049032123451234512345678901235 9000`,
  );
});

test('nineteen logical channels, each with the class bytes it has, and no twentieth', async () => {
  const { card } = await bench();
  await card.powerOn();
  const two = (n: number) => n.toString(16).padStart(2, '0');
  for (let n = 1; n <= 19; n++) {
    const [cla, proprietary] = n < 4 ? [two(n), two(0x80 | n)] : [two(0x40 | (n - 4)), two(0xc0 | (n - 4))];
    await play(
      card,
      `> 00 70 00 00 01
       < ${two(n)} 9000
       > ${cla} A4 04 00 10 ${ISDR}
       < 61 21
       > ${proprietary} E2 91 00 03 BF2E00
       < 61 15
       > ${cla} C0 00 00 15
       < BF2E12 8010 .. 9000`.toUpperCase(),
    );
  }
  await play(
    card,
    `> 00 70 00 00 01
     < 6A81
     > 00 70 80 07
     < 9000
     > 00 70 80 07               # closed already
     < 6881
     > 00 70 00 00 01
     < 07 9000
     > 00 70 00 07               # this one, which is open
     < 6A81
     > 00 70 80 00
     < 6A86`,
  );
});

test('SELECT by a part of an AID, P2 00, 04 and 0C, the next occurrence, and what is not there', async () => {
  const { card } = await bench();
  await card.powerOn();
  await play(
    card,
    `> 00 A4 04 04 10 ${ISDR}
     < 61 21
     > 00 A4 04 0C 10 ${ISDR}
     < 9000
     > 00 A4 04 00 05 A000000559
     < 61 21
     > 00 C0 00 00 21
     < 6F1F 8410 ${ISDR} .. 9000
     > 00 A4 04 02 05 A000000559
     < 61 1A
     > 00 C0 00 00 1A
     < 6F18 8410 ${ECASD} A504 9F6501FF 9000
     > 00 A4 04 02 05 A000000559
     < 6A82
     > 00 A4 04 00 10 A0000005591010FFFFFFFF8900050500
     < 6A82
     > 00 A4 04 40 10 ${ISDR}
     < 6A86
     > 80 E2 91 00 03 BF2E00      # the ECASD is still selected
     < 6D00`,
  );
});

test('the ECASD tells the EID to GET DATA', async () => {
  const { card } = await bench();
  await card.powerOn();
  await play(
    card,
    `> 00 A4 04 0C 10 ${ECASD}
     < 9000
     > 80 CA 00 5A 00
     < 6C12
     > 80 CA 00 5A 12
     < 5A10 89049032123451234512345678901235 9000
     > 80 CA 00 66 00
     < 6A88`,
  );
});

test('STORE DATA: blocks are counted, a wrong one ends the series, 255 at most', async () => {
  const { card } = await bench();
  await card.powerOn();
  await play(
    card,
    `> 00 A4 04 0C 10 ${ISDR}
     < 9000
     > 80 E2 11 00 03 BF3E03
     < 9000
     > 80 E2 91 01 03 5C015A
     < 61 15
     > 80 E2 11 00 03 BF3E03
     < 9000
     > 80 E2 91 02 03 5C015A
     < 6A86
     > 80 E2 91 01 03 5C015A     # the series is over
     < 6A86
     > 80 E2 90 00 06 BF3E035C015A
     < 6A86
     > 80 E2 91 00 06 BF3E035C01 # cut off
     < 6700
     > 80 E2 91 00 02 BF20       # a tag without a length
     < 6A80
     > 80 E2 91 00 00
     < 6A80
     > 80 E2 91 00 03 BF7F00     # a function nobody knows
     < 6D00
     > 00 E2 91 00 03 BF2E00
     < 6E00
     > 80 D0 00 00 00
     < 6D00
     > A0 A4 00 00 02 3F00
     < 6E00
     > 04 A4 00 00 02 3F00
     < 6882
     > 10 A4 00 00 02 3F00
     < 6884
     > 02 A4 00 00 02 3F00       # a channel that is not open
     < 6881`,
  );
});

test('manners: blocks over 120 octets refused, the ISD-R on the basic channel only, no channels', async () => {
  const small = (await bench({ manners: ['small-blocks'] })).card;
  await small.powerOn();
  await play(
    small,
    `> 00 A4 04 0C 10 ${ISDR}
     < 9000
     > 80 E2 11 00 79 ${'00'.repeat(121)}
     < 6700
     > 80 E2 11 00 78 ${'00'.repeat(120)}
     < 9000`,
  );
  const basic = (await bench({ manners: ['basic-channel'] })).card;
  await basic.powerOn();
  await play(
    basic,
    `> 00 70 00 00 01
     < 01 9000
     > 01 A4 04 00 10 ${ISDR}
     < 6881
     > 00 A4 04 0C 10 ${ISDR}
     < 9000`,
  );
  const none = (await bench({ manners: ['no-channels'] })).card;
  await none.powerOn();
  await play(none, '> 00 70 00 00 01 \n < 6A81');
});

test('manners: ES10 closed until TERMINAL CAPABILITY tells of an LPA, and again after a reset', async () => {
  const { card, said } = await bench({ manners: ['gates'] });
  const closed = `
     > 00 A4 04 0C 10 ${ISDR}
     < 9000
     > 80 E2 91 00 03 BF2E00
     < 6985`;
  await card.powerOn();
  await play(card, closed);
  assert.match(said('ES10b.GetEUICCChallenge') ?? '', /6985/);
  await play(
    card,
    `> 80 AA 00 00 04 A902 8100
     < 9000
     > 80 E2 91 00 03 BF2E00
     < 6985
     > 80 AA 00 00 07 A905 8100 830107
     < 9000
     > 80 E2 91 00 03 BF2E00
     < 61 15
     > 80 AA 00 00 02 8100
     < 6A80`,
  );
  await card.powerOn();
  await play(card, closed);
});

test('without a profile there is an MF and little else', async () => {
  const { card } = await bench();
  await card.powerOn();
  await play(
    card,
    `> 00 A4 00 04 02 3F00
     < 61 ..
     > 00 A4 08 04 02 2F08
     < 61 ..
     > 00 B0 00 00 05
     < 3C00000000 9000
     > 00 B0 00 00 00
     < 6C05
     > 00 B0 00 04 01
     < 00 9000
     > 00 B0 00 05 01
     < 6B00
     > 00 A4 00 04 02 2FE2
     < 6A82
     > 00 B2 01 04 00
     < 6981
     > 80 F2 00 0C 00
     < 9000
     > 80 F2 00 00 00
     < 6C ..`,
  );
});

test('a profile that is enabled shows its ICCID, its directory and its USIM', async () => {
  const { card, state } = await bench();
  preloadProfile(
    state,
    { iccid: '8949000000000000012', serviceProviderName: 'Operator', profileName: 'Alpha', profileClass: 'operational' },
    { enabled: true },
  );
  await card.powerOn();
  await play(
    card,
    `> 00 A4 00 0C 02 2FE2
     < 9000
     > 00 B0 00 00 0A
     < 98 94 00 00 00 00 00 00 10 F2 9000
     > 00 B0 9E 00 00             # short identifier 1E is EF.DIR, which has records
     < 6981
     > 00 B2 01 F4 26
     < 61 14 4F0C A0000000871002FF49FF0589 50 .. 9000
     > 00 B2 02 F4 26
     < 6A83
     > 00 A4 04 04 07 A0000000871002
     < 61 ..
     > 00 A4 00 04 02 6FAD
     < 61 ..
     > 00 B0 00 00 04
     < 00000002 9000
     > 80 F2 00 01 0E
     < 840C A0000000871002FF49FF0589 9000
     > 00 A4 03 0C 00
     < 9000`,
  );
});

test('a card without power answers nobody', async () => {
  const { card } = await bench();
  await assert.rejects(card.transmit(Uint8Array.of(0, 0xa4, 0, 0, 0)), /no power/);
  await card.powerOn();
  await card.powerOff();
  await assert.rejects(card.transmit(Uint8Array.of(0, 0xa4, 0, 0, 0)), /no power/);
});
