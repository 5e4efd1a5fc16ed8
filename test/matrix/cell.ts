/** One cell: a procedure, a step of it, a fault; what came of it, and whether all is well after it. */
import assert from 'node:assert/strict';
import type { CardState } from '../../src/lab/euicc/state.ts';
import { EID } from '../lab/smdp/harness.ts';
import { type Bed, type Done, openBed } from './bed.ts';
import type { Deed, Fault } from './fault.ts';
import type { Procedure, Provided } from './procedure.ts';
import { roleOf, type Step } from './step.ts';

export interface Outcome {
  /** Exit code, and what the error is of. */
  readonly ends: string;
  /** Reasons at the card and at the server. */
  readonly cancelled: string;
  /** Warnings and message. */
  readonly told: string;
  /** What the user is told about the activation code. */
  readonly code: string;
  /** As the next command sees it: profiles, and what is pending. */
  readonly left: string;
  /** What the next command tells, and what the same command comes to. */
  readonly next: string;
}

export type Cell = { readonly outcome: Outcome } | { readonly because: string };

export interface Ground extends AsyncDisposable {
  readonly bed: Bed;
  readonly procedure: Procedure;
  readonly provided: Provided;
  /** Without a fault. */
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
  /** What is on the card before, as `left` says it. */
  readonly before: string;
}

/** @param serverFaults of an SM-DP+ that has them from its start */
export async function openGround(procedure: Procedure, serverFaults: readonly string[] = []): Promise<Ground> {
  const bed = await openBed(serverFaults);
  const provided = await procedure.provide(bed);
  const before = await leftOn(bed, bed.begin(provided), provided);
  const { outcome, done } = await play(bed, procedure, provided);
  return {
    bed,
    procedure,
    provided,
    steps: done.steps,
    outcome,
    before,
    [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose](),
  };
}

export async function cellOf(ground: Ground, step: Step, fault: Fault): Promise<Cell> {
  const { steps } = ground;
  const sameConnection = ({ peer, name }: Step): boolean => peer === step.peer && roleOf(name) === roleOf(step.name);
  const isFirst = step.peer.startsWith('SM-') && steps.find(sameConnection) === step;
  const deed = fault.at(step, { steps, isFirst });
  if (typeof deed === 'string') return { because: deed };
  if ('begunWith' in deed) {
    const bed = await openBed([deed.begunWith]);
    await using _ = bed;
    const provided = await ground.procedure.provide(bed);
    return { outcome: (await play(bed, ground.procedure, provided, { isForGood: true })).outcome };
  }
  const { outcome, done } = await play(ground.bed, ground.procedure, ground.provided, { deed, at: step, isFirst });
  assert.ok(done.happened, 'the step was not reached');
  return { outcome };
}

/** The command, the next one, and the same again; what is asserted here holds for every cell. */
async function play(
  bed: Bed,
  procedure: Procedure,
  provided: Provided,
  what: {
    readonly deed?: Deed;
    readonly at?: Step;
    readonly isFirst?: boolean;
    /** The server stays as it is. */
    readonly isForGood?: boolean;
  } = {},
): Promise<{ outcome: Outcome; done: Done }> {
  bed.forget();
  const card = bed.begin(provided);
  const isDownload = provided.argv[0] === 'download';
  const command = [...provided.argv, '--json'];
  const done = await bed.run(command, { card, typed: procedure.typed, ...what });
  const { error, told } = toldBy(done, bed);
  assert.notEqual(done.code, 1, done.err);
  assert.ok(done.code === 0 || told !== '', 'it says nothing');

  const list = await bed.run(['list', '--json'], { card });
  assert.equal(list.code, 0, `lpa list: ${list.err}`);
  const left = await leftOn(bed, card, provided, list);

  const again = await bed.run(command, { card, typed: procedure.typed });
  const code = (error?.['activationCode'] as string | undefined) ?? '';
  const repeated = toldBy(again, bed);
  if (isDownload) isTrue(code, done, again, what.isForGood === true || isLie(what.deed));
  else assert.ok(again.code === 0 || (again.code === 2 && provided.argv[0] === 'delete'), `again: ${again.err}`);
  const dropped = what.isForGood ? [] : await unheard(bed, card, provided);
  // A server that answers 2xx has taken the notification, whatever it says beside it.
  if (!isLie(what.deed)) assert.deepEqual(dropped, [], 'notifications that nobody heard of');

  return {
    done,
    outcome: {
      ends: endOf(done.code, error),
      cancelled: cancellations(done),
      told,
      code,
      left,
      next: [toldBy(list, bed).told, againText(again, repeated.error)].filter(Boolean).join('; '),
    },
  };
}

/** The server says that the order has ended, and it has not; or that it did not take what it took. */
const isLie = (deed: Deed | undefined): boolean =>
  deed !== undefined && 'server' in deed && /^(status|expired)/.test(deed.server);

/** What the user was told about the code is what the same code comes to. */
function isTrue(code: string, done: Done, again: Done, isLie: boolean): void {
  const isGood = again.code === 0;
  if (done.code === 0) assert.ok(!isGood, 'the code was used');
  else {
    assert.notEqual(code, '', `nothing is said about the code: ${done.err}`);
    if (isLie) return;
    if (['untouched', 'good', 'likelyGood', 'mayRetry'].includes(code)) assert.ok(isGood, `the code is ${code}: ${again.err}`);
    if (['used', 'ended'].includes(code)) assert.ok(!isGood, `the code is ${code}, and yet it is taken`);
  }
}

