/** A command APDU as T=0 carries it. ISO 7816-3 §12.2. */
import { concat } from '../bytes.ts';

/**
 * Case 1 gets P3 = 00; case 4 loses its Le, which the card makes up for with 61xx. Drivers at TPDU level hand on what
 * they are given, so a case 4 command with its Le reaches the card one octet too long (6700).
 */
export function toTpdu(command: Uint8Array): Uint8Array {
  if (command.length === 4) return concat(command, Uint8Array.of(0));
  const lc = command[4] ?? 0;
  return lc > 0 && command.length === 6 + lc ? command.subarray(0, -1) : command;
}
