/** What every procedure works with: the two doors of an LPA, and what the user decided beforehand. */

import type { CallOptions, Post } from '../es9/function.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { Listener } from '../events.ts';
import type { ServerSide } from '../pki/trust.ts';
import type { DeviceInfo } from '../sgp22/authentication.ts';
import type { CodeHistory } from './installed-before.ts';
import type { Journal } from './journal.ts';

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
 * A TAC that names no device: TBCD-coded test range, told when no IMEI is given. Servers want the field, and a PC with a
 * reader has none of its own.
 */
export const TEST_TAC = '35290611';

/** @param imei 15 digits, checked by the caller */
export const deviceInfoOf = (imei?: string): DeviceInfo => ({
  tac: imei ? imei.slice(0, 8) : TEST_TAC,
  deviceCapabilities: {},
  ...(imei && { imei }),
});
