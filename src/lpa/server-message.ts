/**
 * What a server says in the free text of a refusal (statusCodeData.message, SGP.22 v2.5 §6.5.1.4). One status code stands for
 * several causes: 8.2.6/3.8 for a matching ID that does not exist, an order that was used and one that is locked. The text is
 * foreign and may be wrong: it decides on hints and on the state of an activation code, never on trust.
 */

/** `locked`: too many wrong confirmation codes. `over`: the order was used, expired or was cancelled. `unknown`: no such order. */
export type RefusalCause = 'locked' | 'over' | 'unknown';

/** Characters of a message that are read. */
const MAX_READ = 300;

const CAUSES: readonly (readonly [RefusalCause, RegExp])[] = [
  ['over', /\b(expired|installed|downloaded|(been|already) used|cancell?ed|withdrawn|revoked|too many downloads)\b/i],
  ['over', /\border (is|was|has) (error|ended|closed|unavailable)\b/i],
  ['unknown', /\b(unknown|not found|not exist|no such|no order|no profile|nothing waits|not known)\b/i],
];

/** Returns the cause that a message names; undefined where it names none, or several. */
export function refusalCause(message: string | undefined): RefusalCause | undefined {
  const text = message?.slice(0, MAX_READ) ?? '';
  if (/confirmation code/i.test(text) && /\b(too many|exceeded|maximum|locked|blocked)\b/i.test(text)) return 'locked';
  const named = new Set(CAUSES.filter(([, pattern]) => pattern.test(text)).map(([cause]) => cause));
  return named.size === 1 ? [...named][0] : undefined;
}

/** Returns how many confirmation codes may still be tried, where a message says so. */
export function triesLeftIn(message: string | undefined): number | undefined {
  const text = message?.slice(0, MAX_READ) ?? '';
  const [, before, after] =
    /\b(\d{1,3}) (?:more |further )?(?:try|tries|attempts?|retries|retry) (?:is |are )?(?:left|remain)|\b(?:tries|attempts|retries) (?:left|remaining)\s?[:=]\s?(\d{1,3})\b/i.exec(
      text,
    ) ?? [];
  const number = before ?? after;
  return number === undefined ? undefined : Number(number);
}
