/** ES12 called: an SM-DP+ tells an SM-DS, or an SM-DS the next one, that something waits for an eUICC. SGP.22 v2.5 §3.6.1. */
import { randomUUID } from 'node:crypto';
import { LpaError, ServerError } from '../../lpa/errors.ts';
import { callRsp, type Post } from '../../lpa/es9/function.ts';
import { openRspDoor } from '../../lpa/es9/https.ts';
import * as es12 from '../rsp/es12.ts';
import { Refusal } from '../rsp/refusal.ts';

export interface RspEvent {
  readonly eid: string;
  readonly eventId: string;
}

/** @throws {Refusal} 8.9/5.1 the SM-DS cannot be reached, 8.9/4.2 it refused */
export interface EventRegistrar extends AsyncDisposable {
  register(smdsAddress: string, event: RspEvent): Promise<void>;
  remove(smdsAddress: string, event: RspEvent): Promise<void>;
}

export interface RegistrarOptions {
  /** Of the server that registers: where the LPA has to go. */
  readonly rspServerAddress: () => string;
  /** functionRequesterIdentifier: its OID. */
  readonly requester: string;
  /** CIs under which an SM-DS may be. */
  readonly ciPKIds: readonly string[];
  /** Where an SM-DS listens for servers, by where it listens for LPAs; the same address where not given. */
  readonly es12Of?: ((smdsAddress: string) => string) | undefined;
}

export function openRegistrar({
  rspServerAddress,
  requester,
  ciPKIds,
  es12Of = (address) => address,
}: RegistrarOptions): EventRegistrar {
  const door = openRspDoor({
    anchors: async () => ({ ciPKIds, ca: [], allowTestCi: true, strictCi: false }),
    timeoutMs: 10_000,
  });
  const header = () => ({ functionRequesterIdentifier: requester, functionCallIdentifier: randomUUID() });
  const ask = async (call: (post: Post) => Promise<unknown>): Promise<void> => {
    try {
      await call(door.post);
    } catch (error) {
      if (error instanceof ServerError) throw new Refusal('8.9/4.2', `the SM-DS refused: ${error.message}`);
      if (error instanceof LpaError) throw new Refusal('8.9/5.1', `the SM-DS cannot be reached: ${error.message}`);
      throw error;
    }
  };
  return {
    register: (smdsAddress, { eid, eventId }) =>
      ask((post) =>
        callRsp(post, es12Of(smdsAddress), es12.RegisterEvent, {
          header: header(),
          eid,
          rspServerAddress: rspServerAddress(),
          eventId,
          forwardingIndicator: true,
        }),
      ),
    remove: (smdsAddress, event) =>
      ask((post) => callRsp(post, es12Of(smdsAddress), es12.DeleteEvent, { header: header(), ...event })),
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}
