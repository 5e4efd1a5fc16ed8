/**
 * A name looked up as every connection would, hosts file and all, and given up in time. The system's own call cannot be broken
 * off, and a process does not end while it is under way: so it is made in a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const LOOK_UP = `require('node:dns').lookup(process.argv[1], (error, address) => {
  process.stdout.write(JSON.stringify(error ? { code: error.code } : { address }));
});`;

/** @throws {Error} with the resolver's code; ETIMEOUT when it says nothing in time */
export async function resolveName(host: string, timeoutMs: number): Promise<string> {
  const child = spawn(process.execPath, ['-e', LOOK_UP, host], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  const { address, code = 'ETIMEOUT' } = (text === '' ? {} : JSON.parse(text)) as { address?: string; code?: string };
  if (address !== undefined) return address;
  throw Object.assign(new Error(`${host}: ${code}`), { code });
}
