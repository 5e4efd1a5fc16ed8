/**
 * The network between the LPA and the servers of this machine. `localhost` is one of the loopback addresses, and which one
 * is said here: that of the servers, or one where things go wrong. Connections that are there can be cut.
 */
import { channel } from 'node:diagnostics_channel';
import dns from 'node:dns';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

export type Weather = 'good' | 'name' | 'refused' | 'stalled' | 'reset' | 'not-tls';

/** Where nobody listens, and where somebody does who is no RSP server. */
const ADDRESSES: Readonly<Record<Exclude<Weather, 'good' | 'name'>, string>> = {
  refused: '127.0.0.9',
  stalled: '127.0.0.2',
  reset: '127.0.0.3',
  'not-tls': '127.0.0.4',
};

const BEHAVIOUR: Readonly<Record<Exclude<keyof typeof ADDRESSES, 'refused'>, (socket: Socket) => void>> = {
  stalled: () => {},
  reset: (socket) => socket.destroy(),
  'not-tls': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
};

export interface Network extends AsyncDisposable {
  /** Of connections from now on. */
  turn(weather: Weather): void;
  /** End every connection; whoever kept one knows it before this returns. */
  cut(): Promise<void>;
}

/** @param ports of the servers */
export async function openNetwork(ports: readonly number[]): Promise<Network> {
  const sockets = new Set<Socket>();
  const seen = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };
  const connections = channel('net.server.socket');
  connections.subscribe(seen);
  const servers = await Promise.all(
    ports.flatMap((port) =>
      Object.entries(BEHAVIOUR).map(([name, behave]) => listen(port, ADDRESSES[name as keyof typeof BEHAVIOUR], behave)),
    ),
  );
  let weather: Weather = 'good';
  const genuine = dns.lookup;
  const lookup = (host: string, options: dns.LookupAllOptions, done: (...results: unknown[]) => void): void => {
    if (host !== 'localhost' || weather === 'good') return void genuine(host, options, done);
    const found = weather === 'name' ? undefined : { address: ADDRESSES[weather], family: 4 };
    process.nextTick(() => {
      if (!found) done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
      else if (options.all) done(null, [found]);
      else done(null, found.address, found.family);
    });
  };
  dns.lookup = lookup as unknown as typeof dns.lookup;
  return {
    turn(wanted) {
      weather = wanted;
    },
    async cut() {
      for (const socket of sockets) socket.destroy();
      for (let turns = 0; turns < 8; turns++) await nextTurn();
    },
    async [Symbol.asyncDispose]() {
      dns.lookup = genuine;
      connections.unsubscribe(seen);
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    },
  };
}

function listen(port: number, address: string, behave: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    behave(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve(server));
  });
}
