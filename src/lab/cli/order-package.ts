/** The profile package that an operator orders: readable, and what a card will say of it, before any LPA downloads it. */
import { DecodeError, UsageError } from '../../lpa/errors.ts';
import { checkProfilePackage } from '../../lpa/saip/check/check.ts';
import { nameOf, type ProfilePackage, readProfilePackage } from '../../lpa/saip/package.ts';

/** More lines than a person reads. */
const MAX_LINES = 12;

/**
 * Returns a line for each finding of the checker.
 *
 * @throws {UsageError} for a package that is empty or cannot be read, unless `allowInvalid`
 */
export function packageFindings(
  octets: Uint8Array,
  { file, allowInvalid }: { readonly file: string; readonly allowInvalid: boolean },
): string[] {
  let pkg: ProfilePackage;
  try {
    pkg = readablePackage(octets);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const why = `${file} is not a profile package: ${error.message}`;
    if (allowInvalid) return [why];
    throw new UsageError(why, { cause: error, remedy: 'add --allow-invalid to order it all the same' });
  }
  const findings = checkProfilePackage(pkg);
  const lines = findings.slice(0, MAX_LINES).map(({ severity, element, clause, text, status }) => {
    const what = severity === 'error' ? `a card refuses this package (${status})` : 'the package breaks a rule';
    return `${what}: ${nameOf(element)}, clause ${clause}: ${text}`;
  });
  const more = findings.length - lines.length;
  return [...lines, ...(more > 0 ? [`${more} more findings; run \`lpa explain ${file}\` to see all`] : [])];
}

/** @throws {DecodeError} also where the header cannot be read: then the octets may be anything */
function readablePackage(octets: Uint8Array): ProfilePackage {
  const pkg = readProfilePackage(octets);
  const [first] = pkg.elements;
  if (first?.name !== 'header') throw new DecodeError('ProfilePackage', 'the first element is not a profile header');
  if (first.fault) throw first.fault;
  return pkg;
}
