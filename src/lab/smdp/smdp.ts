/**
 * A test SM-DP+: ES9+ over HTTPS as the specification has it, orders made in the program, and faults by name.
 * Its state may be kept in a file, so that activation codes stay valid across runs.
 */
import { readCertificate } from '../../lpa/pki/certificate.ts';
import type { Domain } from '../pki/identity.ts';
import { certificatesOf } from '../rsp/certificates.ts';
import { parseServerFault, type ServerFault } from '../rsp/faults.ts';
import { createRspServer } from '../rsp/http.ts';
import { Refusal } from '../rsp/refusal.ts';
import { type ServerDomain, Sessions } from '../rsp/session.ts';
import { openRegistrar } from '../smds/registrar.ts';
import { authorityAt, HOST, portOf } from '../state/address.ts';
import type { LabLog } from '../state/log.ts';
import { es2Routes } from './es2p.ts';
import { es9Routes } from './es9p.ts';
import { addOrder, endOrder, type NewOrder, type Order } from './order.ts';
import { tellOperator } from './progress.ts';
import { openRelay, type Relay } from './relay.ts';
import type { SmdpState } from './state.ts';

export interface SmdpOptions {
  /** Everybody under each CI, the one preferred for TLS first. */
  readonly pki: { readonly domains: readonly Domain[] };
  readonly state: SmdpState;
  readonly log: LabLog;
  /** Where it will listen: orders made before name it. */
  readonly address?: string;
  /** Names, as `parseServerFault` takes them. */
  readonly faults?: readonly string[];
  readonly now?: () => Date;
  /** Told of every download (ES2+.HandleDownloadProgressInfo): `https://host` or `http://localhost:port`. */
  readonly operator?: string;
  /** Where an SM-DS listens for servers, by where it listens for LPAs; the same where not given. */
  readonly es12Of?: (smdsAddress: string) => string;
}

export interface Smdp extends AsyncDisposable {
  readonly state: SmdpState;
  /** Of its certificates. */
  readonly oid: string;
  /** localhost:port; the address that it signs. */
  readonly address: string;
  /** @param port any free one when left out */
  listen(port?: number): Promise<{ readonly address: string; readonly port: number }>;
  /** ES2+, for operators. */
  listenOperator(port?: number): Promise<{ readonly address: string; readonly port: number }>;
  /** Register the Events of open orders that no SM-DS knows yet. @returns why some could not be, by ICCID */
  publishEvents(): Promise<ReadonlyMap<string, string>>;
  /** Until operator and SM-DS were told what they are to know. */
  settled(): Promise<void>;
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

export async function createSmdp(options: SmdpOptions): Promise<Smdp> {
  const { pki, state, log, now = () => new Date() } = options;
  const domains = pki.domains.filter((domain): domain is ServerDomain => domain.servers !== undefined);
  const [first] = domains;
  if (!first) throw new Error('an SM-DP+ needs certificates under at least one CI');
  const { oid = '' } = await readCertificate(first.servers.dpAuth.certificate);
  let faults: readonly ServerFault[] = (options.faults ?? []).map(parseServerFault);
  /** As clients reach it, and as it stands for itself: they differ behind a relay. */
  let reached = options.address ?? '';
  let own = reached;
  let relay: Relay | undefined;
  const certificates = certificatesOf('dp', oid, HOST);

  const ciPKIds = domains.map(({ ciPKId }) => ciPKId);
  const registrar = openRegistrar({ rspServerAddress: () => own, requester: oid, ciPKIds, es12Of: options.es12Of });
  const progress =
    options.operator === undefined
      ? undefined
      : tellOperator({
          operator: options.operator,
          requester: oid,
          cis: domains.map(({ ci }) => ci.certificate),
          now,
          log,
        });
  let retracting: Promise<void> = Promise.resolve();
  const changed = (order: Order): void => {
    const hasEvent = order.isRegistered && order.ended !== undefined;
    if (hasEvent) order.isRegistered = false;
    state.changed(order);
    if (hasEvent) retracting = retracting.then(() => retract(order));
  };
  /** The SM-DS need not point to an order that has come to its end. */
  const retract = async ({ smdsAddress = '', eid = '', matchingId, iccid }: Order): Promise<void> => {
    const entry = { who: 'sm-dp+', event: 'ES12.DeleteEvent', data: { iccid } } as const;
    await registrar.remove(smdsAddress, { eid, eventId: matchingId }).then(
      () => log({ ...entry, detail: `the Event of ICCID ${iccid} is gone` }),
      (error: Error) => log({ ...entry, detail: `the Event of ICCID ${iccid} stays: ${error.message}` }),
    );
  };

  const server = createRspServer({
    who: 'sm-dp+',
    audience: 'lpas',
    faults: () => faults,
    log,
    routes: es9Routes({
      state,
      domains,
      sessions: new Sessions(now),
      address: () => own,
      now,
      save: changed,
      side: 'dp',
      certificates,
      progress: (order, point, outcome) => progress?.tell(order, point, outcome),
    }),
  });

  const operators = createRspServer({
    who: 'sm-dp+',
    audience: 'operators',
    faults: () => faults,
    log,
    routes: es2Routes({ state, address: () => reached, save: changed, events: registrar }),
  });

  const smdp: Smdp = {
    state,
    oid,
    get address() {
      return reached;
    },
    async listen(port = 0) {
      const isRelayed = faults.some((fault) => fault.relay);
      const listening = await server.listen(isRelayed ? 0 : port, await certificates.tls(domains, faults));
      own = authorityAt(listening);
      reached = own;
      if (isRelayed) {
        relay = await openRelay({ to: own, ci: certificates.workshop(first, first.servers.dpTls).ci, port, log });
        reached = relay.address;
      }
      return { address: reached, port: portOf(reached) };
    },
    async listenOperator(wanted = 0) {
      const port = await operators.listen(wanted, await certificates.tls(domains, []));
      return { address: authorityAt(port), port };
    },
    async publishEvents() {
      const failures = new Map<string, string>();
      for (const order of state.unregistered) {
        const { smdsAddress = '', eid = '', matchingId, iccid } = order;
        try {
          await registrar.register(smdsAddress, { eid, eventId: matchingId });
          order.isRegistered = true;
          state.changed(order);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          failures.set(iccid, error.message);
        }
      }
      return failures;
    },
    async settled() {
      await retracting;
      await progress?.settled();
    },
    async close() {
      await smdp.settled();
      await registrar[Symbol.asyncDispose]();
      await relay?.close();
      await server.close();
      await operators.close();
    },
    async setFaults(texts) {
      faults = texts.map(parseServerFault);
      server.setTls(await certificates.tls(domains, faults));
    },
    createOrder(wanted = {}) {
      const order = addOrder(state, wanted, reached);
      log({ who: 'operator', event: 'order', detail: `${order.state}, ICCID ${order.iccid}`, data: { iccid: order.iccid } });
      const needsCode = order.hashedConfirmationCode !== undefined && wanted.ccFlag !== false;
      const named = wanted.withOid || needsCode ? `$${wanted.withOid ? oid : ''}` : '';
      return { order, activationCode: `LPA:1$${reached}$${order.matchingId}${named}${needsCode ? '$1' : ''}` };
    },
    cancelOrder(iccid) {
      const order = state.byIccid(iccid);
      if (!order) return false;
      endOrder(order, 'unavailable', 'cancelled by the operator');
      changed(order);
      log({ who: 'operator', event: 'cancel', detail: `ICCID ${iccid}`, data: { iccid } });
      return true;
    },
    [Symbol.asyncDispose]: () => smdp.close(),
  };
  return smdp;
}
