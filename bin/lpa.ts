#!/usr/bin/env node
/** argv in, exit code out. The version is told without loading anything: scripts ask for it often. */
import { readFileSync } from 'node:fs';

const version = (): string => {
  // build/bin and dist/bin are both two floors above package.json.
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
};

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`lpa ${version()}\n`);
} else {
  const [{ main }, { processIo }] = await Promise.all([import('../src/cli/main.ts'), import('../src/cli/io.ts')]);
  process.exitCode = await main(argv, version(), processIo());
}
