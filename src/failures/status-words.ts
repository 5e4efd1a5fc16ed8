/** Status words that an LPA meets. ISO 7816-4 §5.6, ETSI TS 102 221 §10.2.1, and what cards in the field mean by them. */
import { type Words, words } from './words.ts';

const AGAIN = 'take the card out, put it back and try again';
const NOT_HERE = '`lpa readers` says what kind of card it is; a vendor may have moved the ISD-R, which --aid can name';
const REPORT = 'please report this with a trace (`--trace-file`) and what card it is';
const NOTHING = 'nothing has to be done';
const SESSION = 'the card lost the session, or restarted in between: try again';

// biome-ignore format: a table
const STATUS_WORDS: Readonly<Record<number, Words>> = {
  25088: words('a warning, without more', 'nothing has to be done unless something is missing afterwards'),
  25219: words('the selected application is deactivated', NOT_HERE),
  25600: words('execution error, nothing was changed', AGAIN),
  25985: words('the card could not write its memory', `${AGAIN}; if it stays so, the card is worn out`),
  26368: words('wrong length', 'the card takes shorter commands, or the reader changes them: try another reader'),
  26753: words('the card has no logical channels to give', 'another program may hold them: close it, or take the card out and put it back'),
  26754: words('the card does not do secure messaging', REPORT),
  26880: words('command not allowed', SESSION),
  27010: words('security status not satisfied', 'the card keeps these functions from this device'),
  27012: words('the data cannot be used', SESSION),
  27013: words('conditions of use not satisfied: the command does not fit the state of the card', SESSION),
  27014: words('command not allowed: nothing is selected', SESSION),
  27033: words('the application cannot be selected now: another program may hold it', 'close other programs that use the card'),
  27264: words('wrong data in the command: the card does not know this function, or reads it otherwise', REPORT),
  27265: words('function not supported', NOT_HERE),
  27266: words('application or file not found', NOT_HERE),
  27268: words('not enough memory', '`lpa info` shows the free memory; delete a profile that is not needed'),
  27270: words('wrong parameters P1 and P2', REPORT),
  27272: words('data not found: the card does not know this function, or did not expect it now', SESSION),
  27392: words('wrong parameters P1 and P2', REPORT),
  27904: words('instruction not known: this is no ISD-R', NOT_HERE),
  28160: words('class not known: this is no ISD-R', NOT_HERE),
  28416: words('no precise diagnosis: some cards answer so while they restart', AGAIN),
  37632: words('the SIM toolkit is busy', 'try again in a moment'),
};

/** By ranges, where the second octet says a detail. */
function byRange(sw: number): Words | undefined {
  const sw1 = sw >> 8;
  if (sw1 === 0x62 || sw1 === 0x63)
    return words('a warning of the card', 'nothing has to be done unless something is missing afterwards');
  if (sw1 === 0x65) return words('the card could not write its memory', AGAIN);
  if (sw1 === 0x6f) return words('the card failed in itself', AGAIN);
  if (sw1 === 0x90 || sw1 === 0x91)
    return words(sw1 === 0x90 ? 'success' : 'success, and the card has a proactive command to fetch', NOTHING);
  if (sw1 === 0x61) return words('success, with more octets to fetch', NOTHING);
  if (sw1 === 0x6c) return words('wrong length expected; the right one is in the second octet', NOTHING);
  return undefined;
}

export const statusWord = (sw: number): Words | undefined => STATUS_WORDS[sw] ?? byRange(sw);

/** Those with a row of their own. */
export const knownStatusWords = (): readonly number[] => Object.keys(STATUS_WORDS).map(Number);
