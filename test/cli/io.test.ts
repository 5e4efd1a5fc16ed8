/** The streams of the process: a reader that leaves and a full disk end the output, and never the process. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const IO = new URL('../../src/cli/io.js', import.meta.url).href;
const LOST = new URL('../../src/cli/output/lost-output.js', import.meta.url).href;
const EXIT_CODES = new URL('../../src/terminal/exit-codes.js', import.meta.url).href;

/** Runs a program that writes to its stdout many times; its report goes to descriptor 3. */
function run(redirection: string): { code: number | null; report: string } {
  const script = `
    import { writeSync } from 'node:fs';
    const { processIo } = await import('${IO}');
    const { lostOutputOf } = await import('${LOST}');
    const { exitCodeOf } = await import('${EXIT_CODES}');
    const io = processIo();
    for (let i = 0; i < 50; i++) {
      io.stdout('x'.repeat(4000));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const lost = await lostOutputOf(io, 0);
    writeSync(3, lost ? exitCodeOf(lost) + ' ' + lost.message : 'nothing is lost ' + io.stdoutEnded.aborted);`;
  const { status, stdout } = spawnSync(
    'sh',
    ['-c', `{ "$0" --input-type=module -e "$1" 3>&4 ${redirection}; } 4>&1`, process.execPath, script],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return { code: status, report: stdout };
}

test('a reader that leaves ends the output and loses nothing that matters', () => {
  assert.deepEqual(run('| head -c 1 >/dev/null'), { code: 0, report: 'nothing is lost true' });
});

test('a device without space is an error after the program, with exit code 10', () => {
  assert.deepEqual(run('>/dev/full'), {
    code: 0,
    report: '10 stdout: the output could not be written: no space left on the device; the command succeeded',
  });
});
