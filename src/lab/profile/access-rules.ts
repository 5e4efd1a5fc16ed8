/**
 * The access rules that the file templates refer to by record number of EF.ARR.
 * TS 102 221 §9.2.4 and §11.1.1.4.7, in expanded format.
 */
import { concat } from '../../lpa/bytes.ts';

const ALWAYS = Uint8Array.of(0x90, 0x00);
const NEVER = Uint8Array.of(0x97, 0x00);
const userPin = (reference: number): Uint8Array => Uint8Array.of(0xa4, 0x06, 0x83, 0x01, reference, 0x95, 0x01, 0x08);
const PIN = userPin(0x01);
const PIN2 = userPin(0x81);
const ADM = userPin(0x0a);

const READ = 0x01;
const UPDATE = 0x02;
/** Deactivate, activate, terminate, delete. */
const ADMINISTER = 0x5a & ~UPDATE;

const onFile = (access: number): Uint8Array => Uint8Array.of(0x80, 0x01, access);
/** INCREASE is told by its instruction octet. */
const INCREASE = Uint8Array.of(0x84, 0x01, 0x32);

const rule = (read: Uint8Array, update: Uint8Array, administer = ADM): Uint8Array =>
  concat(onFile(READ), read, onFile(UPDATE), update, onFile(ADMINISTER), administer);

/** Rule 1 stands first. Rules 4, 6, 12 and 13 are referred to by no template. */
export const accessRules: readonly Uint8Array[] = [
  rule(ALWAYS, PIN), // 1 languages
  rule(PIN, ADM), // 2 what the operator sets
  rule(ADM, ADM), // 3 what only the operator sees
  rule(PIN, ADM), // 4
  rule(PIN, PIN), // 5 what the user changes
  rule(PIN, ADM), // 6
  concat(onFile(READ), PIN, onFile(UPDATE), PIN, INCREASE, PIN, onFile(ADMINISTER), ADM), // 7 counters
  rule(PIN, PIN2), // 8 fixed dialling, barring
  rule(ALWAYS, PIN), // 9 in case of emergency
  rule(ALWAYS, ADM), // 10 open to read
  rule(ALWAYS, NEVER, NEVER), // 11 EF.ICCID
  rule(PIN, ADM), // 12
  rule(PIN, ADM), // 13
  concat(onFile(0x46), ADM), // 14 directories: create, delete
];

/** Octets with FF behind them up to a length. */
export function padded(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length).fill(0xff);
  whole.set(bytes.subarray(0, length));
  return whole;
}
