/**
 * Every fault of the card, at the functions where it may meet a command of `lpa`: exit code, how the session ended on both sides,
 * what became of code, order and card; and that the next command works, as does the same one on the card without its fault.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS } from '../../src/lab/euicc/faults.ts';
import { preloadProfile } from '../../src/lab/euicc/state.ts';
import type { ProfileMetadata } from '../../src/lpa/sgp22/profile.ts';
import { type ChangingLab, codeOf, endOf, openChangingLab } from '../cli/changing-lab.ts';
import { EID } from './smdp/harness.ts';

const ALPHA = '8949000000000000011';
const BETA = '8949000000000000029';

/** A command as it stands in the table, and what a script adds to it. Another profile than Alpha and Beta is the code's. */
const MORE: Readonly<Record<string, (code: string) => readonly string[]>> = {
  download: (code) => [code, '--yes'],
  'download --enable': (code) => [code, '--yes'],
  'delete Beta': () => ['--confirm', BETA],
  'reset --operational': () => ['--confirm', EID],
};

/** These need something that waits. */
const NEEDS_PENDING = ['notifications', 'notifications send'];

/**
 * Columns: the command · its faults · how it ends · CancelSession at the card, at the server · what the user hears of the code ·
 * the order · what is on the card at its next start (* is enabled, +1 a notification that
 * waits) · the same command again, without the fault, and what is on the card then.
 */
