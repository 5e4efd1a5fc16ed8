/** Output that could not be written: an error after the command, because the command itself ended as it would have. */
import { OutputError } from '../../lpa/errors.ts';
import { fileReason } from '../../lpa/file-error.ts';
import type { ProcessIo } from '../io.ts';

/**
 * Returns the error to report once a program has written everything; undefined where nothing was lost.
 *
 * @param exitCode of the command
 */
export async function lostOutputOf(io: ProcessIo, exitCode: number): Promise<OutputError | undefined> {
  await io.written();
  const lost = io.lostOutput();
  if (!lost) return undefined;
  const done = exitCode === 0 ? 'the command succeeded' : `the command ended with exit code ${exitCode}`;
  return new OutputError(`${lost.stream}: the output could not be written: ${fileReason(lost.cause)}; ${done}`, {
    remedy: 'free some space; before you run a command again that changes a card, check with `lpa list` what it has done',
    cause: lost.cause,
  });
}
