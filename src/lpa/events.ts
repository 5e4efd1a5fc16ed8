/**
 * What the two doors, card and server, say about themselves while they work. The progress line and
 * `--trace` listen; nothing in the procedures has to speak of progress.
 */

export type DoorEvent =
  /** An ES function is about to be called; `request` is its data object or JSON body as sent. */
  | {
      readonly type: 'call';
      readonly door: 'card' | 'server';
      readonly name: string;
      readonly request: Uint8Array;
      readonly address?: string;
    }
  /** It answered. */
  | {
      readonly type: 'answer';
      readonly door: 'card' | 'server';
      readonly name: string;
      readonly response: Uint8Array;
      readonly ms: number;
    }
  /** It failed; the error goes its own way. */
  | { readonly type: 'failed'; readonly door: 'card' | 'server'; readonly name: string; readonly ms: number }
  /** Octets of a Bound Profile Package that the card has taken. */
  | { readonly type: 'progress'; readonly name: string; readonly sent: number; readonly total: number }
  /** One command APDU and its response, as the reader carried them. */
  | { readonly type: 'apdu'; readonly command: Uint8Array; readonly response: Uint8Array; readonly ms: number }
  /** A TLS connection was made and trusted: by the chip's key list, by a `--ca` certificate, or by the web's roots. */
  | { readonly type: 'connected'; readonly address: string; readonly trustedBy: 'chip' | 'ca' | 'web'; readonly ciPKId?: string }
  /** Something went wrong that does not change the outcome, and that nobody may miss. */
  | { readonly type: 'warning'; readonly message: string; readonly cause?: unknown };

export type Listener = (event: DoorEvent) => void;
