/**
 * What a PC/SC daemon knows of its readers, asked at its socket as libpcsclite asks it, without a PC/SC library in this process
 * (a library's calls would stop a card that lives in it). pcsc-lite 1.8 to 2: winscard_msg.h, eventhandler.h, numbers of the host's order.
 *
 *     00000000 12000000           a message of no octets: CMD_GET_READERS_STATE
 *     16 times 184 octets         name (128, ends with 00) | events (4) | state (4) | sharing (4) | ATR (33, 3 unused) | its length (4) | protocol (4)
 */
import { connect } from 'node:net';
import { endianness } from 'node:os';

export interface DaemonReader {
  /** As programs see it: `Lab 00 00`. */
  readonly name: string;
  /** `unknown`: the daemon cannot speak with the reader, and will not. */
  readonly card: 'present' | 'absent' | 'unknown';
}

const LITTLE = endianness() === 'LE';
const CMD_GET_READERS_STATE = 0x12;
const ENTRIES = 16;
const ENTRY = 184;
const NAME = 128;
const STATE_AT = 132;
/** winscard.h, SCARD_ABSENT and SCARD_PRESENT; SCARD_UNKNOWN is 1. */
const STATE = { absent: 0x02, present: 0x04 } as const;

/** @throws {Error} where nobody listens, or the daemon hangs up */
export function readersOfDaemon(socketName: string, timeoutMs = 2000): Promise<readonly DaemonReader[]> {
  return new Promise((resolve, reject) => {
    const answer = new Uint8Array(ENTRIES * ENTRY);
    let filled = 0;
    const socket = connect(socketName);
    const settle = (how: () => void) => {
      how();
      socket.destroy();
    };
    socket.setTimeout(timeoutMs, () => settle(() => reject(new Error(`pcscd did not answer within ${timeoutMs} ms`))));
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('close', () => reject(new Error('pcscd hung up')));
    socket.on('data', (chunk) => {
      answer.set(chunk.subarray(0, answer.length - filled), filled);
      filled += chunk.length;
      if (filled >= answer.length) settle(() => resolve(entriesOf(answer)));
    });
    const request = new DataView(new ArrayBuffer(8));
    request.setUint32(4, CMD_GET_READERS_STATE, LITTLE);
    socket.write(new Uint8Array(request.buffer));
  });
}

function entriesOf(answer: Uint8Array): DaemonReader[] {
  return Array.from({ length: ENTRIES }, (_, i): DaemonReader => {
    const entry = answer.subarray(i * ENTRY, (i + 1) * ENTRY);
    const name = entry.subarray(0, NAME);
    const end = name.indexOf(0);
    const state = new DataView(entry.buffer, entry.byteOffset).getUint32(STATE_AT, LITTLE);
    return {
      name: new TextDecoder().decode(name.subarray(0, end < 0 ? NAME : end)),
      card: state & STATE.present ? 'present' : state & STATE.absent ? 'absent' : 'unknown',
    };
  }).filter(({ name }) => name !== '');
}
