/**
 * APDUs as Wireshark reads them: GSMTAP (UDP port 4729, type SIM) in a pcap file. One frame holds a command and its answer as
 * T=0 carries them: header, P3, data of the one that has some, status word.
 */
import { concat } from '../bytes.ts';
import { toTpdu } from './t0.ts';

const GSMTAP_PORT = 4729;
/** Version 2, header of four words, type SIM; nothing of the rest means anything for an APDU. */
const GSMTAP = Uint8Array.of(2, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
/** IPv4 without a link layer. */
const LINKTYPE_IPV4 = 228;
const LOOPBACK = [127, 0, 0, 1];

/** What a pcap file begins with: times in microseconds, packets whole. */
export function pcapHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0xa1b2c3d4, true);
  header.setUint16(4, 2, true);
  header.setUint16(6, 4, true);
  header.setUint32(16, 0xffff, true);
  header.setUint32(20, LINKTYPE_IPV4, true);
  return new Uint8Array(header.buffer);
}

/**
 * One command and its answer as packets of the file: two where a card gave data to a command that brought some (T=1), for at
 * T=0 that is a status word 61xx and a GET RESPONSE.
 *
 * @param timeMs since 1970
 */
export function pcapPackets(command: Uint8Array, answer: Uint8Array, timeMs: number): Uint8Array {
  const tpdu = toTpdu(command);
  const data = answer.subarray(0, -2);
  if (tpdu.length === 5 || data.length === 0) return packet(concat(tpdu, answer), timeMs);
  const length = data.length & 0xff;
  const getResponse = Uint8Array.of((tpdu[0] ?? 0) & 0x7f, 0xc0, 0x00, 0x00, length);
  return concat(packet(concat(tpdu, Uint8Array.of(0x61, length)), timeMs), packet(concat(getResponse, answer), timeMs));
}

function packet(apdu: Uint8Array, timeMs: number): Uint8Array {
  const length = 20 + 8 + GSMTAP.length + apdu.length;
  const head = new DataView(new ArrayBuffer(16 + 20 + 8));
  head.setUint32(0, Math.floor(timeMs / 1000), true);
  head.setUint32(4, Math.floor((timeMs % 1000) * 1000), true);
  head.setUint32(8, length, true);
  head.setUint32(12, length, true);
  const ip = new DataView(head.buffer, 16, 20);
  ip.setUint8(0, 0x45);
  ip.setUint16(2, length);
  ip.setUint8(8, 64);
  ip.setUint8(9, 17);
  for (const [i, octet] of [...LOOPBACK, ...LOOPBACK].entries()) ip.setUint8(12 + i, octet);
  ip.setUint16(10, checksum(ip));
  const udp = new DataView(head.buffer, 36, 8);
  udp.setUint16(0, GSMTAP_PORT);
  udp.setUint16(2, GSMTAP_PORT);
  udp.setUint16(4, length - 20); // its checksum stays 0: none
  return concat(new Uint8Array(head.buffer), GSMTAP, apdu);
}

/** Of an IPv4 header, RFC 791. */
function checksum(header: DataView): number {
  let sum = 0;
  for (let i = 0; i < header.byteLength; i += 2) sum += header.getUint16(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