const TABLE = rows(`
  download                   | pull@GetEUICCInfo1                           | 3 gone                                |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | pull@GetEUICCChallenge                       | 3 gone                                |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | pull@AuthenticateServer                      | 3 gone                                |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | pull@GetProfilesInfo                         | 3 gone                                |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | pull@PrepareDownload                         | 3 gone                                |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | pull@segment:1                               | 3 gone                                |                                             | unknown     | downloaded | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | pull@segment:5                               | 3 gone                                |                                             | unknown     | downloaded | Alpha* Beta +1     | 0                    | Alpha* Beta New
  download                   | pull@ListNotification                        | 0                                     |                                             | -           | downloaded | Alpha* Beta New +1 | 4 iccidAlreadyExists | Alpha* Beta New
  download                   | pull@RetrieveNotificationsList               | 0                                     |                                             | -           | downloaded | Alpha* Beta New +1 | 4 iccidAlreadyExists | Alpha* Beta New
  download                   | pull@RemoveNotificationFromList              | 0                                     |                                             | -           | installed  | Alpha* Beta New +1 | 5 8.2.6/3.8          | Alpha* Beta New +1
  download                   | power-lost@PrepareDownload                   | 3 gone                                |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | power-lost@segment:8                         | 3 gone                                |                                             | unknown     | downloaded | Alpha* Beta +1     | 0                    | Alpha* Beta New
  download                   | lost-answer@AuthenticateServer               | 3 gone                                |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | lost-answer@PrepareDownload                  | 3 gone                                |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | lost-answer@segment:5                        | 3 gone                                |                                             | unknown     | downloaded | Alpha* Beta +1     | 0                    | Alpha* Beta New
  download                   | lost-answer@RemoveNotificationFromList       | 0                                     |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download                   | status-word@AuthenticateServer               | 3 6A88                                |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | status-word@PrepareDownload:6F00             | 3 6F00                                |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | status-word@segment:4                        | 3 6A88                                | loadBppExecutionError loadBppExecutionError | unknown     | error      | Alpha* Beta        | 5 8.2.6/3.8          | Alpha* Beta
  download                   | status-word@RetrieveNotificationsList        | 0                                     |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download                   | status-word@RemoveNotificationFromList:6F00  | 0                                     |                                             | -           | installed  | Alpha* Beta New +1 | 5 8.2.6/3.8          | Alpha* Beta New +1
  download                   | refuse@AuthenticateServer:invalidCertificate | 4 invalidCertificate                  |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | refuse@PrepareDownload:invalidSignature      | 4 invalidSignature                    | undefinedReason undefinedReason             | likelyEnded | error      | Alpha* Beta        | 5 8.2.6/3.8          | Alpha* Beta
  download                   | refuse@PrepareDownload:noSessionContext      | 4 noSessionContext                    |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | refuse@PrepareDownload:undefinedError and refuse@CancelSession:undefinedError | 4 undefinedError                      |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | refuse@segment:4:installFailedDueToPEProcessingError | 4 installFailedDueToPEProcessingError |                                             | used        | error      | Alpha* Beta        | 5 8.2.6/3.8          | Alpha* Beta
  download                   | refuse@segment:1:installFailedDueToInsufficientMemoryForProfile | 4 installFailedDueToInsufficientMemoryForProfile |                                             | mayRetry    | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | refuse@segment:3:installFailedDueToInterruption | 4 installFailedDueToInterruption      |                                             | mayRetry    | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | refuse@RetrieveNotificationsList:undefinedError | 0                                     |                                             | -           | downloaded | Alpha* Beta New +1 | 4 iccidAlreadyExists | Alpha* Beta New
  download                   | refuse@RemoveNotificationFromList:nothingToDelete | 0                                     |                                             | -           | installed  | Alpha* Beta New +1 | 5 8.2.6/3.8          | Alpha* Beta New +1
  download                   | no-result                                    | 0                                     |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download                   | truncated-answer@AuthenticateServer          | 7 decode                              |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | truncated-answer@GetEUICCInfo1               | 7 decode                              |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | truncated-answer@GetProfilesInfo             | 7 decode                              |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | truncated-answer@RetrieveNotificationsList   | 0                                     |                                             | -           | downloaded | Alpha* Beta New +1 | 4 iccidAlreadyExists | Alpha* Beta New
  download                   | truncated-answer@GetProfilesInfo#1           | 7 decode                              |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | truncated-answer@segment:9                   | 0                                     |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download                   | wrong-tag@segment:9                          | 0                                     |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download                   | endless-61xx@segment:9                       | 0                                     |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download                   | overlong-length@PrepareDownload              | 7 decode                              |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | wrong-tag@GetEUICCChallenge                  | 7 decode                              |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | doubled-field@AuthenticateServer             | 7 decode                              |                                             | untouched   | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | endless-61xx@PrepareDownload                 | 7 decode                              |                                             | likelyGood  | released   | Alpha* Beta        | 0                    | Alpha* Beta New
  download                   | hostile-names                                | 0                                     |                                             | -           | downloaded | Alpha* Beta New +1 | 4 iccidAlreadyExists | Alpha* Beta New
  download                   | ignores-switch                               | 0                                     |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download --enable          | ignores-switch                               | 4 stateUnchanged                      |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download --enable          | refuse@EnableProfile:catBusy                 | 4 catBusy                             |                                             | -           | installed  | Alpha* Beta New    | 5 8.2.6/3.8          | Alpha* Beta New
  download --enable          | lost-answer@EnableProfile                    | 3 gone                                |                                             | -           | downloaded | Alpha Beta New* +3 | 4 iccidAlreadyExists | Alpha Beta New*

  enable Beta                | pull@EnableProfile                           | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta*
  enable Beta                | power-lost@EnableProfile                     | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta*
  enable Beta                | lost-answer@EnableProfile                    | 3 gone                                |                                             | -           | released   | Alpha Beta* +2     | 0                    | Alpha Beta*
  enable Beta                | pull@GetProfilesInfo                         | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta*
  enable Beta                | status-word@EnableProfile:6F00               | 0                                     |                                             | -           | released   | Alpha Beta*        | 0                    | Alpha Beta*
  enable Beta                | refuse@EnableProfile:catBusy                 | 4 catBusy                             |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta*
  enable Beta                | refuse@EnableProfile:undefinedError          | 4 undefinedError                      |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta*
  enable Beta                | refuse@EnableProfile:disallowedByPolicy      | 4 disallowedByPolicy                  |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta*
  enable Beta                | refuse@EnableProfile:wrongProfileReenabling  | 4 wrongProfileReenabling              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta*
  enable Beta                | truncated-answer@EnableProfile               | 0                                     |                                             | -           | released   | Alpha Beta*        | 0                    | Alpha Beta*
  enable Beta                | overlong-length@EnableProfile                | 0                                     |                                             | -           | released   | Alpha Beta*        | 0                    | Alpha Beta*
  enable Beta                | wrong-tag@EnableProfile                      | 0                                     |                                             | -           | released   | Alpha Beta*        | 0                    | Alpha Beta*
  enable Beta                | doubled-field@EnableProfile                  | 0                                     |                                             | -           | released   | Alpha Beta*        | 0                    | Alpha Beta*
  enable Beta                | endless-61xx@EnableProfile                   | 0                                     |                                             | -           | released   | Alpha Beta*        | 0                    | Alpha Beta*
  enable Beta                | truncated-answer@GetProfilesInfo#2           | 7 decode                              |                                             | -           | released   | Alpha Beta* +2     | 0                    | Alpha Beta*
  enable Beta                | pull@GetProfilesInfo#2                       | 3 gone                                |                                             | -           | released   | Alpha Beta* +2     | 0                    | Alpha Beta*
  enable Beta                | ignores-switch                               | 4 stateUnchanged                      |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta*
  enable 8949000000000000029 | hostile-names                                | 0                                     |                                             | -           | released   | Alpha Beta* +2     | 0                    | Alpha Beta*
  enable Beta                | pull@ListNotification                        | 0                                     |                                             | -           | released   | Alpha Beta* +2     | 0                    | Alpha Beta*

  disable Alpha              | pull@DisableProfile                          | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta
  disable Alpha              | lost-answer@DisableProfile                   | 3 gone                                |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta
  disable Alpha              | status-word@DisableProfile:6985              | 0                                     |                                             | -           | released   | Alpha Beta         | 0                    | Alpha Beta
  disable Alpha              | refuse@DisableProfile:catBusy                | 4 catBusy                             |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta
  disable Alpha              | refuse@DisableProfile:disallowedByPolicy     | 4 disallowedByPolicy                  |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta
  disable Alpha              | ignores-switch                               | 4 stateUnchanged                      |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha Beta

  delete Beta                | pull@DeleteProfile                           | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha*
  delete Beta                | power-lost@DeleteProfile                     | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha*
  delete Beta                | lost-answer@DeleteProfile                    | 3 gone                                |                                             | -           | released   | Alpha* +1          | 2 usage              | Alpha* +1
  delete Beta                | status-word@DeleteProfile                    | 0                                     |                                             | -           | released   | Alpha*             | 2 usage              | Alpha*
  delete Beta                | refuse@DeleteProfile:disallowedByPolicy      | 4 disallowedByPolicy                  |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha*
  delete Beta                | truncated-answer@DeleteProfile               | 0                                     |                                             | -           | released   | Alpha*             | 2 usage              | Alpha*

  rename Beta Work           | pull@SetNickname                             | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Work
  rename Beta Work           | lost-answer@SetNickname                      | 3 gone                                |                                             | -           | released   | Alpha* Work        | 0                    | Alpha* Work
  rename Beta Work           | status-word@SetNickname:6A80                 | 3 6A80                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Work
  rename Beta Work           | refuse@SetNickname:undefinedError            | 4 undefinedError                      |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Work
  rename Beta Work           | wrong-tag@SetNickname                        | 7 decode                              |                                             | -           | released   | Alpha* Work        | 0                    | Alpha* Work

  list                       | pull@GetProfilesInfo                         | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  list                       | status-word@GetProfilesInfo:6A88             | 3 6A88                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  list                       | refuse@GetProfilesInfo:undefinedError        | 4 undefinedError                      |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  list                       | truncated-answer@GetProfilesInfo             | 7 decode                              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  list                       | overlong-length@GetProfilesInfo              | 7 decode                              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  list                       | wrong-tag@GetProfilesInfo                    | 7 decode                              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  list                       | doubled-field@GetProfilesInfo                | 7 decode                              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  list                       | endless-61xx@GetProfilesInfo                 | 7 decode                              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  list                       | hostile-names                                | 0                                     |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta

  info                       | pull@GetEID                                  | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  info                       | status-word@GetEUICCInfo2:6A88               | 3 6A88                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  info                       | truncated-answer@GetEUICCInfo2               | 7 decode                              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  info                       | wrong-tag@GetEID                             | 7 decode                              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  info                       | endless-61xx@GetEUICCInfo2                   | 7 decode                              |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  info                       | hostile-names                                | 0                                     |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta

  notifications              | pull@ListNotification                        | 3 gone                                |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta +1
  notifications              | refuse@ListNotification:undefinedError       | 4 undefinedError                      |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta +1
  notifications              | truncated-answer@ListNotification            | 7 decode                              |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta +1
  notifications send         | pull@RetrieveNotificationsList               | 3 gone                                |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta
  notifications send         | pull@RemoveNotificationFromList              | 3 gone                                |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta
  notifications send         | lost-answer@RemoveNotificationFromList       | 3 gone                                |                                             | -           | released   | Alpha Beta         | 0                    | Alpha Beta
  notifications send         | refuse@RetrieveNotificationsList:undefinedError | 4 undefinedError                      |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta
  notifications send         | refuse@RemoveNotificationFromList:undefinedError | 4 undefinedError                      |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta
  notifications send         | wrong-tag@RetrieveNotificationsList          | 7 decode                              |                                             | -           | released   | Alpha Beta +1      | 0                    | Alpha Beta

  reset --operational        | pull@eUICCMemoryReset                        | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | -
  reset --operational        | lost-answer@eUICCMemoryReset                 | 3 gone                                |                                             | -           | released   | +2                 | 0                    | -
  reset --operational        | status-word@eUICCMemoryReset:6F00            | 3 6F00                                |                                             | -           | released   | Alpha* Beta        | 0                    | -
  reset --operational        | refuse@eUICCMemoryReset:catBusy              | 4 catBusy                             |                                             | -           | released   | Alpha* Beta        | 0                    | -
  reset --operational        | refuse@eUICCMemoryReset:nothingToDelete      | 4 nothingToDelete                     |                                             | -           | released   | Alpha* Beta        | 0                    | -
  reset --operational        | truncated-answer@eUICCMemoryReset            | 0                                     |                                             | -           | released   | -                  | 0                    | -

  smdp smdp.example.com      | pull@SetDefaultDpAddress                     | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  smdp smdp.example.com      | lost-answer@SetDefaultDpAddress              | 3 gone                                |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
  smdp smdp.example.com      | refuse@SetDefaultDpAddress:undefinedError    | 4 undefinedError                      |                                             | -           | released   | Alpha* Beta        | 0                    | Alpha* Beta
`);

