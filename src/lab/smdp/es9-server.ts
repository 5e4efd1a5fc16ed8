/** What the functions of ES9+ share. */
import type { AuthServer } from '../rsp/authentication.ts';
import type { NotificationPoint } from '../rsp/es2p.ts';
import { Refusal, unless } from '../rsp/refusal.ts';
import type { Session } from '../rsp/session.ts';
import type { Order } from './order.ts';
import type { SmdpState } from './state.ts';

export interface Es9Server extends AuthServer {
  readonly state: SmdpState;
  /** Keeps what became of an order. */
  readonly save: (order: Order) => void;
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

export function orderOf(state: SmdpState, iccid: string): Order {
  const order = state.byIccid(iccid);
  unless(order !== undefined, '8.2.6/3.8', 'the order was removed meanwhile');
  return order;
}

/** A function that fails ends the session (§5.6). */
export async function endingOnRefusal<T>({ sessions }: Es9Server, session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) sessions.end(session);
    throw error;
  }
}

/** Runs a step of a download, keeps what it did to the order, and informs the operator of the outcome. */
export async function told<T>(
  { progress, save }: Es9Server,
  order: Order,
  point: NotificationPoint,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    const result = await work();
    save(order);
    progress(order, point);
    return result;
  } catch (error) {
    if (error instanceof Refusal) {
      save(order);
      progress(order, point, { refusal: error });
    }
    throw error;
  }
}
