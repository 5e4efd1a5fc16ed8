/** A person at a terminal: the built `lpa download` in a pseudo-terminal, answered key by key; what the server heard of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Outcome, type TestLab, testLab } from '../lab/program.ts';
import { logOf, orderIn } from './programs.ts';

const ENTER = '\r';
const CTRL_C = '\x03';
const DOWNLOAD = /Download\? \[y\]es, \[l\]ater \(default\), \[r\]efuse for good: $/;
const CODE = /Confirmation code for localhost:\d+ \(Lab\): $/;

/** Wait for each question in turn, then press the keys. A terminal shows stdout and stderr as one. */
async function answering(lab: TestLab, code: string, ...dialogue: readonly (readonly [RegExp, string])[]): Promise<Outcome> {
  const running = lab.startInTerminal(['run', '--', 'lpa', 'download', code]);
  let seen = 0;
  for (const [question, keys] of dialogue) {
    while (!question.test(running.stdout().slice(seen))) {
      assert.equal(running.child.exitCode, null, `ended before it asked ${question}: ${running.stdout()}`);
      await Promise.race([once(running.child.stdout, 'data'), running.outcome]);
    }
    seen = running.stdout().length;
    running.child.stdin.write(keys);
  }
  return running.outcome;
}

/** Sessions, as card and server saw them end: `card postponed`, `sm-dp+ postponed`. */
const cancellations = async (lab: TestLab): Promise<string[]> =>
  (await logOf(lab)).filter(({ event }) => event.endsWith('CancelSession')).map(({ who, data }) => `${who} ${data?.['reason']}`);

const POSTPONED = ['card postponed', 'sm-dp+ postponed'];

test('a wrong confirmation code, then the right one, in one run; neither is seen on the screen', {
  timeout: 60_000,
}, async () => {
  await using lab = testLab();
  const code = await orderIn(lab, '--confirmation-code', 'SECRET-4321');
  const { code: exit, stdout } = await answering(
    lab,
    code,
    [DOWNLOAD, `y${ENTER}`],
    [CODE, `SECRET-9999${ENTER}`],
    [CODE, `SECRET-4321${ENTER}`],
  );
  assert.equal(exit, 0, stdout);
  assert.match(stdout, /warning:\S* the confirmation code was refused/);
  assert.match(stdout, /Installed\S* \d{18,20} \(Lab Lab profile\), disabled/);
  assert.ok(!stdout.includes('SECRET'), stdout);
  assert.ok(!stdout.includes(code.split('$')[2]!), 'nor is the activation code');
  assert.equal(stdout.split('Download?').length, 2, 'what was agreed to is not asked again');
  const log = await logOf(lab);
  assert.deepEqual(
    log.flatMap(({ event, data }) =>
      event === 'ES9+.GetBoundProfilePackage' ? [data?.['subjectCode'] ?? data?.['status']] : [],
    ),
    ['8.2.7', 'Executed-Success'],
  );
  assert.deepEqual(await cancellations(lab), []);
});

test('Enter, Ctrl-C at the preview and at the confirmation code: postponed, exit 130; the code downloads afterwards', {
  timeout: 60_000,
}, async () => {
  await using lab = testLab();
  const code = await orderIn(lab, '--confirmation-code', '4321');
  const dialogues: readonly (readonly (readonly [RegExp, string])[])[] = [
    [[DOWNLOAD, ENTER]],
    [[DOWNLOAD, CTRL_C]],
    [
      [DOWNLOAD, `y${ENTER}`],
      [CODE, CTRL_C],
    ],
    [
      [DOWNLOAD, `y${ENTER}`],
      [CODE, ENTER],
    ],
  ];
  for (const dialogue of dialogues) {
    const { code: exit, stdout } = await answering(lab, code, ...dialogue);
    assert.equal(exit, 130, stdout);
    assert.match(stdout, /lpa:\S* postponed\r\nthe activation code is still good\r\n$/);
  }
  assert.deepEqual(
    await cancellations(lab),
    dialogues.flatMap(() => POSTPONED),
  );
  const { code: exit, stdout } = await answering(lab, code, [DOWNLOAD, `y${ENTER}`], [CODE, `4321${ENTER}`]);
  assert.equal(exit, 0, stdout);
});

test('r: what it means is said before, the server hears endUserRejection, exit 130', { timeout: 60_000 }, async () => {
  await using lab = testLab();
  const code = await orderIn(lab);
  const { code: exit, stdout } = await answering(lab, code, [DOWNLOAD, `r${ENTER}`]);
  assert.equal(exit, 130, stdout);
  assert.match(stdout, /\nRefused for good, the operator may withdraw the profile; later changes nothing\.\r\nDownload\?/);
  assert.match(stdout, /lpa:\S* refused for good\r\nthe activation code has ended\r\n$/);
  assert.deepEqual(await cancellations(lab), ['card endUserRejection', 'sm-dp+ endUserRejection']);
});