function rows(table: string): readonly (readonly string[])[] {
  const lines = table.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.split('|').map((cell) => cell.trim()));
}

for (const row of TABLE) {
  const [command = '', fault = '', ends = ''] = row;
  test(`${command}, ${fault}: ${ends}`, async () => {
    await using lab = await openChangingLab();
    preload(lab);
    const { activationCode, order } = lab.smdp.createOrder({ profileName: 'New', package: { size: 2400 } });
    if (NEEDS_PENDING.includes(command)) await lab.run(['disable', 'Alpha', '--no-notify']);
    const argv = [...command.split(' '), ...(MORE[command]?.(activationCode) ?? []), '--json'];

    lab.become({ faults: fault.split(' and ') });
    const ran = await lab.run(argv);
    const ended = [endOf(ran), cancellations(lab), codeOf(ran), order.state];

    // A start settles what the card has begun.
    lab.become({});
    const list = await lab.run(['list', '--json']);
    assert.deepEqual([list.code, JSON.parse(list.out).length], [0, lab.state.profiles.length], list.err);
    ended.push(onCard(lab));
    const again = [endOf(await lab.run(argv)), onCard(lab)];
    assert.deepEqual([command, fault, ...ended, ...again], row);
    // Whatever it was, the servers can be told of it, where their address is one.
    const sent = await lab.run(['notifications', 'send', '--json']);
    assert.deepEqual([sent.code, lab.state.notifications], [0, []], sent.err);
  });
}

