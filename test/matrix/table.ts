/** The matrix of a procedure as a page: equal cells of a step in one row, equal steps as one. */
import type { Cell, Outcome } from './cell.ts';
import { ALL_FAULTS, type Fault, type Side } from './fault.ts';
import type { Procedure } from './procedure.ts';
import { labelOf, type Step } from './step.ts';

export interface Row {
  readonly step: Step;
  /** In the order of ALL_FAULTS, one for each. */
  readonly cells: readonly Cell[];
}

const SIDES = ['card', 'reader', 'network', 'server'] as const satisfies readonly Side[];

export function pageOf(procedure: Procedure, without: Outcome, before: string, rows: readonly Row[]): string {
  const cells = rows.flatMap((row) => row.cells);
  const tried = cells.filter((cell) => 'outcome' in cell).length;
  const lines = [
    `# Faults of \`${procedure.command}\``,
    '',
    `Made by \`npm run matrix\`, and compared by the tests; [README.md](README.md) says how to read it.`,
    '',
    `Before: ${procedure.before}. Without a fault: exit code ${without.ends}; left on the card: ${without.left}; ${without.next}.`,
    '',
    `${rows.length} steps, ${ALL_FAULTS.length} faults: ${tried} cells were tried, ${cells.length - tried} cannot be.`,
    '',
    '## Exit codes at a glance',
    '',
    `| step | ${SIDES.join(' | ')} |`,
    '|---|---|---|---|---|',
    ...grouped(rows, (row) => SIDES.map((side) => glance(row, side)).join(' | ')).map(
      ([steps, text]) => `| ${stepsText(steps)} | ${text} |`,
    ),
    '',
    '## Each step',
  ];
  for (const [steps, text] of grouped(rows, (row) => details(row, without, before))) {
    lines.push('', `### ${stepsText(steps)}`, '', text);
  }
  return `${lines.join('\n')}\n`;
}

/** Neighbours that come to the same text. */
function grouped(rows: readonly Row[], text: (row: Row) => string): readonly (readonly [readonly Step[], string])[] {
  const groups: [Step[], string][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    const own = text(row);
    if (last?.[1] === own) last[0].push(row.step);
    else groups.push([[row.step], own]);
  }
  return groups;
}

function stepsText(steps: readonly Step[]): string {
  const [first, ...others] = steps.map(labelOf);
  return others.length > 1 ? `${first} to ${others.at(-1)}` : [first, ...others].join(' and ');
}

/** Exit codes, each with what it said about the code. */
function glance({ cells }: Row, side: Side): string {
  const endings = new Map<string, Set<string>>();
  ALL_FAULTS.forEach((fault, i) => {
    const cell = cells[i];
    if (fault.side !== side || !cell || !('outcome' in cell)) return;
    const [exit = ''] = cell.outcome.ends.split(' ');
    endings.set(exit, (endings.get(exit) ?? new Set()).add(cell.outcome.code));
  });
  if (endings.size === 0) return 'not applicable';
  return [...endings]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([exit, codes]) => [exit, [...codes].filter(Boolean).sort().join(' or ')].filter(Boolean).join(' '))
    .join(', ');
}

function details({ cells }: Row, without: Outcome, before: string): string {
  const tried = new Map<string, Fault[]>();
  const not = new Map<string, Fault[]>();
  const put = (map: Map<string, Fault[]>, key: string, fault: Fault): void => void map.set(key, [...(map.get(key) ?? []), fault]);
  ALL_FAULTS.forEach((fault, i) => {
    const cell = cells[i]!;
    if ('outcome' in cell) put(tried, outcomeText(cell.outcome, without, before), fault);
    else put(not, cell.because, fault);
  });
  const table = [...tried].map(([text, faults]) => `| ${faultsText(faults)} | ${text} |`);
  return [
    ...(table.length > 0
      ? [
          '| fault | ends | told | code | CancelSession: card / server | left on the card | afterwards |',
          '|---|---|---|---|---|---|---|',
          ...table,
          '',
        ]
      : []),
    ...[...not].map(([because, faults]) => `- Not applicable, because ${because}: ${faultsText(faults)}.`),
  ].join('\n');
}

function outcomeText({ ends, told, code, cancelled, left, next }: Outcome, without: Outcome, before: string): string {
  const where = left === before ? 'as before' : left === without.left ? 'as without the fault' : left;
  return [ends, told, code, cancelled, where, next].map((text) => text.replaceAll('|', '\\|') || '-').join(' | ');
}

/** All of a side by its name. */
function faultsText(faults: readonly Fault[]): string {
  return SIDES.flatMap((side) => {
    const here = faults.filter((fault) => fault.side === side);
    const all = ALL_FAULTS.filter((fault) => fault.side === side);
    if (here.length === 0) return [];
    if (here.length === all.length) return [`every fault of the ${side}`];
    return [`${side}: ${families(here, all).join(', ')}`];
  }).join('; ');
}

/** Names, those that share a beginning together: `refuse (catBusy, undefinedError)`. */
function families(here: readonly Fault[], all: readonly Fault[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { name } of here) {
    const [, family, own] = /^(refuse|status-word|tls)[:-](.*)$/.exec(name) ?? [];
    if (family === undefined || own === undefined) groups.set(name, []);
    else groups.set(family, [...(groups.get(family) ?? []), own]);
  }
  return [...groups].map(([family, members]) => {
    if (members.length === 0) return family;
    const size = all.filter(({ name }) => /^(refuse|status-word|tls)[:-]/.exec(name)?.[1] === family).length;
    if (members.length === size) return `${family} (all)`;
    return `${family} (${members.join(', ')})`;
  });
}
