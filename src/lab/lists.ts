/** Options that several commands take, and the names that go with them. */
import type { OptionTable } from '../cli/option.ts';

export const CARD_OPTIONS = {
  manners: { flags: '--manners <name>', text: 'how the card behaves where cards differ; may be repeated', repeat: true },
} as const satisfies OptionTable;

export interface NameList {
  readonly title: string;
  readonly rows: readonly (readonly [string, string])[];
}

export async function cardLists(): Promise<readonly NameList[]> {
  const { MANNERS } = await import('./euicc/manners.ts');
  return [{ title: 'Manners', rows: summaries(MANNERS) }];
}

const summaries = (table: Readonly<Record<string, { readonly summary: string }>>): (readonly [string, string])[] =>
  Object.entries(table).map(([name, { summary }]) => [name, summary]);
