/** Functions of a server and who answers them, whatever carries them: JSON or ASN.1. */
import { DecodeError } from '../../lpa/errors.ts';
import type { Params, RspFunction, Values } from '../../lpa/es9/function.ts';
import type { LabLog, LogEntry } from '../state/log.ts';
import type { ServerFault } from './faults.ts';
import { Refusal } from './refusal.ts';

/** What a function says of itself in the log. */
export type Say = (detail: string, data?: Readonly<Record<string, unknown>>) => void;

export interface Call {
  /** The faults that concern this function. */
  readonly faults: readonly ServerFault[];
  readonly say: Say;
}

/** A function and who answers it. */
export interface Route {
  readonly fn: RspFunction<Params, Params>;
  answer(request: Values<Params>, call: Call): Promise<Values<Params>>;
}

/** @throws {Refusal} from `answer`, when the function is refused */
export const route = <Req extends Params, Res extends Params>(
  fn: RspFunction<Req, Res>,
  answer: (request: Values<Req>, call: Call) => Promise<Values<Res>>,
): Route => ({ fn, answer: (request, call) => answer(request as Values<Req>, call) }); // a binding decodes by `fn.request`

/** How a function ended: with its answer, or refused. */
export type Done = { readonly result: Values<Params> } | { readonly refusal: Refusal };

export interface Performance {
  readonly who: LogEntry['who'];
  readonly log: LabLog;
  readonly faults: readonly ServerFault[];
}

/**
 * Carry out one function, and log what was decided.
 *
 * @param read gives the request; what cannot be read is refused (1.3.1/2.2, 1.6/2.1)
 */
export async function perform(
  { fn, answer }: Route,
  read: () => Values<Params>,
  { who, log, faults }: Performance,
): Promise<Done> {
  let transactionId: string | undefined;
  const entry = (detail: string, more: Readonly<Record<string, unknown>>): void =>
    log({
      who,
      event: fn.name,
      ...(transactionId !== undefined && { transactionId }),
      detail,
      data: { function: fn.name, ...more },
    });
  try {
    const request = read();
    transactionId = transactionOf(request);
    const refusal = faults.find((fault) => fault.refusal)?.refusal;
    if (refusal) throw new Refusal(refusal.code, 'asked for by a fault', refusal.status);
    const said: [string, Readonly<Record<string, unknown>>][] = [];
    const result = await answer(request, { faults, say: (detail, data = {}) => said.push([detail, data]) });
    transactionId ??= transactionOf(result);
    for (const [detail, data] of said) entry(detail, { status: 'Executed-Success', ...data });
    return { result };
  } catch (error) {
    const refusal = error instanceof DecodeError ? unreadable(error) : error;
    if (!(refusal instanceof Refusal)) throw error;
    const { status, subjectCode, reasonCode, message } = refusal;
    entry(`${message}: ${status} ${refusal.code}`, { status, subjectCode, reasonCode });
    return { refusal };
  }
}

/** Other servers have a code of their own for an eUICC that signed no ctxParams1; for the rest the function is invalid. */
const unreadable = ({ message }: DecodeError): Refusal =>
  new Refusal(/ctxParams1 \S+ is missing$/.test(message) ? '1.3.1/2.2' : '1.6/2.1', message);

function transactionOf(values: Readonly<Record<string, unknown>>): string | undefined {
  const { transactionId } = values;
  return typeof transactionId === 'string' ? transactionId : undefined;
}
