/** lpa help: the commands, one command, one topic. */
import { command } from '../command.ts';
import type { Registry } from '../registry.ts';

export const help = (registry: Registry) =>
  command({
    usage: 'help [<word>] [<verb>]',
    summary: 'Show help for a command or a topic',
    examples: ['lpa help', 'lpa help list', 'lpa help exit-codes'],
    arguments: { word: 'a command or a topic', verb: 'the second word of a command: lpa help info eid' },
    async run(app, _options, word?: string, verb?: string) {
      const { helpFor } = await import('../help/help.ts');
      const words = [word, verb].filter((given) => given !== undefined);
      return { help: await helpFor(registry, words, app.io.stdoutColumns) };
    },
    text: (result) => result.help,
  });
