/** What the functions of ES9+ share. */
import type { AuthServer } from './authentication.ts';
import type { NotificationPoint } from './es2p-functions.ts';
import type { Order, SmdpState } from './order.ts';
import { Refusal, unless } from './refusal.ts';
import type { Session } from './session.ts';

export interface Es9Server extends AuthServer {
  readonly state: SmdpState;
  readonly save: () => void;
  /** Tell the operator how far a download is (ES2+.HandleDownloadProgressInfo). */
  readonly progress: (order: Order, point: NotificationPoint, outcome?: Outcome) => void;
}

/** Success, where nothing says otherwise. */
export interface Outcome {
  readonly refusal?: Refusal;
  /** ProfileInstallationResult, and whether it tells of a failure. */
  readonly result?: Uint8Array;
  readonly isFailed?: boolean;
}

export function orderOf({ orders }: SmdpState, iccid: string): Order {
  const order = orders.find((each) => each.iccid === iccid);
  unless(order !== undefined, '8.2.6/3.8', 'the order was removed meanwhile');
  return order;
}

/** A function that fails ends the session (§5.6); what it did to an order is kept. */
export async function endingOnRefusal<T>({ sessions, save }: Es9Server, session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) {
      sessions.end(session);
      save();
    }
    throw error;
  }
}

/** Do it, and tell the operator how it went. */
export async function told<T>(
  { progress }: Es9Server,
  order: Order,
  point: NotificationPoint,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    const result = await work();
    progress(order, point);
    return result;
  } catch (error) {
    if (error instanceof Refusal) progress(order, point, { refusal: error });
    throw error;
  }
}
