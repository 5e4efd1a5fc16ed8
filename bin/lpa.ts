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
  // A fault of lpa's own is reported as one, not as the source line of a bundle.
  process.once('uncaughtException', (error) => void reportFault(error).finally(() => process.exit(1)));
  const [{ main }, { processIo }] = await Promise.all([import('../src/cli/main.ts'), import('../src/cli/io.ts')]);
  const io = processIo();
  process.exitCode = await main(argv, version(), io);
  await io.written();
  // Not by itself: to close a PC/SC binding may take for ever (card/pcsclite.ts). The card has been let go.
  process.exit();
}

async function reportFault(error: unknown): Promise<void> {
  const [{ presentError }, { processIo }, { Secrets }] = await Promise.all([
    import('../src/cli/present.ts'),
    import('../src/cli/io.ts'),
    import('../src/cli/secrets.ts'),
  ]);
  await presentError(processIo(), error, { json: argv.includes('--json'), secrets: new Secrets() });
}
