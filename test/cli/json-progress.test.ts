/** `--progress json`: everything on stderr is one JSON object per line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLab } from './lab.ts';

type Line = Readonly<Record<string, unknown>>;
const linesOf = (err: string): Line[] =>
  err
    .trimEnd()
    .split('\n')
    .map((line) => {
      const value: unknown = JSON.parse(line);
      assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), line);
      return value as Line;
    });

for (const json of [['--json'], []]) {
  test(`download ${json.join('')} --progress json: preview, warnings and the next command are JSON lines`, async () => {
    await using lab = await openLab();
    const { order, activationCode } = lab.smdp.createOrder({
      profileName: 'Alpha',
      serviceProviderName: '日本の通信会社テスト株',
    });
    const argv = ['download', activationCode, '--yes', ...json, '--progress', 'json', '--confirmation-code', '77'];
    const { code, err } = await lab.run(argv);
    assert.equal(code, 0, err);
    const lines = linesOf(err);
    const preview = lines.find(({ step }) => step === 'preview');
    const metadata = preview?.['profileMetadata'] as Line;
    assert.deepEqual([metadata['iccid'], metadata['profileName']], [order.iccid, 'Alpha']);
    assert.equal(preview?.['smdpAddress'], lab.smdp.address);
    assert.equal((preview?.['warnings'] as string[] | undefined)?.length, 1);
    const at = lines.indexOf(preview as Line);
    assert.ok(lines.findIndex(({ step }) => step === 'ES10b.PrepareDownload') > at && at > 0);
    assert.ok(lines.some(({ warning }) => /confirmation code was not used/.test(`${warning}`)));
    assert.deepEqual(
      lines.flatMap(({ next }) => (next === undefined ? [] : [next])),
      json.length > 0 ? [] : [`\`lpa enable ${order.iccid}\``],
    );
  });
}

test('prompts, notices, traces and errors with --progress json are JSON lines too', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ profileName: 'Alpha\u001b[2J' });
  const postponed = await lab.run(['download', activationCode, '--progress', 'json', '--trace'], { typed: 'what\nl\n' });
  assert.equal(postponed.code, 130);
  const lines = linesOf(postponed.err);
  assert.ok(lines.filter(({ prompt }) => /Download\?/.test(`${prompt}`)).length === 2, postponed.err);
  assert.equal((lines.at(-1)?.['error'] as Line | undefined)?.['reason'], 'postponed');
  assert.ok(lines.some(({ step }) => step === 'preview'));
  const unknown = await lab.run(['download', '--no-such-option', '--progress', 'json']);
  assert.equal(unknown.code, 2);
  assert.ok(linesOf(unknown.err).every(({ error }) => error !== undefined));
});

test('Ctrl-C with --progress json: the notice and the error are JSON lines', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder();
  let press: () => void = () => {};
  const { code, err } = await lab.run(['download', activationCode, '--yes', '--progress', 'json'], {
    onInterrupt: (interrupt) => {
      press = interrupt;
    },
    onStderr: (text) => {
      if (text.includes('ES10b.AuthenticateServer')) press();
    },
  });
  assert.equal(code, 130);
  const lines = linesOf(err);
  assert.ok(lines.some(({ message }) => /^cancelling\./.test(`${message}`)));
  assert.equal((lines.at(-1)?.['error'] as Line | undefined)?.['activationCode'], 'untouched');
});
