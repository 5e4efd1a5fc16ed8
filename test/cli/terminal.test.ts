import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTerminalLab } from './terminal.ts';

const ALPHA = { profileName: 'Alpha', serviceProviderName: 'Lab Mobile' };
const reasons = (log: readonly { readonly who: string; readonly data?: Readonly<Record<string, unknown>> }[]): unknown[] =>
  log.filter(({ who, data }) => who === 'sm-dp+' && data?.['reason'] !== undefined).map(({ data }) => data?.['reason']);

test('in a terminal: a wrong confirmation code, then the right one, neither echoed; one line of progress', async () => {
  await using lab = await openTerminalLab();
  const { order, activationCode } = lab.smdp.createOrder({ ...ALPHA, confirmationCode: 'CC-4321' });
  const { code, screen } = await lab.type(
    ['download', activationCode],
    [
      [/for good: /, 'y\n'],
      [/Confirmation code for .*: /, 'CC-0000\r'],
      [/was refused[\s\S]*Confirmation code for .*: /, 'CC-4X\x7f321\r'],
    ],
  );
  assert.equal(code, 0, screen);
  assert.ok(!/CC-/.test(screen), screen);
  assert.match(screen, new RegExp(`Installed ${order.iccid} \\(Lab Mobile Alpha\\), disabled`));
  assert.match(screen, /\rinstalling {2}\[#+\.*\] +\d+ %/);
  assert.equal(order.state, 'installed');
});

test('on a dumb terminal nothing is written over and nothing is coloured', async () => {
  await using lab = await openTerminalLab();
  const { activationCode } = lab.smdp.createOrder(ALPHA);
  const { code, screen } = await lab.type(['download', activationCode, '--yes'], [], { TERM: 'dumb', NO_COLOR: '' });
  assert.equal(code, 0, screen);
  assert.match(screen, /^installing$/m);
  assert.doesNotMatch(screen, /[\r\x1b]/);
});

test('in a terminal: Enter, end of input and Ctrl-C postpone, "r" refuses; each exits 130', async () => {
  await using lab = await openTerminalLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  for (const key of ['\n', '\x04', '\x03']) {
    const { code, screen } = await lab.type(['download', activationCode], [[/for good: /, key]]);
    assert.equal(code, 130, screen);
    assert.match(screen, /lpa: postponed\nthe activation code is still good\n$/);
    if (key === '\x03') assert.match(screen, /cancelling\. Ctrl-C again leaves at once/);
  }
  assert.deepEqual(reasons(lab.log), ['postponed', 'postponed', 'postponed']);
  assert.equal(order.state, 'released');

  const refused = await lab.type(['download', activationCode], [[/for good: /, 'r\n']]);
  assert.equal(refused.code, 130);
  assert.match(refused.screen, /lpa: refused for good\nthe activation code has ended\n$/);
  assert.equal(reasons(lab.log).at(-1), 'endUserRejection');
});

test('in a terminal: Ctrl-C at the confirmation code postpones, and the terminal echoes again', async () => {
  await using lab = await openTerminalLab();
  const { activationCode } = lab.smdp.createOrder({ ...ALPHA, confirmationCode: '4321' });
  const { code, screen } = await lab.type(
    ['download', activationCode],
    [
      [/for good: /, 'y\n'],
      [/Confirmation code for .*: /, '43\x03'],
    ],
  );
  assert.equal(code, 130, screen);
  assert.deepEqual(reasons(lab.log), ['postponed']);
});

test('in a terminal: delete asks for the last digits, and Ctrl-C there changes nothing', async () => {
  await using lab = await openTerminalLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  await lab.run(['download', activationCode, '--yes']);
  const stopped = await lab.type(['delete', 'Alpha'], [[/To confirm, .*: /, '\x03']]);
  assert.equal(stopped.code, 130, stopped.screen);
  assert.match(stopped.screen, /cancelled\n$/);
  assert.equal(lab.card.state.profiles.length, 1);
  const deleted = await lab.type(['delete', 'Alpha'], [[/To confirm, .*: /, `${order.iccid.slice(-4)}\n`]]);
  assert.equal(deleted.code, 0, deleted.screen);
  assert.match(deleted.screen, new RegExp(`Deleted ${order.iccid} \\(Alpha\\)`));
  assert.equal(lab.card.state.profiles.length, 0);
});

test('in a terminal: CI or --no-input means that nobody is asked', async () => {
  await using lab = await openTerminalLab();
  const { activationCode } = lab.smdp.createOrder(ALPHA);
  for (const [argv, env] of [
    [['download', activationCode, '--no-input'], {}],
    [['download', activationCode], { CI: 'true' }],
  ] as const) {
    const { code, screen } = await lab.type(argv, [], env);
    assert.equal(code, 2);
    assert.match(screen, /nobody is there to be asked/);
  }
  assert.deepEqual(lab.decisions(), []);
});
