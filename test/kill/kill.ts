/**
 * The built `lpa download` ended the hard way, and what the next command makes of it: `kill -9` at a random moment, the card
 * pulled or without power at a segment, the PC/SC daemon stopped, the network cut, the server gone. Afterwards the card works,
 * the user has been told of the code, server and card agree, and every notification that the card ever made has arrived.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Order } from '../../src/lab/smdp/order.ts';
import { type LabUp, LPA, labUp } from '../e2e/programs.ts';
import type { Random } from '../fuzz/random.ts';
import { keptCard, keptSmdp } from '../lab/kept.ts';

export type Death =
  /** Milliseconds after the start. */
  | { readonly kill: number }
  /** At a segment of a package of usual size, or of one that is long. */
  | { readonly fault: 'pull' | 'power-lost'; readonly segment: number; readonly long: boolean }
  /** The PC/SC daemon is killed; milliseconds after the start. */
  | { readonly daemon: number }
  | { readonly server: string };

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
/** By then everything but the loading is over. */
const EARLY_MS = 2500;
/** A server that goes away, and a network that does, at the function where it happens. */
const GONE = ['hangup@authenticateClient', 'hangup@getBoundProfilePackage', 'cut@getBoundProfilePackage', 'dies-after-package'];
const SEGMENTS = 9;
/** Octets of a package of some forty segments. */
const LONG = 40_000;
const LONG_SEGMENTS = 40;

const moment = (random: Random, early: boolean): number => Math.round((early ? EARLY_MS : WHOLE_MS) * random.int(1000) * 0.001);

/** Half of them while the session is made and the package fetched, half anywhere up to the end of the program's work. */
export const kills = (random: Random, times: number): Death[] =>
  Array.from({ length: times }, (_, i): Death => ({ kill: moment(random, i % 2 === 0) }));

/** Everything else that may happen, each at least once; the card goes at every tenth segment of a long package. */
export function others(random: Random): Death[] {
  const segments = Array.from({ length: 1 + LONG_SEGMENTS / 10 }, (_, i) => Math.max(1, i * 10));
  return [
    ...(['pull', 'power-lost'] as const).flatMap((fault) => segments.map((segment) => ({ fault, segment, long: true }))),
    ...[true, true, true, false, false, false].map((early) => ({ daemon: moment(random, early) })),
    ...GONE.map((server) => ({ server })),
  ];
}

/** Ten of all kinds. */
export const some = (random: Random): Death[] => [
  ...kills(random, 6),
  { fault: 'pull', segment: 1 + random.int(SEGMENTS), long: false },
  { fault: 'power-lost', segment: 1 + random.int(SEGMENTS), long: false },
  { daemon: moment(random, true) },
  { server: random.pick(GONE) },
];

function nameOf(death: Death): string {
  if ('kill' in death) return `kill -9 after ${death.kill} ms`;
  if ('daemon' in death) return `daemon killed after ${death.daemon} ms`;
  return 'server' in death ? death.server : `${death.fault}@segment:${death.segment}${death.long ? ' of a long package' : ''}`;
}

function labFor(death: Death): readonly string[] {
  if ('kill' in death) return SLOW;
  if ('daemon' in death) return ['--pcsc', ...SLOW];
  return 'server' in death ? ['--server-fault', death.server] : ['--fault', `${death.fault}@segment:${death.segment}`];
}

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
  await up.restart(...labFor(death));
  const code = await up.order('--name', 'Alpha', ...('long' in death && death.long ? ['--profile', await longPackage(up)] : []));
  const { ended, stderr } = await download(up, code, death);
  await up.restart();
  const journal = join(up.dir, 'user', 'lpa', 'journal');
  const hadEntry = entriesIn(journal).length > 0;

  // The next command, whatever it is: it works, tells what was interrupted, and tells it once.
  const next = await up.lpa(['list', '--json']);
  assert.equal(next.code, 0, next.stderr);
  assert.equal(/was interrupted/.test(next.stderr), hadEntry, `the journal had ${hadEntry ? 'an' : 'no'} entry: ${next.stderr}`);
  assert.deepEqual(entriesIn(journal), [], 'the journal still has an entry');
  const profiles: unknown[] = JSON.parse(next.stdout);

  // What the card has to say reaches the server.
  const sent = await up.lpa(['notifications', 'send', '--json']);
  assert.equal(sent.code, 0, sent.stderr);
  const deliveries: { delivered: boolean }[] = JSON.parse(sent.stdout);
  assert.ok(deliveries.every(({ delivered }) => delivered));
  const again = await up.lpa(['list', '--json']);
  assert.deepEqual([again.code, again.stderr], [0, ''], 'told twice');

  const order = lastOrder(up);
  assert.ok(order);
  const told = toldOf(ended, stderr, next.stderr);
  judge({ order: order.state, profiles: profiles.length, told, ended });
  if (profiles.length === 0) {
    // A code that is good is good: the same one installs the profile now.
    const retry = await up.lpa(['download', code, '--yes', '--json']);
    const isGood = order.state === 'released' || order.state === 'downloaded';
    assert.equal(retry.code, isGood ? 0 : 5, retry.stderr);
  }
  await clean(up);
  checkNotifications(up);
  return { death: nameOf(death), ended, told, order: order.state, profiles: profiles.length, delivered: deliveries.length };
}