/** Alpha is enabled, Beta is not; the lab's server wants to hear of both. */
function preload({ state, smdp }: ChangingLab): void {
  for (const [iccid, profileName] of [[ALPHA, 'Alpha'] as const, [BETA, 'Beta'] as const]) {
    const metadata: ProfileMetadata = {
      iccid,
      profileName,
      serviceProviderName: 'Operator',
      profileClass: 'operational',
      notificationConfigurationInfo: [
        {
          profileManagementOperation: ['notificationEnable', 'notificationDisable', 'notificationDelete'],
          notificationAddress: smdp.address,
        },
      ],
    };
    preloadProfile(state, metadata, { enabled: profileName === 'Alpha' });
  }
}

/** Reasons that the card signed, then those that the server took. */
function cancellations({ log }: ChangingLab): string {
  const reasons = (who: string) =>
    log
      .filter((entry) => entry.who === who && entry.event.endsWith('.CancelSession') && entry.data?.['reason'] !== undefined)
      .map(({ data }) => String(data?.['reason']));
  return [...reasons('card'), ...reasons('sm-dp+')].join(' ');
}

function onCard({ state: { profiles, notifications } }: ChangingLab): string {
  const named = profiles.map(({ iccid, enabled, profileNickname }) => {
    const name = profileNickname ?? (iccid === ALPHA ? 'Alpha' : iccid === BETA ? 'Beta' : 'New');
    return `${name}${enabled ? '*' : ''}`;
  });
  return [...named, ...(notifications.length > 0 ? [`+${notifications.length}`] : [])].join(' ') || '-';
}

test('every fault of the card has a row in the table above', () => {
  const tried = new Set(TABLE.flatMap(([, fault = '']) => fault.split(' and ').map((each) => each.split('@')[0])));
  assert.deepEqual(
    Object.keys(FAULTS).filter((name) => !tried.has(name)),
    [],
  );
});
