/** Requests to a lab that runs, and who holds its folder. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, openControl } from '../../src/lab/state/control.ts';
import { hold, holderOf } from '../../src/lab/state/lock.ts';
import { UsageError } from '../../src/lpa/errors.ts';

test('a request that comes before the lab is ready waits, and is answered', async () => {
  await using control = await openControl();
  const early = ask(control.path, 'double', { octets: 'A'.repeat(1_000_000) });
  control.answer({ double: async (argument) => (argument as { octets: string }).octets.length * 2 });
  assert.equal(await early, 2_000_000);
});

test('what the lab refuses with reaches the one who asked, with its remedy', async () => {
  await using control = await openControl();
  control.answer({
    refuse: async () => {
      throw new UsageError('--iccid: that one was ordered already', { remedy: 'leave it out' });
    },
  });
  await assert.rejects(ask(control.path, 'refuse', {}), {
    name: 'UsageError',
    message: '--iccid: that one was ordered already',
    remedy: 'leave it out',
  });
  await assert.rejects(ask(control.path, 'toString', {}), { message: 'the lab that runs here does not take: toString' });
});

test('a lab that ends while it is asked is told as such, and leaves no socket', async () => {
  const control = await openControl();
  control.answer({ wait: () => new Promise(() => {}) });
  const asked = assert.rejects(ask(control.path, 'wait', {}), { message: 'the lab that holds the folder did not answer' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await control[Symbol.asyncDispose]();
  await asked;
  assert.ok(!existsSync(control.path));
});

test('parts are held one by one, and only the part that is taken is refused', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-lock-'));
  try {
    await using card = await hold(dir, ['card'], 'card', '/nowhere/control');
    assert.deepEqual(card.parts, ['card']);
    assert.equal(holderOf(dir, 'card')?.command, 'card');
    {
      await using _servers = await hold(dir, ['smdp', 'smds'], 'smdp');
      assert.equal(holderOf(dir, 'smdp')?.pid, process.pid);
    }
    assert.equal(holderOf(dir, 'smdp'), undefined);
    await assert.rejects(hold(dir, ['smdp', 'card'], 'up', '/nowhere/else'), {
      name: 'UsageError',
      message: `\`lpa-lab card\` (process ${process.pid}) holds the lab in ${dir}`,
    });
    // What was taken before the refusal was given back.
    assert.deepEqual(readdirSync(dir), ['card.lock']);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('one that holds a part for a moment is waited for', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-lock-'));
  try {
    const order: string[] = [];
    const work = async (name: string) => {
      await using _smdp = await hold(dir, ['smdp'], 'order');
      order.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      order.push(`${name} out`);
    };
    await Promise.all(['a', 'b', 'c'].map(work));
    assert.deepEqual(
      order.map((step) => step.split(' ')[1]),
      ['in', 'out', 'in', 'out', 'in', 'out'],
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});
