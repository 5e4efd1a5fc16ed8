/**
 * Activation codes. SGP.22 v2.5 §4.1; the last two fields are those of v3.
 *
 *     LPA:1$smdp.example.com$MATCHING-ID$1.3.6.1.4.1.31746$1$CI-KEY$DELETE-NOTIFICATION
 *         0 1                2           3                 4 5      6
 *
 * A code is a bearer secret: errors tell the column, never the content.
 */
import { UsageError } from '../errors.ts';
import { parseAddress } from './address.ts';

export interface ActivationCode {
  /** `host` or `host:port`, lower case, IDN as punycode. */
  readonly smdpAddress: string;
  /** Case as given; empty where the code has none. */
  readonly matchingId: string;
  /** Dotted decimal; must be the OID in CERT.DPauth. */
  readonly smdpOid?: string;
  /** False says nothing: the server may still want one. */
  readonly confirmationCodeRequired: boolean;
  /** Upper-case hex: the subject key identifier of the CI that the server must be under (v3). */
  readonly ciPKIndicator?: string;
  /** For device change (v3): as given, not looked into. */
  readonly deleteNotificationForDc?: string;
  /** Numbers of the fields that stand after those we know. */
  readonly ignoredFields?: readonly number[];
  /** What is odd but no error: sentences for the user, without content. */
  readonly warnings?: readonly string[];
}

/** Characters after `LPA:` (§4.1), and where a delete notification is in it. */
const MAX_LENGTH = 255;
const MAX_LENGTH_V3 = 4096;
/** Longer texts are not even looked at: a setup link with every character escaped stays below. */
const MAX_TEXT = 4 * MAX_LENGTH_V3;

const SETUP_HOSTS: readonly string[] = ['esimsetup.apple.com', 'esimsetup.android.com'];

const REMEDY = "it looks like 'LPA:1$smdp.example.com$MATCHING-ID', in single quotes: the shell eats $";

/**
 * Read an activation code: as text, with or without `LPA:`, or in a setup link of Apple or Android.
 *
 * @throws {UsageError} naming the column, counted in the code from its first character
 */
