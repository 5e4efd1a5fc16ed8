/**
 * Ports for a lab, chosen once. A port that is free now may be another lab's: one that was started at the same moment and does
 * not listen yet, or one that does not run. So labs of one user write down what they took, in a file beside all of them.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder, writeWhole } from '../pki/folder.ts';
import { hold } from './lock.ts';

/** Below the ports that systems give to outgoing connections, so that a chosen one is still free tomorrow. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** Port to the folder of the lab that took it. */
type Taken = Readonly<Record<string, string>>;

/**
 * Choose ports that are free and no other lab's.
 *
 * @param owns whether the lab in that folder still has that port; one that was removed or reset has not
 * @param keep write them into the lab's own folder; called before another lab may choose
 */
export async function takePorts(
  dir: string,
  count: number,
  owns: (dir: string, port: number) => boolean,
  keep: (ports: readonly number[]) => void,
): Promise<void> {
  const shared = join(tmpdir(), `lpa-lab-ports-${process.getuid?.() ?? 'own'}`);
  makeFolder(shared);
  await using _choosing = await hold(shared, ['setup'], 'the choice of ports');
  const file = join(shared, 'ports.json');
  const taken = Object.fromEntries(Object.entries(read(file)).filter(([port, owner]) => owns(owner, Number(port))));
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (tries > 1000 || (!(port in taken) && (await isFree(port)))) ports.add(port);
  }
  const added = Object.fromEntries([...ports].map((port) => [port, dir]));
  writeWhole(file, `${JSON.stringify({ ...taken, ...added })}\n`, 0o600);
  keep([...ports]);
}

function read(file: string): Taken {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Taken;
  } catch {
    return {}; // the first lab, or a temporary folder that was cleared in part: the ports are still looked at
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const server = createServer()
      .once('error', () => answer(false))
      .listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });
