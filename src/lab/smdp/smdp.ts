/**
 * A test SM-DP+: ES9+ over HTTPS as the specification has it, orders made in the program, and faults by name.
 * Its state is one object to be kept as JSON, so that codes stay good across runs.
 */

import { readCertificate } from '../../pki/certificate.ts';
import type { LabLog } from '../log.ts';
import type { Domain } from '../pki/identity.ts';
import type { Identity } from '../pki/mint.ts';
import { es9Routes } from './es9p.ts';
import type { Hooks, TlsCertificates, Workshop } from './fault-hooks.ts';
import { parseServerFault, type ServerFault } from './faults.ts';
import { createRspServer } from './http.ts';
import { addOrder, endOrder, type NewOrder, type Order, type SmdpState } from './order.ts';
import { openRelay, type Relay } from './relay.ts';
import { type ServerDomain, Sessions } from './session.ts';

export interface SmdpOptions {
  /** Everybody under each CI, the one preferred for TLS first. */
  readonly pki: { readonly domains: readonly Domain[] };
  readonly state: SmdpState;
  /** After every change of the state. */
  readonly save?: (state: SmdpState) => void;
  readonly log: LabLog;
  /** Where it will listen: orders made before name it. */
  readonly address?: string;
  /** Names, as `parseServerFault` takes them. */
  readonly faults?: readonly string[];
  readonly now?: () => Date;
}

export interface Smdp extends AsyncDisposable {
  readonly state: SmdpState;
  /** Of its certificates. */
  readonly oid: string;
  /** localhost:port; the address that it signs. */
  readonly address: string;
  /** @param port any free one when left out */
  listen(port?: number): Promise<{ readonly address: string; readonly port: number }>;
  close(): Promise<void>;
  /** Other faults from now on; certificates for new connections. */
  setFaults(faults: readonly string[]): Promise<void>;
  /** An order as an operator makes it. @throws {UsageError} */
  createOrder(order?: NewOrder): CreatedOrder;
  /** Take an order back. @returns false when there is none with this ICCID */
  cancelOrder(iccid: string): boolean;
}

export interface CreatedOrder {
  readonly order: Order;
  /** `LPA:1$localhost:8443$...`, with the flag where a confirmation code is needed. */
  readonly activationCode: string;
}

const HOST = 'localhost';

export async function createSmdp(options: SmdpOptions): Promise<Smdp> {
  const { pki, state, log, save = () => {}, now = () => new Date() } = options;
  const domains = pki.domains.filter((domain): domain is ServerDomain => domain.servers !== undefined);
  const [first] = domains;
  if (!first) throw new Error('an SM-DP+ needs certificates under at least one CI');
  const { oid = '' } = await readCertificate(first.servers.dpAuth.certificate);
  let faults: readonly ServerFault[] = (options.faults ?? []).map(parseServerFault);
  /** As clients reach it, and as it stands for itself: they differ behind a relay. */
  let reached = options.address ?? '';
  let own = reached;
  let relay: Relay | undefined;
  const made = new Map<unknown, Promise<unknown>>();

  /** What a fault makes is made once. */
  const once = <T>(hook: (workshop: Workshop) => Promise<T>, workshop: Workshop): Promise<T> => {
    const known = made.get(hook) ?? hook(workshop);
    made.set(hook, known);
    return known as Promise<T>; // the key is the hook that made it
  };
  const workshop = (domain: ServerDomain, good: Identity): Workshop => {
    const { certificate, privateKey } = domain.ci;
    if (!privateKey) throw new Error('this fault needs the key of the CI, which is not there');
    return { ci: { certificate, privateKey }, good, oid, host: HOST, side: 'dp' };
  };
  const certificate = (domain: ServerDomain, which: 'auth' | 'binding', active: readonly Hooks[]): Promise<Identity> => {
    const good = which === 'auth' ? domain.servers.dpAuth : domain.servers.dpPb;
    const hook = active.find((fault) => fault[which])?.[which];
    return hook ? once(hook, workshop(domain, good)) : Promise.resolve(good);
  };
  const tls = (): Promise<TlsCertificates> => {
    const hook = faults.find((fault) => fault.tls)?.tls;
    const good = first.servers.dpTls;
    return hook ? once(hook, workshop(first, good)) : Promise.resolve({ identity: good });
  };

  const server = createRspServer({
    who: 'sm-dp+',
    adminProtocol: 'required',
    faults: () => faults,
    log,
    routes: es9Routes({
      state,
      domains,
      sessions: new Sessions(now),
      address: () => own,
      now,
      save: () => save(state),
      certificate,
    }),
  });

  const smdp: Smdp = {
    state,
    oid,
    get address() {
      return reached;
    },
    async listen(port = 0) {
      const isRelayed = faults.some((fault) => fault.relay);
      const listening = await server.listen(isRelayed ? 0 : port, await tls());
      own = `${HOST}:${listening}`;
      reached = own;
      if (isRelayed) {
        relay = await openRelay({ to: own, ci: workshop(first, first.servers.dpTls).ci, port, log });
        reached = relay.address;
      }
      return { address: reached, port: Number(reached.split(':')[1]) };
    },
    async close() {
      await relay?.close();
      await server.close();
    },
    async setFaults(texts) {
      faults = texts.map(parseServerFault);
      server.setTls(await tls());
    },
    createOrder(wanted = {}) {
      const order = addOrder(state, wanted, reached);
      save(state);
      log({ who: 'operator', event: 'order', detail: `${order.state}, ICCID ${order.iccid}`, data: { iccid: order.iccid } });
      const needsCode = order.hashedConfirmationCode !== undefined && wanted.ccFlag !== false;
      const named = wanted.withOid || needsCode ? `$${wanted.withOid ? oid : ''}` : '';
      return { order, activationCode: `LPA:1$${reached}$${order.matchingId}${named}${needsCode ? '$1' : ''}` };
    },
    cancelOrder(iccid) {
      const order = state.orders.find((each) => each.iccid === iccid);
      if (!order) return false;
      endOrder(order, 'unavailable', 'cancelled by the operator');
      save(state);
      log({ who: 'operator', event: 'cancel', detail: `ICCID ${iccid}`, data: { iccid } });
      return true;
    },
    [Symbol.asyncDispose]: () => smdp.close(),
  };
  return smdp;
}
