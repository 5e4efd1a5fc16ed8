/**
 * Every fault of the card over a whole download: the error that the LPA raises, how the session ended on both sides, what
 * became of the order; and that the card works afterwards.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CardError, DecodeError, EuiccError, LpaError, StatusWordError } from '../../src/errors.ts';
import { listNotification } from '../../src/es10/es10b.ts';
import { getProfilesInfo } from '../../src/es10/es10c.ts';
import { FAULTS } from '../../src/lab/euicc/faults.ts';
import { sendNotifications } from '../../src/procedures/notifications.ts';
import { switchProfile } from '../../src/procedures/switch.ts';
import { type Whole, wholeLab } from './whole.ts';

function kindOf(error: unknown): string {
  if (error instanceof StatusWordError) return `card ${error.sw.toString(16).toUpperCase()}`;
  if (error instanceof CardError) return `card ${error.problem}`;
  if (error instanceof EuiccError) return `euicc ${error.result}`;
  if (error instanceof DecodeError) return 'decode';
  return error instanceof LpaError ? error.code : String(error);
}

/** fault | how the download ends | CancelSession at the card, at the server | the code afterwards | the order */
const TABLE = `
  pull@GetEUICCChallenge                             | card gone                  |                                       | untouched   | released
  pull@AuthenticateServer                            | card gone                  |                                       | untouched   | released
  pull@PrepareDownload                               | card gone                  |                                       | likelyGood  | released
  pull@segment:1                                     | card gone                  |                                       | unknown     | downloaded
  pull@segment:5                                     | card gone                  |                                       | unknown     | released
  power-lost@segment:8                               | card gone                  |                                       | unknown     | released
  lost-answer@AuthenticateServer                     | card gone                  |                                       | untouched   | released
  status-word@AuthenticateServer                     | card 6A88                  |                                       | untouched   | released
  status-word@PrepareDownload:6F00                   | card 6F00                  |                                       | likelyGood  | released
  status-word@segment:4                              | card 6A88                  | loadBppExecutionError loadBppExecutionError | unknown | error
  refuse@AuthenticateServer:invalidCertificate       | euicc invalidCertificate   |                                       | untouched   | released
  refuse@PrepareDownload:invalidSignature            | euicc invalidSignature     | undefinedReason undefinedReason       | likelyEnded | error
  refuse@PrepareDownload:noSessionContext            | euicc noSessionContext     |                                       | likelyGood  | released
  refuse@segment:4:installFailedDueToPEProcessingError | euicc installFailedDueToPEProcessingError |                     | used        | error
  refuse@segment:1:installFailedDueToInsufficientMemoryForProfile | euicc installFailedDueToInsufficientMemoryForProfile | | mayRetry    | released
  no-result                                          | installed                  |                                       |             | installed
  truncated-answer@AuthenticateServer                | decode                     |                                       | untouched   | released
  truncated-answer@GetEUICCInfo1                     | decode                     |                                       | untouched   | released
  overlong-length@PrepareDownload                    | decode                     |                                       | likelyGood  | released
  wrong-tag@GetEUICCChallenge                        | decode                     |                                       | untouched   | released
  doubled-field@AuthenticateServer                   | decode                     |                                       | untouched   | released
  truncated-answer@segment:9                         | installed                  |                                       |             | installed
  truncated-answer@GetProfilesInfo#3                 | installed                  |                                       |             | installed
  truncated-answer@GetProfilesInfo#1                 | decode                     |                                       | likelyGood  | released
  endless-61xx@PrepareDownload                       | decode                     |                                       | likelyGood  | released
  hostile-names                                      | installed                  |                                       |             | downloaded
  ignores-switch                                     | installed                  |                                       |             | installed
`;

const rows = TABLE.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()));

for (const [fault = '', ends, cancelled, code, order] of rows) {
  test(`${fault}: ${ends}, the order is ${order}`, async () => {
    await using lab = await wholeLab({ faults: [fault] });
    const created = lab.bench.smdp.createOrder({ package: { size: 2400 } });
    let ended = 'installed';
    let codeState = '';
    const found = await lab.open();
    try {
      await lab.download(found, created);
    } catch (error) {
      ended = kindOf(error);
      codeState = error instanceof LpaError ? (error.codeState ?? '') : '';
    }
    await Promise.resolve(found[Symbol.asyncDispose]()).catch(() => {}); // a card that is gone cannot be let go in good order
    const before = { ends: ended, cancelled: cancellations(lab), code: codeState };
    await afterwards(lab, fault === 'hostile-names' ? 1 : 0);
    assert.deepEqual({ ...before, order: created.order.state }, { ends, cancelled, code, order: order });
  });
}

/** Reasons that the card signed, then those that the server took. */
function cancellations({ bench }: Whole): string {
  const reasons = (who: string, event: RegExp) =>
    bench.log
      .filter((entry) => entry.who === who && event.test(entry.event) && entry.data?.['reason'] !== undefined)
      .map(({ data }) => String(data?.['reason']));
  return [...reasons('card', /CancelSession/), ...reasons('sm-dp+', /CancelSession/)].join(' ');
}

/** The next command: the card is there, tells what is pending, and lists what is on it. A notification for a hostile address stays. */
async function afterwards(lab: Whole, undelivered: number): Promise<void> {
  await using found = await lab.open();
  await sendNotifications(lab.lpaWith(found));
  assert.equal((await listNotification(found.isdr)).length, undelivered);
  const { length } = await getProfilesInfo(found.isdr);
  assert.ok(length <= 1);
}

test('every fault of the card has a row in the table above', () => {
  const tried = new Set(rows.map(([fault = '']) => fault.split('@')[0]));
  assert.deepEqual(
    Object.keys(FAULTS).filter((name) => !tried.has(name)),
    [],
  );
});

test('ignores-switch: the card is not believed', async () => {
  await using lab = await wholeLab({ faults: ['ignores-switch'] });
  await using found = await lab.open();
  await lab.download(found, lab.bench.smdp.createOrder({ package: { size: 2400 } }));
  const [profile] = await getProfilesInfo(found.isdr);
  assert.ok(profile);
  await assert.rejects(switchProfile(found.isdr, 'enabled', profile), { result: 'stateUnchanged' });
});
