/** The built program whose output goes to a reader that leaves, or to a full disk: the operation ends as it would without. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LabUp, LPA, labUp } from './programs.ts';

let lab: LabUp;
before(async () => {
  lab = await labUp();
});
after(() => lab[Symbol.asyncDispose]());

interface Ended {
  readonly code: number;
  /** What the reader got. */
  readonly text: string;
}

/** Runs `lpa <argv> <redirection>` and tells its own exit code, that of a pipe's first command. */
async function shell(argv: readonly string[], redirection: string): Promise<Ended> {
  const status = join(lab.dir, 'status');
  const child = spawn('sh', ['-c', `{ "$@"; echo $? >"$0"; } ${redirection}`, status, process.execPath, LPA, ...argv], {
    env: lab.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  await once(child, 'close');
  return { code: Number(readFileSync(status, 'utf8')), text };
}

const profiles = async (): Promise<readonly { iccid: string; profileState: string }[]> =>
  JSON.parse((await lab.lpa(['list', '--json'])).stdout);
const pending = async (): Promise<readonly unknown[]> => JSON.parse((await lab.lpa(['notifications', 'list', '--json'])).stdout);

test('download: a reader that leaves after any number of lines ends the output, and nothing else', {
  timeout: 300_000,
}, async () => {
  for (const lines of [0, 1, 2, 3, 5, 8]) {
    const before = (await profiles()).length;
    await lab.log();
    const { code } = await shell(['download', await lab.order(), '--yes'], `2>&1 | head -n ${lines}`);
    const log = await lab.log();
    assert.equal(code, 0, `head -n ${lines}`);
    assert.equal((await profiles()).length, before + 1, `head -n ${lines}`);
    assert.deepEqual(await pending(), [], `head -n ${lines}: the server has its notification`);
    assert.ok(!log.some(({ event }) => /CancelSession/.test(event)));
  }
});

test('download that is refused: the session is cancelled on both sides, and the exit code is its own', async () => {
  const activationCode = await lab.order('--rules', 'ppr2');
  await lab.log();
  const { code } = await shell(['download', activationCode, '--yes'], '2>&1 | head -n 0');
  assert.equal(code, 2);
  const cancelled = (await lab.log()).filter(({ event }) => /CancelSession/.test(event));
  assert.equal(new Set(cancelled.map(({ who }) => who)).size, 2, JSON.stringify(cancelled));
});

test('enable and batch: a reader that leaves at once does not stop them', { timeout: 120_000 }, async () => {
  const [first] = await profiles();
  assert.equal((await shell(['enable', first!.iccid], '2>&1 | head -n 0')).code, 0);
  assert.equal((await profiles()).find(({ iccid }) => iccid === first!.iccid)?.profileState, 'enabled');
  assert.deepEqual(await pending(), []);
  const before = (await profiles()).length;
  const plan = join(lab.dir, 'plan.csv');
  writeFileSync(plan, `eid,code\n${lab.eid},${await lab.order()}\n${lab.eid},${await lab.order()}\n`);
  const ended = await shell(['batch', plan, '--yes'], '2>&1 | grep -m1 -q done');
  assert.equal(ended.code, 0);
  assert.equal((await profiles()).length, before + 2);
});

test('stdout that cannot be written: the operation is finished, then a message and exit code 10', async () => {
  const before = (await profiles()).length;
  const text = await shell(['download', await lab.order(), '--yes', '--progress', 'none'], '>/dev/full');
  assert.equal(text.code, 10);
  assert.match(text.text, /^lpa: stdout: the output could not be written: no space left on the device; the command succeeded$/m);
  assert.match(text.text, /^hint: free some space; .*`lpa list`/m);
  const json = await shell(['list', '--json'], '>/dev/full');
  assert.equal(json.code, 10);
  assert.equal(JSON.parse(json.text).error.code, 'output');
  assert.equal((await profiles()).length, before + 1);
  assert.equal((await shell(['--version'], '>/dev/full')).code, 10);
  assert.equal((await shell(['help'], '>/dev/full')).code, 10);
});

test('stderr that cannot be written is exit code 10 too; an error of the command keeps its own exit code', async () => {
  assert.equal((await shell(['list', '--trace'], '2>/dev/full')).code, 10);
  assert.equal((await shell(['enable', 'no-such-profile'], '>/dev/full 2>/dev/full')).code, 2);
  assert.equal((await shell(['--version'], '2>&1 | head -n 0')).code, 0);
});

test('lpa-lab: a reader that leaves is no error, and output that cannot be written is exit code 10', async () => {
  const status = join(lab.dir, 'status');
  for (const [redirection, expected] of [
    ['2>&1 | head -n 0', 0],
    ['>/dev/full', 10],
  ] as const) {
    const labProgram = LPA.replace(/lpa\.js$/, 'lpa-lab.js');
    const script = `{ "$@"; echo $? >"$0"; } ${redirection}`;
    const child = spawn('sh', ['-c', script, status, process.execPath, labProgram, 'log', '--state', lab.dir], {
      env: lab.env,
      stdio: 'ignore',
    });
    await once(child, 'close');
    assert.equal(Number(readFileSync(status, 'utf8')), expected, redirection);
  }
});
