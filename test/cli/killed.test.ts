/** `kill -9` of a real download at each stage: the next command on that card says what became of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { keptSmdp } from '../lab/kept.ts';
import { type TestLab, testLab } from '../lab/program.ts';

const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));

interface Around extends AsyncDisposable {
  /** What `lpa` finds in its environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly journal: string;
  order(): Promise<string>;
  orderState(): string;
}

/** A lab that is up, and a state directory for the journal. */
async function labUp(lab: TestLab, ...options: readonly string[]): Promise<Around> {
  const up = lab.start(['up', ...options]);
  await up.printed(/Ctrl-C ends it/);
  const { ports } = JSON.parse(readFileSync(join(lab.dir, 'lab.json'), 'utf8'));
  return {
    env: {
      ...process.env,
      CI: '',
      LPA_JSON: '',
      LPA_READER: `tcp:127.0.0.1:${ports.card}`,
      XDG_STATE_HOME: join(lab.dir, 'user'),
      NO_PROXY: 'localhost',
    },
    journal: join(lab.dir, 'user', 'lpa', 'journal'),
    order: async () => (await lab.run(['order', '--name', 'Alpha'])).stdout.trim(),
    orderState: () => keptSmdp(lab.dir).orders[0]!.state,
    async [Symbol.asyncDispose]() {
      up.child.kill('SIGINT');
      await up.outcome;
    },
  };
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [LPA, '--progress', 'none', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

/** Start a download and end it, the hard way, as soon as its progress says so. */
async function killed(code: string, env: NodeJS.ProcessEnv, when: (progress: Record<string, unknown>) => boolean): Promise<void> {
  const child: ChildProcess & { stderr: NodeJS.ReadableStream } = spawn(
    process.execPath,
    [LPA, 'download', code, '--yes', '--progress', 'json'],
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const closed = once(child, 'close');
  let text = '';
  for await (const chunk of child.stderr) {
    text += chunk;
    const lines = text.split('\n').filter((line) => line.startsWith('{"step"'));
    if (lines.some((line) => line.endsWith('}') && when(JSON.parse(line)))) break;
  }
  child.kill('SIGKILL');
  const [exit, signal] = await closed;
  assert.deepEqual([exit, signal], [null, 'SIGKILL'], text);
}

const LAPSED = /^warning: a download from localhost:\d+ was interrupted before anything went to the card; .* likely still good/;

test('killed while the server checks the eUICC: the code is good, and works', { timeout: 120_000 }, async () => {
  await using lab = testLab();
  await using up = await labUp(lab, '--server-fault', 'delay:1500ms@authenticateClient');
  const code = await up.order();
  await killed(code, up.env, ({ step }) => step === 'ES9+.AuthenticateClient');
  assert.equal(readdirSync(up.journal).length, 1);
  const next = await run(['list'], up.env);
  assert.equal(next.code, 0);
  assert.match(next.err, LAPSED);
  assert.equal(existsSync(up.journal), false);
  assert.equal((await run(['list'], up.env)).err, '');
  const again = await run(['download', code, '--yes', '--json'], up.env);
  assert.equal(again.code, 0, again.err);
});

test('killed while the package is on its way: the code is good, and works', { timeout: 120_000 }, async () => {
  await using lab = testLab();
  await using up = await labUp(lab, '--server-fault', 'delay:1500ms@getBoundProfilePackage');
  const code = await up.order();
  await killed(code, up.env, ({ step }) => step === 'ES9+.GetBoundProfilePackage');
  const again = await run(['download', code, '--yes', '--json'], up.env);
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, LAPSED);
  assert.match(again.err, / \(it is the code that was given now\)\n/);
  assert.equal(up.orderState(), 'installed');
});

test('killed while the card is writing: its result is told, and delivered', { timeout: 120_000 }, async () => {
  await using lab = testLab();
  await using up = await labUp(lab, '--manners', 'slow-load');
  const code = await up.order();
  await killed(code, up.env, ({ sent, total }) => typeof sent === 'number' && sent > Number(total) / 4);
  const next = await run(['notifications', 'send', '--json'], up.env);
  assert.equal(next.code, 0, next.err);
  assert.match(next.err, /^warning: a download from localhost:\d+ was interrupted: .*the installation was interrupted/);
  assert.match(next.err, /the same activation code may be tried again/);
  assert.equal(JSON.parse(next.out)[0].delivered, true);
  assert.equal(existsSync(up.journal), false);
  const list = await run(['list', '--json'], up.env);
  assert.deepEqual([list.out, list.err], ['[]\n', '']);
});

test('a card that was pulled while it was writing: told when it is back', { timeout: 120_000 }, async () => {
  await using lab = testLab();
  let journal: string;
  {
    await using up = await labUp(lab, '--fault', 'pull@segment:5');
    journal = up.journal;
    const pulled = await run(['download', await up.order(), '--yes', '--json'], up.env);
    assert.deepEqual([pulled.code, pulled.out], [3, ''], pulled.err);
    assert.equal(JSON.parse(pulled.err.trimEnd().split('\n').at(-1)!).error.activationCode, 'unknown');
    assert.equal(readdirSync(journal).length, 1);
  }
  await using up = await labUp(lab);
  const next = await run(['info', 'eid'], up.env);
  assert.equal(next.code, 0);
  assert.match(next.err, /^warning: a download from localhost:\d+ was interrupted: .*the installation was interrupted/);
  assert.equal(existsSync(journal), false);
  const sent = await run(['notifications', 'send', '--json'], up.env);
  assert.deepEqual([JSON.parse(sent.out)[0].delivered, sent.err], [true, '']);
});
