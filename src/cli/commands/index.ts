/** Every command by its name. A command's file is loaded when it is wanted, so that each pays for its own needs only. */
import { UsageError } from '../../lpa/errors.ts';
import { looksLikeCode } from '../capture/secrets.ts';
import type { AnyCommand } from '../command.ts';

export type Group = 'Profiles' | 'eUICC and readers' | 'Tools';

export interface Entry {
  readonly name: string;
  readonly group: Group;
  readonly load: () => Promise<AnyCommand>;
}

export const ENTRIES: readonly Entry[] = [
  { name: 'download', group: 'Profiles', load: async () => (await import('./download.ts')).download },
  { name: 'inspect', group: 'Profiles', load: async () => (await import('./inspect.ts')).inspect },
  { name: 'discover', group: 'Profiles', load: async () => (await import('./discover.ts')).discover },
  { name: 'list', group: 'Profiles', load: async () => (await import('./list.ts')).list },
  { name: 'enable', group: 'Profiles', load: async () => (await import('./switch.ts')).enable },
  { name: 'disable', group: 'Profiles', load: async () => (await import('./switch.ts')).disable },
  { name: 'rename', group: 'Profiles', load: async () => (await import('./rename.ts')).rename },
  { name: 'delete', group: 'Profiles', load: async () => (await import('./delete.ts')).deleteCommand },
  { name: 'notifications', group: 'Profiles', load: async () => (await import('./notifications.ts')).notifications },
  { name: 'notifications list', group: 'Profiles', load: async () => (await import('./notifications.ts')).notificationsList },
  { name: 'notifications send', group: 'Profiles', load: async () => (await import('./notifications.ts')).notificationsSend },
  { name: 'notifications save', group: 'Profiles', load: async () => (await import('./notifications.ts')).notificationsSave },
  { name: 'notifications remove', group: 'Profiles', load: async () => (await import('./notifications.ts')).notificationsRemove },
  { name: 'batch', group: 'Profiles', load: async () => (await import('./batch.ts')).batch },
  { name: 'info', group: 'eUICC and readers', load: async () => (await import('./info.ts')).info },
  { name: 'info eid', group: 'eUICC and readers', load: async () => (await import('./info.ts')).infoEid },
  { name: 'smdp', group: 'eUICC and readers', load: async () => (await import('./smdp.ts')).smdp },
  { name: 'lpae', group: 'eUICC and readers', load: async () => (await import('./lpae.ts')).lpae },
  { name: 'lpae status', group: 'eUICC and readers', load: async () => (await import('./lpae.ts')).lpaeStatus },
  { name: 'lpae activate', group: 'eUICC and readers', load: async () => (await import('./lpae.ts')).lpaeActivate },
  { name: 'reset', group: 'eUICC and readers', load: async () => (await import('./reset.ts')).reset },
  { name: 'readers', group: 'eUICC and readers', load: async () => (await import('./readers.ts')).readers },
  { name: 'doctor', group: 'Tools', load: async () => (await import('./doctor.ts')).doctor },
  { name: 'qr', group: 'Tools', load: async () => (await import('./qr.ts')).qr },
  { name: 'explain', group: 'Tools', load: async () => (await import('./explain.ts')).explain },
  { name: 'completion', group: 'Tools', load: async () => (await import('./completion.ts')).completion },
  { name: 'help', group: 'Tools', load: async () => (await import('./help.ts')).help },
];

const NAMES: ReadonlyMap<string, Entry> = new Map(ENTRIES.map((entry) => [entry.name, entry]));

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
export function commandNamed(words: readonly string[], others?: string): { readonly entry: Entry; readonly taken: number } {
  const skipped = words[0] === 'profile' && words.length > 1 ? 1 : 0;
  const [first = '', second = ''] = words.slice(skipped);
  const pair = NAMES.get(`${first} ${second}`);
  if (pair) return { entry: pair, taken: skipped + 2 };
  const single = NAMES.get(first);
  const verbs = [...NAMES.keys()].filter((name) => name.startsWith(`${first} `)).map((name) => name.slice(first.length + 1));
  if (single && second !== '' && verbs.length > 0) throw noSuchVerb(first, second, verbs);
  if (single) return { entry: single, taken: skipped + 1 };
  const meant = ALIASES[first] && NAMES.has(ALIASES[first]) ? ALIASES[first] : nearest(first, TOP_NAMES);
  if (looksLikeCode(first)) {
    throw new UsageError('an activation code is no command', { remedy: "put `lpa download` before it, and the code in ''" });
  }
  // Only a word that could be a command is repeated: whatever else was typed may be a secret.
  const what = isWord(first) ? `there is no command "${first}"` : 'there is no such command';
  const listed = others === undefined ? '`lpa help` lists the commands' : `\`lpa help\` lists the commands; ${others}`;
  throw new UsageError(what, { remedy: meant ? `did you mean \`lpa ${meant}\`? ${listed}` : listed });
}

const TOP_NAMES: readonly string[] = ENTRIES.map(({ name }) => name).filter((name) => !name.includes(' '));

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
