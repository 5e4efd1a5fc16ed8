/** lpa completion: a script for the user's shell, made from the tables that the parser and help read. Touches no card and no network. */
import { UsageError } from '../../lpa/errors.ts';
import { command } from '../command.ts';
import type { CompletionTree } from '../completion/tree.ts';
import type { Registry } from '../registry.ts';

const SHELLS: Readonly<Record<string, (tree: CompletionTree) => Promise<string>>> = {
  bash: async (tree) => (await import('../completion/bash.ts')).bashCompletion(tree),
  zsh: async (tree) => (await import('../completion/zsh.ts')).zshCompletion(tree),
  fish: async (tree) => (await import('../completion/fish.ts')).fishCompletion(tree),
};

export const completion = (registry: Registry) =>
  command({
    usage: 'completion <bash|zsh|fish>',
    summary: 'Print what makes your shell complete commands, options and values',
    details:
      'A shell reads the file when it starts the next time (zsh: where the folder is in $fpath before compinit). It holds what this version of lpa knows, so make it anew after an update. ' +
      'Profiles are not completed: each Tab would have to ask the card.',
    examples: [
      'lpa completion bash > ~/.local/share/bash-completion/completions/lpa',
      'lpa completion zsh > ~/.zsh/completions/_lpa',
      'lpa completion fish > ~/.config/fish/completions/lpa.fish',
      'source <(lpa completion bash)',
    ],
    arguments: { 'bash|zsh|fish': 'your shell' },
    async run(_app, _options, shell: string) {
      const scriptOf = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (!scriptOf) throw new UsageError('a script for which shell? bash, zsh or fish');
      const { completionTree } = await import('../completion/tree.ts');
      return { shell, script: await scriptOf(await completionTree(registry)) };
    },
    text: ({ script }) => script,
  });
