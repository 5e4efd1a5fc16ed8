/** RSP sessions of a server: they live in memory, and lapse. SGP.22 v2.5 §3.0.1. */
import { type KeyObject, randomBytes } from 'node:crypto';
import { toHex } from '../../lpa/bytes.ts';
import type { Domain } from '../pki/identity.ts';
import type { Euicc } from './euicc-chain.ts';
import { unless } from './refusal.ts';

/** A domain whose servers have their keys here. */
export type ServerDomain = Domain & { readonly servers: NonNullable<Domain['servers']> };

export interface Session {
  /** Upper-case hex. */
  readonly transactionId: string;
  readonly serverChallenge: Uint8Array;
  /** Under whose CI the server signs. */
  readonly domain: ServerDomain;
  /** Under whose CI the eUICC signs: euiccCiPKIdToBeUsed. */
  readonly euiccCiPKId: string;
  readonly begun: number;
  /** From AuthenticateClient on. */
  client?: AuthenticatedClient | undefined;
}

export interface AuthenticatedClient {
  readonly euicc: Euicc;
  /** The order, by its ICCID. */
  readonly iccid: string;
  /** 5F37, as given to the eUICC. */
  readonly smdpSignature2: Uint8Array;
  readonly dpPb: { readonly certificate: Uint8Array; readonly privateKey: KeyObject };
  /** A package was handed out. */
  isBound: boolean;
}

/** A person may read for ten minutes; a card may take its time. */
const LAPSE_MS = 30 * 60_000;
const MAX_SESSIONS = 1000;

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  begin(domain: ServerDomain, euiccCiPKId: string): Session {
    const session: Session = {
      transactionId: toHex(randomBytes(16)),
      serverChallenge: Uint8Array.from(randomBytes(16)),
      domain,
      euiccCiPKId,
      begun: this.#now().getTime(),
    };
    this.#sessions.set(session.transactionId, session);
    // In the order in which they began: those that have lapsed come first.
    for (const [id, { begun }] of this.#sessions) {
      if (session.begun - begun < LAPSE_MS && this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(id);
    }
    return session;
  }

  /** @throws {Refusal} 8.10.1/3.9 for a session that there is not, or that has lapsed */
  get(transactionId: string): Session {
    const session = this.#sessions.get(transactionId.toUpperCase());
    const lives = session !== undefined && this.#now().getTime() - session.begun < LAPSE_MS;
    if (session && !lives) this.end(session);
    unless(lives, '8.10.1/3.9', 'no session has this transactionId');
    return session;
  }

  end({ transactionId }: Session): void {
    this.#sessions.delete(transactionId);
  }
}
