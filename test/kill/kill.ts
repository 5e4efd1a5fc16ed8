/**
 * The built `lpa download` ended the hard way, and what the next command makes of it: `kill -9` at a random moment, the card
 * pulled at a segment, the server gone. Afterwards the card works, the user has been told of the code, and server and card agree.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type LabUp, LPA, labUp } from '../e2e/programs.ts';
import type { Random } from '../fuzz/random.ts';

export type Death = { readonly kill: number } | { readonly pull: number } | { readonly server: string };

export interface Report {
  readonly death: string;
  /** What the download came to: an exit code, or SIGKILL. */
  readonly ended: string;
  /** What the user was told of the code, by the download itself or by the next command. */
  readonly told: string;
  /** Of the order, when all was delivered. */
  readonly order: string;
  /** Profiles on the card afterwards. */
  readonly profiles: number;
  /** Notifications that the next command delivered. */
  readonly delivered: number;
}

/** Manner that gives a kill time to fall between segments; ten seconds for a package are more than is needed. */
const SLOW = ['--manners', 'slow-load'];
/** A download without anything in its way lasts about this long on this lab. */
const WHOLE_MS = 12_000;
/** Faults with which a server goes away, at the function where it does. */
const GONE = ['hangup@authenticateClient', 'hangup@getBoundProfilePackage', 'cut@getBoundProfilePackage', 'dies-after-package'];
const SEGMENTS = 9;

/** Two thirds are kills; a kill falls anywhere from the start of the program to the end of its work. */
export function deaths(random: Random, times: number): Death[] {
  return Array.from({ length: times }, (_, i): Death => {
    if (i % 6 === 4) return { pull: 1 + random.int(SEGMENTS) };
    if (i % 6 === 5) return { server: random.pick(GONE) };
    return { kill: Math.round(WHOLE_MS * random.int(1000) * 0.001) };
  });
}

const nameOf = (death: Death): string => {
  if ('kill' in death) return `kill -9 after ${death.kill} ms`;
  return 'pull' in death ? `pull@segment:${death.pull}` : death.server;
};

const faultOf = (death: Death): readonly string[] => {
  if ('kill' in death) return SLOW;
  return 'pull' in death ? ['--fault', `pull@segment:${death.pull}`] : ['--server-fault', death.server];
};

/** One lab for all of them: what one leaves behind the next one finds. */
export async function dieAndRecover(all: readonly Death[], report: (report: Report) => void): Promise<void> {
  await using up = await labUp();
  for (const death of all) {
    try {
      report(await oneDeath(up, death));
    } catch (cause) {
      throw new Error(`${nameOf(death)}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }
}

async function oneDeath(up: LabUp, death: Death): Promise<Report> {
  await up.restart(...faultOf(death));
  const code = await up.order('--name', 'Alpha');
  const { ended, stderr } = await download(up, code, death);
  await up.restart();
  const journal = join(up.dir, 'user', 'lpa', 'journal');
  const hadEntry = existsSync(journal);

  // The next command, whatever it is: it works, tells what was interrupted, and tells it once.
  const next = await up.lpa(['list', '--json']);
  assert.equal(next.code, 0, next.stderr);
  assert.equal(/was interrupted/.test(next.stderr), hadEntry, `the journal had ${hadEntry ? 'an' : 'no'} entry: ${next.stderr}`);
  assert.equal(existsSync(journal), false, 'the journal still has an entry');
  const profiles: unknown[] = JSON.parse(next.stdout);

  // What the card has to say reaches the server.
  const sent = await up.lpa(['notifications', 'send', '--json']);
  assert.equal(sent.code, 0, sent.stderr);
  const deliveries: { delivered: boolean }[] = JSON.parse(sent.stdout);
  assert.ok(deliveries.every(({ delivered }) => delivered));
  const again = await up.lpa(['list', '--json']);
  assert.deepEqual([again.code, again.stderr], [0, ''], 'told twice');

  const order = lastOrder(up);
  const told = toldOf(ended, stderr, next.stderr);
  judge({ order: order.state, profiles: profiles.length, told, ended });
  if (profiles.length === 0) {
    // A code that is good is good: the same one installs the profile now.
    const retry = await up.lpa(['download', code, '--yes', '--json']);
    const isGood = order.state === 'released' || order.state === 'downloaded';
    assert.equal(retry.code, isGood ? 0 : 5, retry.stderr);
  }
  await clean(up);
  return { death: nameOf(death), ended, told, order: order.state, profiles: profiles.length, delivered: deliveries.length };
}

/** No code burnt silently, no profile without its order, no order installed without its profile. */
function judge({ order, profiles, told, ended }: Pick<Report, 'order' | 'profiles' | 'told' | 'ended'>): void {
  if (profiles > 0) assert.equal(order, 'installed', 'the profile is there, and its order is not installed');
  else assert.notEqual(order, 'installed', 'the order is installed, and there is no profile');
  if (order === 'error') assert.match(told, /ended|used|unknown|operator/, 'a code was burnt, and nobody was told');
  if (/still good|may be tried again|likelyGood|good|untouched/.test(told)) assert.notEqual(order, 'error', told);
  if (ended !== '0' && profiles > 0 && ended !== 'SIGKILL') assert.notEqual(told, '', 'a profile came, and nobody was told');
}

async function download(up: LabUp, code: string, death: Death): Promise<{ ended: string; stderr: string }> {
  const child = spawn(process.execPath, [LPA, 'download', code, '--yes', '--json', '--progress', 'none'], {
    env: up.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  if ('kill' in death) await Promise.race([wait(death.kill, undefined, { ref: false }), closed]);
  if ('kill' in death) child.kill('SIGKILL');
  const [exit, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  return { ended: signal ?? String(exit), stderr };
}

/** Words or code state. A killed program tells nothing: its successor does, where there is something to tell. */
function toldOf(ended: string, own: string, next: string): string {
  const later = /was interrupted.*/.exec(next)?.[0];
  if (later !== undefined) return later;
  if (ended === 'SIGKILL' || ended === '0') return '';
  const { error } = JSON.parse(own.trimEnd().split('\n').at(-1) ?? '');
  return String(error.activationCode);
}

interface StoredOrder {
  readonly iccid: string;
  readonly state: string;
}

function lastOrder({ dir }: LabUp): StoredOrder {
  const { orders } = JSON.parse(readFileSync(join(dir, 'smdp.json'), 'utf8')) as { orders: StoredOrder[] };
  const order = orders.at(-1);
  assert.ok(order);
  return order;
}

async function clean(up: LabUp): Promise<void> {
  const { stdout } = await up.lpa(['list', '--json']);
  for (const { iccid } of JSON.parse(stdout) as { iccid: string }[]) {
    const deleted = await up.lpa(['delete', iccid, '--confirm', iccid, '--json']);
    assert.equal(deleted.code, 0, deleted.stderr);
  }
  const waiting = await up.lpa(['notifications', '--json']);
  assert.equal(waiting.stdout, '[]\n', 'a notification is left');
}
