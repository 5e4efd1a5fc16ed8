#!/usr/bin/env node
/** The lab: a software eUICC and the test servers to it. argv in, exit code out. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { processIo } from '../src/cli/io.ts';
import { lostOutputOf } from '../src/cli/output/lost-output.ts';
import { labMain } from '../src/lab/cli/main.ts';
import { exitCodeOf } from '../src/terminal/exit-codes.ts';

// build/bin and dist/bin are both two floors above package.json.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const io = processIo();
const exitCode = await labMain(
  process.argv.slice(2),
  version,
  {
    env: io.env,
    stdout: io.stdout,
    stderr: io.stderr,
    columns: io.stdoutColumns,
    ...(io.stdoutEnded && { stdoutEnded: io.stdoutEnded }),
  },
  fileURLToPath(new URL('.', import.meta.url)),
);
const lost = await lostOutputOf(io, exitCode);
if (lost) processIo().stderr(`lpa-lab: ${lost.message}\n`);
process.exitCode = lost && exitCode === 0 ? exitCodeOf(lost) : exitCode;
