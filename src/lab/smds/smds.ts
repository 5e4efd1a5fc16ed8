/**
 * A test SM-DS: ES11 for LPAs, ES12 for servers on a port of their own, and a parent to which Events are passed on.
 * SGP.22 v2.5 §3.6 (Events), §5.8, §5.9.
 */
import { randomBytes } from 'node:crypto';
import { toHex } from '../../lpa/bytes.ts';
import * as es11 from '../../lpa/es9/es11.ts';
import { readCertificate } from '../../lpa/pki/certificate.ts';
import type { Domain } from '../pki/identity.ts';
import { type AuthServer, authenticateEuicc, initiateAuthentication } from '../rsp/authentication.ts';
import { certificatesOf } from '../rsp/certificates.ts';
import * as es12 from '../rsp/es12.ts';
import { parseServerFault, type ServerFault } from '../rsp/faults.ts';
import { createRspServer } from '../rsp/http.ts';
import { unless } from '../rsp/refusal.ts';
import { type Route, route } from '../rsp/routes.ts';
import { type ServerDomain, Sessions } from '../rsp/session.ts';
import { authorityAt, HOST } from '../state/address.ts';
import type { LabLog } from '../state/log.ts';
import { type EventRegistrar, openRegistrar } from './registrar.ts';
import type { SmdsState } from './state.ts';

export interface SmdsOptions {
  readonly pki: { readonly domains: readonly Domain[] };
  readonly state: SmdsState;
  readonly log: LabLog;
  readonly faults?: readonly string[];
  readonly now?: () => Date;
  /** Known before it listens, where it is. */
  readonly address?: string;
  /** The SM-DS above this one: by where it listens for LPAs. */
  readonly parent?: string;
  /** Where the parent listens for servers. */
  readonly es12Of?: (smdsAddress: string) => string;
}

export interface Smds extends AsyncDisposable {
  readonly state: SmdsState;
  readonly oid: string;
  /** localhost:port, for LPAs. */
  readonly address: string;
  listen(port?: number): Promise<{ readonly address: string; readonly port: number }>;
  /** ES12, for servers. */
  listenOperator(port?: number): Promise<{ readonly address: string; readonly port: number }>;
  setFaults(faults: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export async function createSmds(options: SmdsOptions): Promise<Smds> {
  const { pki, state, log, now = () => new Date() } = options;
  const domains = pki.domains.filter((domain): domain is ServerDomain => domain.servers !== undefined);
  const [first] = domains;
  if (!first) throw new Error('an SM-DS needs certificates under at least one CI');
  const { oid = '' } = await readCertificate(first.servers.dsAuth.certificate);
  let faults: readonly ServerFault[] = (options.faults ?? []).map(parseServerFault);
  let address = options.address ?? '';
  const certificates = certificatesOf('ds', oid, HOST);
  const registrar = openRegistrar({
    rspServerAddress: () => address,
    requester: oid,
    ciPKIds: domains.map(({ ciPKId }) => ciPKId),
    es12Of: options.es12Of,
  });
  const server: AuthServer = {
    side: 'ds',
    domains,
    sessions: new Sessions(now),
    address: () => address,
    now,
    certificates,
  };
  const shared = { who: 'sm-ds', log, faults: () => faults } as const;
  const lpas = createRspServer({ ...shared, audience: 'lpas', routes: es11Routes(server, state) });
  const operators = createRspServer({
    ...shared,
    audience: 'operators',
    routes: es12Routes(state, registrar, options.parent),
  });
  const smds: Smds = {
    state,
    oid,
    get address() {
      return address;
    },
    async listen(wanted = 0) {
      const port = await lpas.listen(wanted, await certificates.tls(domains, faults));
      address = authorityAt(port);
      return { address, port };
    },
    async listenOperator(wanted = 0) {
      const port = await operators.listen(wanted, await certificates.tls(domains, []));
      return { address: authorityAt(port), port };
    },
    async setFaults(texts) {
      faults = texts.map(parseServerFault);
      lpas.setTls(await certificates.tls(domains, faults));
    },
    async close() {
      await registrar[Symbol.asyncDispose]();
      await lpas.close();
      await operators.close();
    },
    [Symbol.asyncDispose]: () => smds.close(),
  };
  return smds;
}

const es11Routes = (server: AuthServer, state: SmdsState): readonly Route[] => [
  route(es11.InitiateAuthentication, (request, call) => initiateAuthentication(server, request, call)),
  route(es11.AuthenticateClient, async ({ transactionId, authenticateServerResponse }, { say }) => {
    const session = server.sessions.get(transactionId);
    // A session with an SM-DS ends with its answer, whatever it is (§3.6.2).
    server.sessions.end(session);
    const { euicc, ok } = await authenticateEuicc(server, session, authenticateServerResponse);
    const { matchingId } = ok.euiccSigned1.value.ctxParams1;
    // Who was sent here by the SM-DS above comes with the id that the Event has there.
    const waiting = state
      .eventsFor(euicc.eid)
      .filter(({ eventId, forwardedAs }) => !matchingId || [eventId, forwardedAs].includes(matchingId));
    unless(!matchingId || waiting.length > 0, '8.9.5/3.9', `no such Event for EID ${euicc.eid}`);
    say(`${waiting.length} Events for EID ${euicc.eid}`, { eid: euicc.eid, events: waiting.length });
    const eventEntries = waiting.map(({ eventId, rspServerAddress }) => ({ eventId, rspServerAddress }));
    return { transactionId: session.transactionId, eventEntries };
  }),
];

function es12Routes(state: SmdsState, registrar: EventRegistrar, parent: string | undefined): readonly Route[] {
  return [
    route(es12.RegisterEvent, async ({ header, forwardingIndicator, ...event }, { say }) => {
      unless(state.find(event) === undefined, '8.9.5/3.3', 'this Event is registered already');
      const forwardedAs = forwardingIndicator && parent !== undefined ? toHex(randomBytes(8)) : undefined;
      if (forwardedAs !== undefined && parent !== undefined) {
        await registrar.register(parent, { eid: event.eid, eventId: forwardedAs });
      }
      const requester = header.functionRequesterIdentifier;
      state.add({ ...event, requester, ...(forwardedAs !== undefined && { forwardedAs }) });
      say(`an Event for EID ${event.eid} at ${event.rspServerAddress}${forwardedAs ? ', passed on' : ''}`, { eid: event.eid });
      return {};
    }),
    route(es12.DeleteEvent, async ({ header, ...event }, { say }) => {
      const record = state.find(event);
      unless(record !== undefined, '8.9.5/3.9', `no such Event for EID ${event.eid}`);
      const isOwner = record.requester === header.functionRequesterIdentifier;
      unless(isOwner, '8.9.5/1.2', `${header.functionRequesterIdentifier} did not register this Event`);
      state.remove(record);
      say(`the Event for EID ${event.eid} is gone`, { eid: event.eid });
      if (record.forwardedAs !== undefined && parent !== undefined) {
        await registrar.remove(parent, { eid: event.eid, eventId: record.forwardedAs });
      }
      return {};
    }),
  ];
}
