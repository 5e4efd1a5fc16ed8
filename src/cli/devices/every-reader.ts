/** `--reader all`: one command on every card that is there. */
import { CardError, LpaError } from '../../lpa/errors.ts';
import { exitCodeOf } from '../../terminal/exit-codes.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { AnyCommand } from '../command.ts';
import { errorMembers } from '../output/present.ts';

interface OnOne {
  readonly reader: string;
  readonly result?: unknown;
  readonly failure?: LpaError;
  readonly error?: Awaited<ReturnType<typeof errorMembers>>;
}

/** The command that does on every card what `command` does on one. */
export function onEveryReader(command: AnyCommand): AnyCommand {
  const { next: _next, ...single } = command;
  return {
    ...single,
    async run(app, options, ...args): Promise<OnOne[]> {
      const readers = (await app.doors.listReaders()).filter(({ present }) => present);
      if (readers.length === 0) throw new CardError('no card is in any of the readers', { problem: 'noCard' });
      const results: OnOne[] = [];
      for (const { name } of readers) {
        await using one = app.inReader(name);
        try {
          results.push({ reader: name, result: await command.run(one, options, ...args) });
        } catch (error) {
          if (!(error instanceof LpaError)) throw error;
          results.push({ reader: name, failure: error, error: await errorMembers(error, app) });
        }
      }
      return results;
    },
    text: (results: OnOne[], look, options) =>
      results
        .map(({ reader, result, error }) => {
          const text = error ? displayText(error.message, 200) : command.text(result, look, options);
          return `${look.paint.strong(displayText(reader))}\n${text}`;
        })
        .join('\n\n'),
    json: (results: OnOne[]) =>
      results.map(({ reader, result, error }) =>
        error ? { reader, error } : { reader, result: command.json?.(result) ?? result },
      ),
    exitCode(results: OnOne[]) {
      const asked = results.filter(({ failure }) => !isOther(failure));
      const codes = (asked.length > 0 ? asked : results).map(({ failure, result }) =>
        failure ? exitCodeOf(failure) : (command.exitCode?.(result) ?? 0),
      );
      return codes.find((code) => code !== 0) ?? 0;
    },
  };
}

/** A card that is no eUICC for an LPA is no failure where there are others. */
const isOther = (failure: LpaError | undefined): boolean =>
  failure instanceof CardError && (failure.problem === 'noEuicc' || failure.problem === 'm2m');
