#!/usr/bin/env node
/** The lab: a software eUICC and the test servers to it. argv in, exit code out. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { labMain } from '../src/lab/cli.ts';

// build/bin and dist/bin are both two floors above package.json.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const { stdout, stderr } = process;
// `lpa-lab log | head -1` closes the pipe early: nobody is left to be told.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await labMain(
  process.argv.slice(2),
  version,
  {
    env: process.env,
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    columns: stdout.isTTY ? stdout.columns : undefined,
  },
  fileURLToPath(new URL('.', import.meta.url)),
);
