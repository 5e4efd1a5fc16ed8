#!/usr/bin/env node
/** argv in, exit code out. The version is printed without loading anything: scripts ask for it often. */
import { readFileSync, writeSync } from 'node:fs';

const version = (): string => {
  // build/bin and dist/bin are both two floors above package.json.
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
};

const argv = process.argv.slice(2);
if (!(argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V') && isPrinted(`lpa ${version()}\n`))) {
  // A fault of lpa's own is reported as one, not as the source line of a bundle.
  process.once('uncaughtException', (error) => void report(error).finally(() => process.exit(1)));
  const [{ main }, { processIo }, { lostOutputOf }, { exitCodeOf }] = await Promise.all([
    import('../src/cli/main.ts'),
    import('../src/cli/io.ts'),
    import('../src/cli/output/lost-output.ts'),
    import('../src/terminal/exit-codes.ts'),
  ]);
  const io = processIo();
  const exitCode = await main(argv, version(), io);
  const lost = await lostOutputOf(io, exitCode);
  if (lost) await report(lost);
  // Not by itself: to close a PC/SC binding may take for ever (card/pcsclite.ts). The card has been let go.
  process.exit(lost && exitCode === 0 ? exitCodeOf(lost) : exitCode);
}

/** @returns false where it could not be written: main() then says so */
function isPrinted(text: string): boolean {
  try {
    return writeSync(1, text) === text.length;
  } catch {
    return false;
  }
}

async function report(error: unknown): Promise<void> {
  const [{ presentError }, { processIo }, { Secrets }] = await Promise.all([
    import('../src/cli/output/present.ts'),
    import('../src/cli/io.ts'),
    import('../src/cli/capture/secrets.ts'),
  ]);
  const io = processIo();
  await presentError(io, error, { json: argv.includes('--json'), secrets: new Secrets() });
  await io.written();
}
