/**
 * Check a profile package as a card does while it installs it. Rules of TCA profile package 3.4.1, one row each,
 * with its clause. An error is what a card refuses, with a PEStatus; a warning is what cards install all the same.
 */
import { fieldOffsets, type ProfileElement, type ProfilePackage } from '../package.ts';
import { type EUICCResponse, installed, type PEStatus, type PEStatusName } from '../response.ts';
import { type CardCapabilities, type Problem, type Rule, viewOf } from './rule.ts';
import { applicationRules } from './rules-applications.ts';
import { cardRules, fullCard, lackOf, supportRules } from './rules-card.ts';
import { codeRules } from './rules-codes.ts';
import { fileRules } from './rules-files.ts';
import { structureRules } from './rules-structure.ts';

export type { CardCapabilities } from './rule.ts';
export { fullCard } from './rules-card.ts';
export { ENCODING_RULE } from './rules-structure.ts';

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
  /** `error`: a card refuses the package. `warning`: it installs, but the package breaks a rule. */
  readonly severity: 'error' | 'warning';
  readonly element: Pick<ProfileElement, 'index' | 'name' | 'identification'>;
  /** What a card answers that refuses the package. */
  readonly status: PEStatusName;
  /** Octet inside the element. */
  readonly offset: number;
}

/** Errors, and warnings: more than a person reads. A bound for hostile packages. */
const MAX_FINDINGS = 50;

/**
 * Returns errors and warnings, by element. The first error decides what a card answers; without one it installs.
 *
 * Elements that the card does not know and need not know are passed over: see `passedOver`.
 */
export function checkProfilePackage(pkg: ProfilePackage, card: CardCapabilities = fullCard): Finding[] {
  const view = viewOf(pkg, card, new Set(lacking(pkg, card).map(({ element }) => element)));
  const found = rules.flatMap((rule) => take(rule.check(view), MAX_FINDINGS).map((problem) => ({ rule, problem })));
  const offsets = offsetTable();
  const inOrder = found.sort((a, b) => a.problem.element.index - b.problem.element.index);
  const left = { error: MAX_FINDINGS, warning: MAX_FINDINGS };
  return inOrder
    .filter(({ rule }) => left[rule.severity ?? 'error']-- > 0)
    .map(({ rule, problem }) => findingOf(rule, problem, offsets));
}

/** Returns the findings for which a card refuses the package. */
export const errorsAmong = (findings: readonly Finding[]): Finding[] => findings.filter(({ severity }) => severity === 'error');

/** The elements that a card passes over because it lacks what they need and they are not mandated. */
export function passedOver(pkg: ProfilePackage, card: CardCapabilities = fullCard): Finding[] {
  const offsets = offsetTable();
  const rule = { clause: '8.1.3', rule: 'an element that is not mandated may be passed over', severity: 'warning' } as const;
  return lacking(pkg, card).map((lack) => findingOf({ ...rule, status: lack.status }, lack, offsets));
}

/** Returns what the card answers: success, with the elements it passed over, or the first error. */
export function responseTo(findings: readonly Finding[], ignored: readonly Finding[] = []): EUICCResponse {
  const [decisive] = errorsAmong(findings);
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
  { clause, rule, status, severity }: Pick<Rule, 'clause' | 'rule' | 'status' | 'severity'>,
  { element, field, text }: Problem,
  offsets: Offsets,
): Finding {
  const { index, name, identification } = element;
  return {
    clause,
    rule,
    text,
    severity: severity ?? 'error',
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