/** Whole ones: a program that is killed while it writes its first has come no further, and leaves half a file under another name. */
const entriesIn = (journal: string): string[] =>
  existsSync(journal) ? readdirSync(journal).filter((name) => name.endsWith('.json')) : [];

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
  const after = 'kill' in death ? death.kill : 'daemon' in death ? death.daemon : undefined;
  if (after !== undefined) await Promise.race([wait(after, undefined, { ref: false }), closed]);
  if ('kill' in death) child.kill('SIGKILL');
  if ('daemon' in death) process.kill(daemonOf(up), 'SIGKILL');
  const [exit, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  return { ended: signal ?? String(exit), stderr };
}

/** The pcscd whose socket the lab named. */
function daemonOf({ env }: LabUp): number {
  const dir = dirname(env['PCSCLITE_CSOCK_NAME'] ?? '');
  const pid = readdirSync('/proc').find((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const [program = '', ...args] = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
      return program.endsWith('pcscd') && args.some((arg) => arg.startsWith(dir));
    } catch {
      return false; // it ended while we looked
    }
  });
  assert.ok(pid, `no pcscd in ${dir}`);
  return Number(pid);
}

/** Words or code state. A killed program tells nothing: its successor does, where there is something to tell. */
function toldOf(ended: string, own: string, next: string): string {
  const later = /was interrupted.*/.exec(next)?.[0];
  if (later !== undefined) return later;
  if (ended === 'SIGKILL' || ended === '0') return '';
  const { error } = JSON.parse(own.trimEnd().split('\n').at(-1) ?? '');
  return String(error.activationCode);
}

/** A package of a size that takes many segments, with an ICCID that no other has. */
async function longPackage(up: LabUp): Promise<string> {
  const path = join(up.dir, 'user', 'long.der');
  mkdirSync(join(up.dir, 'user'), { recursive: true });
  const iccid = `89882${String(Date.now()).padStart(13, '0')}`;
  const { code, stderr } = await up.lab('profile', '--iccid', iccid, '--size', String(LONG), '--output', path);
  assert.equal(code, 0, stderr);
  return path;
}

/** Every number that the card gave is with the server: what was pending was delivered, and nothing got lost. */
function checkNotifications({ dir }: LabUp): void {
  const { nextSeqNumber = 1 } = keptCard(dir) ?? {};
  const arrived = new Set(keptSmdp(dir).notifications.map(({ seqNumber }) => seqNumber));
  const lost = Array.from({ length: nextSeqNumber - 1 }, (_, i) => i + 1).filter((number) => !arrived.has(number));
  assert.deepEqual(lost, [], 'notifications that the server never got');
}

const lastOrder = ({ dir }: LabUp): Order | undefined => keptSmdp(dir).orders.at(-1);

async function clean(up: LabUp): Promise<void> {
  const { stdout } = await up.lpa(['list', '--json']);
  for (const { iccid } of JSON.parse(stdout) as { iccid: string }[]) {
    const deleted = await up.lpa(['delete', iccid, '--confirm', iccid, '--json']);
    assert.equal(deleted.code, 0, deleted.stderr);
  }
  const waiting = await up.lpa(['notifications', '--json']);
  assert.equal(waiting.stdout, '[]\n', 'a notification is left');
}
