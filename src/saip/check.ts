/**
 * Check a profile package as a card would while it installs it. Rules of TCA profile package 3.4.1,
 * one row each, with its clause; what a card answers is a PEStatus.
 */
import { fieldOffsets, type ProfileElement, type ProfilePackage } from './package.ts';
import { type EUICCResponse, installed, type PEStatus, type PEStatusName } from './response.ts';
import { type CardCapabilities, type Problem, type Rule, viewOf } from './rule.ts';
import { applicationRules } from './rules-applications.ts';
import { cardRules, fullCard, lackOf, supportRules } from './rules-card.ts';
import { codeRules } from './rules-codes.ts';
import { fileRules } from './rules-files.ts';
import { structureRules } from './rules-structure.ts';

export type { CardCapabilities } from './rule.ts';
export { fullCard } from './rules-card.ts';

/** In the order in which a card would come upon them inside one element. */
export const rules: readonly Rule[] = [
  ...structureRules,
  ...cardRules,
  ...supportRules,
  ...fileRules,
  ...codeRules,
  ...applicationRules,
];

export interface Finding {
  readonly clause: string;
  /** The rule, in words that are the same every time. */
  readonly rule: string;
  /** What is wrong here. */
  readonly text: string;
  readonly element: Pick<ProfileElement, 'index' | 'name' | 'identification'>;
  readonly status: PEStatusName;
  /** Octet inside the element. */
  readonly offset: number;
}

/** More findings than anybody reads; a bound for hostile packages. */
const MAX_FINDINGS = 50;

/**
 * What makes a card refuse the package, element by element: the first finding decides. Empty: it installs.
 *
 * Elements that the card does not know and need not know are passed over: see `passedOver`.
 */
export function checkProfilePackage(pkg: ProfilePackage, card: CardCapabilities = fullCard): Finding[] {
  const view = viewOf(pkg, card, new Set(lacking(pkg, card).map(({ element }) => element)));
  const found = rules.flatMap((rule) => take(rule.check(view), MAX_FINDINGS).map((problem) => ({ rule, problem })));
  const offsets = offsetTable();
  return found
    .sort((a, b) => a.problem.element.index - b.problem.element.index)
    .slice(0, MAX_FINDINGS)
    .map(({ rule, problem }) => findingOf(rule, problem, offsets));
}

/** The elements that a card passes over because it lacks what they need and they are not mandated. */
export function passedOver(pkg: ProfilePackage, card: CardCapabilities = fullCard): Finding[] {
  const offsets = offsetTable();
  const rule = { clause: '8.1.3', rule: 'an element that is not mandated may be passed over' };
  return lacking(pkg, card).map((lack) => findingOf({ ...rule, status: lack.status }, lack, offsets));
}

/** What the card answers: success, with the elements it passed over, or the first failure. */
export function responseTo(findings: readonly Finding[], ignored: readonly Finding[] = []): EUICCResponse {
  const [decisive] = findings;
  if (decisive) return { peStatus: [statusOf(decisive)], profileInstallationAborted: true };
  return ignored.length === 0 ? installed : { peStatus: ignored.map(statusOf) };
}

const statusOf = ({ status, element: { identification }, offset }: Finding): PEStatus => ({
  status,
  ...(identification !== undefined && { identification }),
  offset,
});

const lacking = ({ elements }: ProfilePackage, card: CardCapabilities) =>
  elements.flatMap((element) => (element.mandated || element.fault ? [] : (lackOf(element, card) ?? [])));

type Offsets = (element: ProfileElement, field: string) => number;

/** Each element is parsed once for all its findings. */
function offsetTable(): Offsets {
  const tables = new Map<ProfileElement, ReturnType<typeof fieldOffsets>>();
  return (element, field) => {
    const table = tables.get(element) ?? fieldOffsets(element);
    tables.set(element, table);
    return table(field);
  };
}

function findingOf(
  { clause, rule, status }: Pick<Rule, 'clause' | 'rule' | 'status'>,
  { element, field, text }: Problem,
  offsets: Offsets,
): Finding {
  const { index, name, identification } = element;
  return {
    clause,
    rule,
    text,
    element: { index, name, ...(identification !== undefined && { identification }) },
    status,
    offset: field === undefined ? 0 : offsets(element, field),
  };
}

function take<T>(items: Iterable<T>, most: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length === most) break;
  }
  return taken;
}
