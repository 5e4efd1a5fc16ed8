/** The lab's commands, and what all of them take. */

import { UsageError } from '../../../lpa/errors.ts';
import type { OptionTable } from '../../../terminal/option.ts';
import type { AnyLabCommand } from '../command.ts';

/** On every command. */
export const COMMON_OPTIONS = {
  state: { flags: '--state <dir>', text: "the lab's folder", env: 'LPA_LAB_STATE' },
  help: { flags: '-h, --help', text: 'this help' },
} as const satisfies OptionTable;

/** In the order that help shows them. A command's file is loaded when it is wanted. */
export const COMMANDS: Readonly<Record<string, () => Promise<AnyLabCommand>>> = {
  run: async () => (await import('./run.ts')).run,
  up: async () => (await import('./up.ts')).up,
  order: async () => (await import('./order.ts')).order,
  log: async () => (await import('./log.ts')).log,
  card: async () => (await import('./card.ts')).card,
  pull: async () => (await import('./pull.ts')).pull,
  insert: async () => (await import('./insert.ts')).insert,
  smdp: async () => (await import('./smdp.ts')).smdp,
  smds: async () => (await import('./smds.ts')).smds,
  profile: async () => (await import('./profile.ts')).profile,
  identity: async () => (await import('./identity.ts')).identity,
  reset: async () => (await import('./reset.ts')).reset,
};

/** @throws {UsageError} */
export async function commandNamed(name: string): Promise<AnyLabCommand> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) throw new UsageError(`there is no command ${name}`, { remedy: '`lpa-lab help` lists the commands' });
  return load();
}
