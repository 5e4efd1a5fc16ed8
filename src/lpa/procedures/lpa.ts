/** What every procedure works with: the two doors of an LPA, and what the user decided beforehand. */

import type { CallOptions, Post } from '../es9/function.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { Listener } from '../events.ts';
import type { ServerSide } from '../pki/trust.ts';
import type { DeviceInfo } from '../sgp22/authentication.ts';
import type { CodeHistory } from './installed-before.ts';
import type { Journal } from './journal.ts';
import type { RefusedNotifications } from './notifications.ts';

/** The door to RSP servers. `post` has verified the server before it sends an octet of the request. */
export interface RspServers {
  readonly post: Post;
  /** Start the TLS handshake while the card is still busy. */
  connect(address: string, side?: ServerSide): void;
  /** How the server at `address` was trusted; known once something was posted to it. */
  trustOf(address: string): { readonly trustedBy: 'chip' | 'ca' | 'web'; readonly ciPKId?: string } | undefined;
}

export interface Lpa {
  readonly isdr: Isdr;
  readonly servers: RspServers;
  /** What is told to servers about the device; a computer has little to tell. */
  readonly device: DeviceInfo;
  /** Sessions with servers under the public test CIs. */
  readonly allowTestCi?: boolean;
  readonly listener?: Listener;
  /** Told of downloads under way. */
  readonly journal?: Journal;
  /** Knows the notifications that their server refused before. */
  readonly refusedNotifications?: RefusedNotifications;
  /** Knows the activation codes that were used before. */
  readonly codeHistory?: CodeHistory;
  /** Aborted by Ctrl-C: the session is postponed at the next step, but for a card that is writing. */
  readonly signal?: AbortSignal;
}

/** Options for a call that the user's Ctrl-C may break off. */
export const callOptions = ({ listener, signal }: Lpa): CallOptions => ({
  ...(listener && { listener }),
  ...(signal && { signal }),
});

/**
 * The default TAC. It names no device: TACs that begin with 00 are for test IMEIs (GSMA TS.06). A server requires the field,
 * and a PC with a reader has no TAC.
 */
export const TEST_TAC = '00101000';

/** @param imei 15 digits @param tac 8 digits; both checked by the caller */
export const deviceInfoOf = (imei?: string, tac?: string): DeviceInfo => ({
  tac: tac ?? imei?.slice(0, 8) ?? TEST_TAC,
  deviceCapabilities: {},
  ...(imei && { imei }),
});
