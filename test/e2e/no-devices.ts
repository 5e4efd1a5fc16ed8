/**
 * For `node --import`: a machine without PC/SC and without network. Whoever reaches for one of them ends the process at once
 * with TOUCHED, whatever else it would have caught.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

export const TOUCHED = 99;

const touched =
  (what: string) =>
  (...args: readonly unknown[]): never => {
    process.stderr.write(`touched: ${what} ${String(args[1] ?? '')}\n`);
    process.exit(TOUCHED);
  };

// Native modules; nothing else that these programs load has any.
process.dlopen = touched('a native module');
net.Socket.prototype.connect = touched('the network') as never; // its overloads all end here
dns.lookup = touched('name resolution') as never;
dns.promises.lookup = touched('name resolution') as never;
syncBuiltinESMExports();
