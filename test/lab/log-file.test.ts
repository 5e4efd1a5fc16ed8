/** The lab's log in its file. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LogEntry } from '../../src/lab/state/log.ts';
import { openLogFile, readLogFile } from '../../src/lab/state/log-file.ts';

const entry = (detail: string) => ({ who: 'card', event: 'ES10b.AuthenticateServer', detail }) as const;

async function inFolder(use: (path: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'lab-log-'));
  try {
    await use(join(dir, 'log.jsonl'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('entries of two labs come back in order, with their time', () =>
  inFolder(async (path) => {
    {
      using first = openLogFile(path);
      using second = openLogFile(path);
      first.log({ ...entry('one'), transactionId: 'A0', data: { reason: 'postponed', octets: Uint8Array.of(1, 2) } });
      second.log(entry('two\nlines'));
    }
    const read: LogEntry[] = [];
    for await (const each of readLogFile(path)) read.push(each);
    assert.deepEqual(
      read.map(({ time: _, ...rest }) => rest),
      [{ ...entry('one'), transactionId: 'A0', data: { reason: 'postponed', octets: 'AQI=' } }, entry('two\nlines')],
    );
    for (const { time } of read) assert.equal(new Date(time).toISOString(), time);
  }));

test('an entry that a killed lab did not finish is left out, and those before and after it are there', () =>
  inFolder(async (path) => {
    const whole = `${JSON.stringify({ time: 'now', ...entry('one') })}\n`;
    for (const length of [1, 20, whole.length - 1]) {
      writeFileSync(path, whole + whole.slice(0, length));
      {
        using file = openLogFile(path);
        file.log(entry('two'));
      }
      const details: string[] = [];
      for await (const { detail } of readLogFile(path)) details.push(detail);
      assert.deepEqual(details, length === whole.length - 1 ? ['one', 'one', 'two'] : ['one', 'two']);
    }
  }));

test('no file is no entries', () =>
  inFolder(async (path) => {
    for await (const _ of readLogFile(path)) assert.fail();
  }));

test('following shows what comes, whole lines only, and begins anew after a reset', { timeout: 10_000 }, () =>
  inFolder(async (path) => {
    const stop = new AbortController();
    const line = (detail: string) => `${JSON.stringify({ time: 'now', ...entry(detail) })}\n`;
    writeFileSync(path, line('first, with ü') + line('second').slice(0, 20));
    const read: string[] = [];
    for await (const { detail } of readLogFile(path, { follow: true, signal: stop.signal })) {
      read.push(detail);
      if (read.length === 1) setTimeout(() => appendFileSync(path, line('second').slice(20)), 150);
      if (read.length === 2) writeFileSync(path, line('new'));
      if (read.length === 3) stop.abort();
    }
    assert.deepEqual(read, ['first, with ü', 'second', 'new']);
  }),
);
