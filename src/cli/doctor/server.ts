/** The way to the server: its name, the connection, and whether the chip would believe it. Nothing is sent to it. */
import { LpaError, NetworkError, TrustError } from '../../lpa/errors.ts';
import { proxyFor } from '../../lpa/es9/proxy.ts';
import { ciName } from '../../lpa/pki/ci-names.ts';
import type { ServerSide } from '../../lpa/pki/trust.ts';
import { type App, readCaFiles } from '../app.ts';
import { badBecause, type Finding, good } from './finding.ts';

/** Resolvers try for longer than anybody wants to wait for. */
const NAME_MS = 2_000;
const CONNECT_MS = 5_000;

export interface ServerReport {
  readonly findings: readonly Finding[];
  /** What the handshake met. */
  readonly error?: LpaError;
}

/**
 * @param address host or host:port
 * @param ciPKIds of the chip; undefined where there is none to ask
 */
export async function checkServer(
  app: App,
  address: string,
  side: ServerSide,
  ciPKIds: Promise<readonly string[] | undefined>,
): Promise<ServerReport> {
  const [host = '', port = '443'] = address.split(':');
  const name = await checkName(app, { host, port: Number(port) });
  if (!name.ok) return { findings: [name] };
  let chip: readonly string[] | undefined;
  const { allowTestCi, strictCi, lenientRoles, caFiles } = app.settings;
  const ca = await readCaFiles(caFiles);
  const anchors = async () => {
    chip = await ciPKIds;
    return { ciPKIds: chip ?? [], ca, allowTestCi, strictCi, lenientRoles };
  };
  try {
    const options = { anchors, connectTimeoutMs: CONNECT_MS, env: app.io.env };
    const { trustedBy, ciPKId } = await app.doors.reachServer(options, address, side);
    const by = { chip: 'believed under a CI of the card', ca: 'believed by --ca', web: "believed by the web's roots alone" }[
      trustedBy
    ];
    return { findings: [name, good('server', `${address}: ${by}${ciPKId ? `, ${ciName(ciPKId) ?? ciPKId}` : ''}`)] };
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    const unjudged = chip === undefined && error instanceof TrustError && error.check === 'tlsAnchor';
    const finding = unjudged
      ? good('server', `${address}: answers; whether a card would believe it cannot be told without one`)
      : badBecause(app, 'server', error);
    return { findings: [name, finding], error };
  }
}

async function checkName(app: App, server: { readonly host: string; readonly port: number }): Promise<Finding> {
  try {
    const proxy = proxyFor(server, app.io.env);
    if (proxy) return good('name', `${server.host}: left to the proxy ${proxy.url.host}`);
    return good('name', `${server.host}: ${await app.doors.resolveName(server.host, NAME_MS)}`);
  } catch (error) {
    if (error instanceof LpaError) return badBecause(app, 'name', error);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EAI_AGAIN' || code === 'ETIMEOUT') return badBecause(app, 'name', noNameServer(server.host));
    return badBecause(app, 'name', new NetworkError(`${server.host}: the name is not known`, { problem: 'name', cause: error }));
  }
}

const noNameServer = (host: string): NetworkError =>
  new NetworkError(`${host}: no name server answers; this computer is hardly on the network`, { problem: 'unreachable' });
