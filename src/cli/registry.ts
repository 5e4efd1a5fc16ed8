/** The registry of commands: how a command is found by the words of a command line. */
import { UsageError } from '../lpa/errors.ts';
import { looksLikeCode } from './capture/secrets.ts';
import type { AnyCommand } from './command.ts';

export type Group = 'Profiles' | 'eUICC and readers' | 'Tools';

export interface Entry {
  readonly name: string;
  readonly group: Group;
  readonly load: () => Promise<AnyCommand>;
}

/** All commands. It is an argument of help and completion, which are commands themselves. */
export type Registry = readonly Entry[];

/** Words that people bring with them from other tools, and from reading. */
const ALIASES: Readonly<Record<string, string>> = {
  ls: 'list',
  rm: 'delete',
  remove: 'delete',
  nickname: 'rename',
  reader: 'readers',
  notification: 'notifications',
  chip: 'info',
};

/**
 * The command that the first words name, and how many of them do. `lpa profile <verb>` is `lpa <verb>`.
 *
 * @param others what else the word could have been, for the error
 * @throws {UsageError} with a suggestion for a word that is no command
 */
export function commandNamed(
  entries: Registry,
  words: readonly string[],
  others?: string,
): { readonly entry: Entry; readonly taken: number } {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const topNames = [...byName.keys()].filter((name) => !name.includes(' '));
  const skipped = words[0] === 'profile' && words.length > 1 ? 1 : 0;
  const [first = '', second = ''] = words.slice(skipped);
  const pair = byName.get(`${first} ${second}`);
  if (pair) return { entry: pair, taken: skipped + 2 };
  const single = byName.get(first);
  const verbs = [...byName.keys()].filter((name) => name.startsWith(`${first} `)).map((name) => name.slice(first.length + 1));
  if (single && second !== '' && verbs.length > 0) throw noSuchVerb(first, second, verbs);
  if (single) return { entry: single, taken: skipped + 1 };
  const meant = ALIASES[first] && byName.has(ALIASES[first]) ? ALIASES[first] : nearest(first, topNames);
  if (looksLikeCode(first)) {
    throw new UsageError('an activation code is no command', { remedy: "put `lpa download` before it, and the code in ''" });
  }
  // Only a word that could be a command is repeated: whatever else was typed may be a secret.
  const what = isWord(first) ? `there is no command "${first}"` : 'there is no such command';
  const listed = others === undefined ? '`lpa help` lists the commands' : `\`lpa help\` lists the commands; ${others}`;
  throw new UsageError(what, { remedy: meant ? `did you mean \`lpa ${meant}\`? ${listed}` : listed });
}

/** `lpa notifications sned`. */
function noSuchVerb(first: string, second: string, verbs: readonly string[]): UsageError {
  const meant = nearest(second, verbs);
  const what = isWord(second) ? `there is no "${first} ${second}"` : `${first} takes no such word`;
  return new UsageError(what, {
    remedy: meant ? `did you mean \`lpa ${first} ${meant}\`?` : `\`lpa ${first}\` alone, or with ${verbs.join(', ')} behind it`,
  });
}

/** The name at most two letters away. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const begun = names.filter((name) => word.length > 1 && name.startsWith(word));
  if (begun.length === 1) return begun[0];
  const near = names.map((name) => ({ name, far: distance(word, name) })).sort((a, b) => a.far - b.far)[0];
  return near && near.far <= 2 && near.far < word.length ? near.name : undefined;
}

const isWord = (word: string): boolean => /^[a-z-]{1,20}$/i.test(word);

/** Letters to put in, take out or change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
