/**
 * Whether this computer's clock can be right. Nobody here has another clock, but two things are known: it is not before this
 * program was made, and a server's certificate that is not valid yet was hardly put to use before its day.
 */
import { TrustError } from '../../lpa/errors.ts';
import { bad, EXIT, type Finding, good } from './finding.ts';

/** Raised with each release. */
const MADE = new Date('2026-11-01T00:00:00Z');
/** A clock that is later than this is not believed: its battery is more likely to have failed than this program to be in use. */
const TOO_LATE = new Date('2056-01-01T00:00:00Z');

/** @param serverError what the handshake with the server met */
export function checkClock(now: Date, serverError: unknown): Finding {
  const says = `says ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const wrong = (why: string): Finding =>
    bad('clock', EXIT.trust, `${says}, ${why}`, 'set it (timedatectl on Linux): certificates are believed for their dates');
  if (now < MADE) return wrong('which is before this lpa was made');
  if (now > TOO_LATE) return wrong('which is too far ahead to be true');
  if (serverError instanceof TrustError && serverError.check === 'tlsNotYetValid') {
    return wrong("and the server's certificate is not valid yet: it seems to be slow");
  }
  return good('clock', says);
}
