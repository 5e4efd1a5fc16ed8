/** Reading pending notifications from cards that filter them, and from cards that do not: by octets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/lpa/bytes.ts';
import { CardError } from '../../src/lpa/errors.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { installationResults, octetsOf, pendingNotification } from '../../src/lpa/procedures/pending-notifications.ts';
import { CLOSE, OPEN, scriptedCard } from '../transcript.ts';

const isdrOn = (script: string): Promise<Isdr> => Isdr.open(scriptedCard(OPEN + script + CLOSE));

/** ProfileInstallationResult of SGP.22 §2.5.6: number 5, success, a simaResponse that is empty. */
const RESULT =
  'BF37 37 BF27 30 80 02 ABCD BF2F 0C 80 01 05 81 02 0780 0C 03 612E62 06 03 883701 ' +
  'A2 16 A0 14 4F 10 A0000005591010FFFFFFFF8900001100 04 00 5F37 01 00';
/** OtherSignedNotification: number 6, of an enabling. */
const OTHER = '30 16 BF2F 0C 80 01 06 81 02 0640 0C 03 612E62 5F37 00 3000 3000';
const length = (hex: string): number => hex.replaceAll(' ', '').length / 2;
const byte = (value: number): string => value.toString(16).padStart(2, '0');
const listOf = (...items: readonly string[]): string => {
  const octets = length(items.join(''));
  return `BF2B ${byte(octets + 2)} A0 ${byte(octets)} ${items.join(' ')} 9000`;
};

const BY_EVENT = '> 81 E2 91 00 09 BF2B 06 A0 04 81 02 0780 00';
const BY_NUMBER = '> 81 E2 91 00 08 BF2B 05 A0 03 80 01 05 00';
const WHOLE = '> 81 E2 91 00 03 BF2B 00 00';

/** How cards answer a filter that they do not support. */
const UNFILTERED = ['BF2B 03 81 01 7F 9000', '6A88', '9000', 'BF2B 02 A0 00 9000', 'BF2B 03 81 01 01 9000'];

test('installationResults asks for installations alone, and leaves out every other notification', async () => {
  await using isdr = await isdrOn(`
    ${BY_EVENT}
    < ${listOf(OTHER, RESULT)}`);
  const [result, ...others] = await installationResults(isdr);
  assert.deepEqual([result?.transactionId, result?.notificationMetadata.seqNumber, others], ['ABCD', 5, []]);
});

test('installationResults reads the whole list where the card refuses the filter, or filters everything out', async () => {
  for (const answer of UNFILTERED) {
    await using isdr = await isdrOn(`
      ${BY_EVENT}
      < ${answer}
      ${WHOLE}
      < ${listOf(OTHER, RESULT)}`);
    assert.deepEqual(
      (await installationResults(isdr)).map(({ transactionId }) => transactionId),
      ['ABCD'],
      answer,
    );
  }
});

test('pendingNotification reads the whole list where the card refuses the number, or gives another notification', async () => {
  for (const answer of [...UNFILTERED, listOf(OTHER)]) {
    await using isdr = await isdrOn(`
      ${BY_NUMBER}
      < ${answer}
      ${WHOLE}
      < ${listOf(OTHER, RESULT)}`);
    assert.deepEqual(octetsOf(await pendingNotification(isdr, 5)), fromHex(RESULT.replaceAll(' ', '')), answer);
  }
});

test('a card that does not give the notification at all: nothingToRetrieve', async () => {
  await using isdr = await isdrOn(`
    ${BY_NUMBER}
    < ${listOf(OTHER)}
    ${WHOLE}
    < ${listOf(OTHER)}`);
  await assert.rejects(pendingNotification(isdr, 5), { name: 'EuiccError', result: 'nothingToRetrieve' });
});

test('a card that is gone is not asked for its whole list', async () => {
  for (const read of [installationResults, (isdr: Isdr) => pendingNotification(isdr, 5)]) {
    await using isdr = await isdrOn('');
    const gone = new CardError('the card is gone', { problem: 'gone' });
    let asked = 0;
    isdr.call = async () => {
      asked += 1;
      throw gone;
    };
    await assert.rejects(read(isdr), gone);
    assert.equal(asked, 1);
  }
});