/** Every notification of the card comes to its server, now at last. @returns the numbers of those that did not */
async function unheard(bed: Bed, card: CardState, { card: before }: Provided): Promise<readonly number[]> {
  if (card.notifications.length > 0) {
    const { code, err } = await bed.run(['notifications', 'send', '--json'], { card });
    assert.equal(code, 0, `lpa notifications send: ${err}`);
  }
  assert.deepEqual(card.notifications, [], 'still pending');
  const waiting = before.notifications.map(({ seqNumber }) => seqNumber);
  const made = Array.from({ length: card.nextSeqNumber - before.nextSeqNumber }, (_, i) => before.nextSeqNumber + i);
  const heard = new Set(bed.smdp.state.notifications.map(({ seqNumber }) => seqNumber));
  return [...waiting, ...made].filter((seqNumber) => !heard.has(seqNumber));
}

/** Answered without an echo, so that what follows stands in the same line. */
const QUESTION = /Download\? .*?: /;

type ErrorObject = Readonly<Record<string, unknown>>;

function toldBy({ err, out, code }: Done, bed: Bed): { readonly error?: ErrorObject; readonly told: string } {
  const lines = err.replace(QUESTION, '').split('\n');
  const [, json] = /^(\{"error":.*)\n$/m.exec(lines.join('\n')) ?? [];
  const inError = json === undefined ? undefined : (JSON.parse(json).error as ErrorObject);
  // Commands that do several things tell of each in their result.
  const results: readonly { error?: ErrorObject }[] = !inError && code !== 0 ? JSON.parse(out) : [];
  const error = inError ?? results.find((each) => each.error)?.error;
  const warnings = lines.flatMap((line) => (line.startsWith('warning: ') ? [line.slice('warning: '.length)] : []));
  const told = plain([...warnings, ...(error ? [String(error['message'])] : [])].join('; '), bed);
  return { ...(error && { error }), told };
}

/** Without what is another at every run: ports, keys, dates, lengths of signatures. */
const plain = (text: string, { smdp, smds }: Bed): string =>
  text
    .replace(/ \(SCARD_\w+, [0-9A-F]{8}\)/g, '')
    .replaceAll(smdp.address, 'SM-DP+')
    .replaceAll(smds.address, 'SM-DS')
    .replaceAll(EID, '(EID)')
    .replace(/localhost:\d+/g, 'server')
    .replace(/\b[0-9A-F]{40}\b/g, '(identifier)')
    .replace(/\bEvent [0-9A-Z-]{19} at /g, 'Event (ID) at ')
    .replace(/\b\d{4}-\d\d-\d\d\b/g, '(date)')
    .replace(/\bby \d+ octets\b/g, 'by … octets')
    .replace(/(status word) [0-9A-F]{4}/g, '$1 …');

function endOf(code: number, error: ErrorObject | undefined): string {
  if (!error) return String(code);
  const { subjectCode, reasonCode, check, result, sw, problem, code: kind } = error as Record<string, string | undefined>;
  const name = check ?? result ?? (sw && 'status word') ?? problem ?? kind;
  return `${code} ${subjectCode ? `${subjectCode}/${reasonCode}` : name}`;
}

function cancellations({ log }: Done): string {
  const at = (event: string): string => {
    const all = log
      .filter((entry) => entry.event === event)
      .map(({ data = {} }) => data['reason'] ?? `${data['subjectCode']}/${data['reasonCode']}`);
    return all.length === 0 ? '-' : all.join(', ');
  };
  const [card, server] = [at('ES10b.CancelSession'), at('ES9+.CancelSession')];
  return card === '-' && server === '-' ? '' : `${card} / ${server}`;
}

async function leftOn(bed: Bed, card: CardState, { card: before }: Provided, listed?: Done): Promise<string> {
  const list = listed ?? (await bed.run(['list', '--json'], { card }));
  const pending = await bed.run(['notifications', '--json'], { card });
  assert.equal(pending.code, 0, `lpa notifications: ${pending.err}`);
  const names = new Map(before.profiles.map(({ iccid }, i) => [iccid, 'AB'[i]]));
  const profiles = (JSON.parse(list.out) as { iccid: string; profileState: string }[]).map(
    ({ iccid, profileState }) => `${names.get(iccid) ?? 'the profile'} ${profileState}`,
  );
  const events = (
    JSON.parse(pending.out) as { profileManagementOperation: string | string[]; notificationAddress: string }[]
  ).map(
    ({ profileManagementOperation: operation, notificationAddress }) =>
      `${String(operation).replace('notification', '').toLowerCase()}${notificationAddress === bed.smdp.address ? '' : ' (elsewhere)'}`,
  );
  return `${profiles.join(', ') || 'no profile'}; pending: ${events.join(', ') || 'nothing'}`;
}

const againText = (again: Done, error: ErrorObject | undefined): string =>
  again.code === 0 ? 'again: done' : `again: ${endOf(again.code, error)}`;
