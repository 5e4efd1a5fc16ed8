/**
 * The lab's SM-DP+ and SM-DS, out of the lab's folder: orders and Events from files, certificates from the identity. Each
 * listens at two ports that were chosen once: for LPAs (ES9+, ES11), and for those who operate it (ES2+, ES12).
 */
import { UsageError } from '../../lpa/errors.ts';
import { newOrderFrom, type OrderRequest } from '../cli/order-request.ts';
import type { Smdp } from '../smdp/smdp.ts';
import { type FirstState, newSmdpState } from '../smdp/state.ts';
import type { Smds } from '../smds/smds.ts';
import { type EventRecord, newSmdsState } from '../smds/state.ts';
import { authorityAt } from './address.ts';
import type { Handlers } from './control.ts';
import type { Ports } from './folder.ts';
import type { OpenLab } from './lab.ts';
import { openRecordFolder } from './open-records.ts';

export const addressOf = ({ ports }: Pick<OpenLab, 'ports'>, which: keyof Ports): string => authorityAt(ports[which]);

export interface SmdpOptions {
  readonly faults?: readonly string[] | undefined;
  /** What else this lab is asked for by other commands. */
  readonly handlers?: Handlers | undefined;
  /** Told of every download: ES2+.HandleDownloadProgressInfo. */
  readonly operator?: string | undefined;
}

/** Not listening yet: enough to take orders. @throws {UsageError} for a fault that is in no table */
export async function openSmdp(lab: OpenLab, { faults = [], operator }: SmdpOptions = {}): Promise<Smdp> {
  checkServers(lab);
  const records = openRecordFolder<FirstState>(lab, 'smdp', (empty, first) => newSmdpState(empty).addFirst(first));
  const { createSmdp } = await import('../smdp/smdp.ts');
  return createSmdp({
    pki: lab.pki,
    state: newSmdpState(records),
    log: lab.log,
    faults,
    address: addressOf(lab, 'smdp'),
    es12Of: (smds) => (smds === addressOf(lab, 'smds') ? addressOf(lab, 'es12') : smds),
    ...(operator !== undefined && { operator }),
  });
}

export async function startSmdp(lab: OpenLab, options: SmdpOptions = {}): Promise<Smdp> {
  const smdp = await openSmdp(lab, options);
  lab.closeLater(smdp);
  await at(lab.ports.smdp, (port) => smdp.listen(port));
  await at(lab.ports.es2, (port) => smdp.listenOperator(port));
  await publishEvents(lab, smdp);
  lab.answer({ ...options.handlers, ...takeOrders(lab, smdp) });
  return smdp;
}

export async function startSmds(
  lab: OpenLab,
  { faults = [] }: { readonly faults?: readonly string[] | undefined } = {},
): Promise<Smds> {
  checkServers(lab);
  const records = openRecordFolder<{ readonly events: readonly EventRecord[] }>(lab, 'smds', (empty, { events }) => {
    const state = newSmdsState(empty);
    for (const event of events) state.add(event);
  });
  const { createSmds } = await import('../smds/smds.ts');
  const smds = await createSmds({
    pki: lab.pki,
    state: newSmdsState(records),
    log: lab.log,
    faults,
    address: addressOf(lab, 'smds'),
  });
  lab.closeLater(smds);
  await at(lab.ports.smds, (port) => smds.listen(port));
  await at(lab.ports.es12, (port) => smds.listenOperator(port));
  return smds;
}

function checkServers({ pki }: OpenLab): void {
  if (pki.domains.some(({ servers }) => servers !== undefined)) return;
  throw new UsageError('this identity has no certificates for servers, and no key of a CI to make some', {
    remedy: '`lpa-lab card` does without; `lpa-lab reset` goes back to certificates of the lab',
  });
}

/** Codes name the port, and signatures cover it: another will not do. */
async function at(port: number, listen: (port: number) => Promise<unknown>): Promise<void> {
  try {
    await listen(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UsageError(`port ${port} is taken, and this lab's codes and certificates go with it`, {
      cause: error,
      remedy: 'end the program that has it, or take another folder with --state <dir>',
    });
  }
}

/** What other commands ask of a lab with a server. */
const takeOrders = (lab: OpenLab, smdp: Smdp): Handlers => ({
  async order(argument) {
    const request = argument as OrderRequest; // the other side is an lpa-lab of the same folder and installation
    const code = takeOrder(lab, smdp, request);
    if (request.smds) await publishEvents(lab, smdp);
    return code;
  },
});

/** @returns the activation code @throws {UsageError} */
export const takeOrder = (lab: OpenLab, smdp: Smdp, request: OrderRequest): string =>
  smdp.createOrder(newOrderFrom(request, { smdsAddress: addressOf(lab, 'smds'), eid: lab.pki.eid })).activationCode;

/** Events that could not be registered wait for the next start. */
async function publishEvents({ log }: OpenLab, smdp: Smdp): Promise<void> {
  for (const [iccid, why] of await smdp.publishEvents()) {
    log({ who: 'sm-dp+', event: 'ES12.RegisterEvent', detail: `the Event of ICCID ${iccid} waits: ${why}`, data: { iccid } });
  }
}