export function parseActivationCode(text: string): ActivationCode {
  if (text.length > MAX_TEXT) fail('it is too long', MAX_TEXT + 1);
  const code = codeIn(text.trim());
  const control = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.exec(code);
  if (control) fail('a control character', columnOf(code, control.index));
  const start = /^lpa:/i.test(code) ? 4 : 0;
  const fields = fieldsOf(code, start);

  const [format, address, token, oid, flag, ciPK, deleteNotification, ...later] = fields;
  if (code.length === start) fail('it is empty', start + 1);
  if (format?.text !== '1' && !code.includes('$')) fail('there is no $ in it', start + 1);
  if (format?.text !== '1')
    fail(/^\d$/.test(format?.text ?? '') ? `format is "${format?.text}", only 1 is defined` : 'the format is not 1', start + 1);
  if (address === undefined) fail('the SM-DP+ address is missing', columnOf(code, code.length));
  if (token === undefined) fail('the $ after the SM-DP+ address is missing', columnOf(code, code.length));
  const limit = deleteNotification?.text ? MAX_LENGTH_V3 : MAX_LENGTH;
  if (code.length - start > limit) fail(`it is longer than ${limit} characters`, columnOf(code, start + limit));

  if (address.text === '') fail('the SM-DP+ address is empty', address.column);
  const smdp = parseAddress(address.text);
  if ('problem' in smdp) fail(`SM-DP+ address: ${smdp.problem}`, address.column + smdp.column - 1);
  const odd = matchingIdFault(token.text);
  if (odd) fail(`the matching ID: ${odd.problem}`, token.column + odd.column - 1);
  if (oid?.text && !/^([01]\.[1-3]?[0-9]|2\.(0|[1-9][0-9]*))(\.(0|[1-9][0-9]*))*$/.test(oid.text)) {
    fail('the SM-DP+ OID is not a dotted number', oid.column);
  }
  only(flag, /[^0-9A-Za-z-]/u, 'the confirmation code flag is 1 or empty');
  only(ciPK, /[^0-9A-Fa-f-]/u, 'the CI key indicator is hexadecimal');
  const ciPKIndicator = ciPK?.text.replaceAll('-', '').toUpperCase();
  if (ciPK && ciPKIndicator && ciPKIndicator.length % 2 !== 0) fail('the CI key indicator lacks a digit', ciPK.column);
  only(deleteNotification, /[^\x21-\x7e]/u, 'the delete notification has a character that is not allowed');

  const warnings = [
    ...matchingIdWarnings(token.text),
    ...(flag?.text && flag.text !== '0' && flag.text !== '1'
      ? ['the confirmation code flag is neither 1 nor empty, and was passed over']
      : []),
    ...later.map(({ number }) => `field ${number} is not defined and was passed over`),
  ];
  return {
    smdpAddress: smdp.authority,
    matchingId: token.text,
    ...(oid?.text && { smdpOid: oid.text }),
    confirmationCodeRequired: flag?.text === '1',
    ...(ciPKIndicator && { ciPKIndicator }),
    ...(deleteNotification?.text && { deleteNotificationForDc: deleteNotification.text }),
    ...(later.length > 0 && { ignoredFields: later.map(({ number }) => number) }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** A matching ID of printable ASCII: servers of test systems use more than the specification's letters, digits and hyphens. */
const PRINTABLE = /[^\x21-\x23\x25-\x7e]/u;

/** Returns why a text cannot be a matching ID, undefined where it can. `column` counts characters from 1. */
export function matchingIdFault(text: string): { readonly problem: string; readonly column: number } | undefined {
  const found = PRINTABLE.exec(text);
  return found ? { problem: 'expected printable ASCII other than $', column: columnOf(text, found.index) } : undefined;
}

/** Returns what is unusual about a matching ID: sentences without its content. */
export function matchingIdWarnings(text: string): readonly string[] {
  if (/[^0-9A-Za-z-]/.test(text)) return ["the matching ID has characters outside the specification's set (A-Z, 0-9, -)"];
  return /[a-z]/.test(text) ? ['the matching ID has lower-case letters, which servers tell from upper-case ones'] : [];
}

/**
 * Write a code, with `LPA:` and without trailing empty fields.
 *
 * @throws {UsageError} when a field could not be read back
 */
export function formatActivationCode(code: ActivationCode): string {
  const fields = [
    code.smdpAddress,
    code.matchingId,
    code.smdpOid ?? '',
    code.confirmationCodeRequired ? '1' : '',
    code.ciPKIndicator ?? '',
    code.deleteNotificationForDc ?? '',
  ];
  while (fields.length > 2 && fields.at(-1) === '') fields.pop();
  const text = `LPA:1$${fields.join('$')}`;
  parseActivationCode(text);
  return text;
}

interface Field {
  readonly text: string;
  /** As in the table above. */
  readonly number: number;
  readonly column: number;
}

/** Past this many, a text is no code with fields of a later version but noise. */
const MAX_FIELDS = 32;

function fieldsOf(code: string, start: number): Field[] {
  const texts = code.slice(start).split('$', MAX_FIELDS + 1);
  let at = start;
  const fields = texts.map((text, number) => {
    const field = { text, number, column: columnOf(code, at) };
    at += text.length + 1;
    return field;
  });
  const beyond = fields[MAX_FIELDS];
  if (beyond) fail(`it has more than ${MAX_FIELDS} fields`, beyond.column);
  return fields;
}

/** A setup link carries the code in `carddata`; anything else is the code. */
function codeIn(text: string): string {
  if (!/^https?:/i.test(text)) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const carddata = url?.searchParams.get('carddata')?.trim();
  if (url?.protocol !== 'https:' || !SETUP_HOSTS.includes(url.host) || !carddata) {
    throw new UsageError('activation code: of web links, only the eSIM setup links of Apple and Android hold a code', {
      remedy: REMEDY,
    });
  }
  return carddata;
}

function only(field: Field | undefined, bad: RegExp, problem: string): void {
  const found = field && bad.exec(field.text);
  if (field && found) fail(problem, field.column + columnOf(field.text, found.index) - 1);
}

const columnOf = (text: string, index: number): number => [...text.slice(0, index)].length + 1;

function fail(problem: string, column: number): never {
  throw new UsageError(`activation code: ${problem} (column ${column})`, { remedy: REMEDY });
}
