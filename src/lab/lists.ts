/** Options that several commands take, and the names that go with them. */
import type { OptionTable } from '../cli/option.ts';

export const CARD_OPTIONS = {
  manners: { flags: '--manners <name>', text: 'how the card behaves where cards differ; may be repeated', repeat: true },
  fault: { flags: '--fault <name>', text: 'what goes wrong on the card while this runs; may be repeated', repeat: true },
} as const satisfies OptionTable;

export const SERVER_OPTIONS = {
  serverFault: {
    flags: '--server-fault <name>',
    text: 'what the SM-DP+ does wrong while this runs; may be repeated',
    repeat: true,
  },
} as const satisfies OptionTable;

export interface NameList {
  readonly title: string;
  readonly rows: readonly (readonly [string, string])[];
}

export async function cardLists(): Promise<readonly NameList[]> {
  const { MANNERS } = await import('./euicc/manners.ts');
  const { FAULTS } = await import('./euicc/faults.ts');
  return [
    { title: 'Manners', rows: summaries(MANNERS) },
    { title: 'Faults, <name>[@segment:<n>|@<function>][:<argument>]', rows: summaries(FAULTS) },
  ];
}

export async function serverLists(): Promise<readonly NameList[]> {
  const { SERVER_FAULTS } = await import('./smdp/faults.ts');
  const rows = Object.entries(SERVER_FAULTS).map(
    ([name, { says, argument }]) => [argument ? `${name}:...` : name, argument ? `${says} (${argument})` : says] as const,
  );
  return [{ title: 'Server faults, <name>[:<argument>][@<function>]', rows }];
}

const summaries = (table: Readonly<Record<string, { readonly summary: string }>>): (readonly [string, string])[] =>
  Object.entries(table).map(([name, { summary }]) => [name, summary]);
