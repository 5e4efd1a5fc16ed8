/**
 * A whole story with each manner of the card, told by `lpa` alone: info, download, enable, rename, disable, delete and the
 * notifications of all that; nothing has to be asked for. Who tells it, the command line in this process or the built programs,
 * is a {@link World}.
 */
import assert from 'node:assert/strict';
import type { Manners, MannersName } from '../../src/lab/euicc/quirks.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Wish {
  readonly name: string;
  /** Octets of the package; without it as the lab builds it. */
  readonly size?: number;
  readonly rules?: 'ppr1' | 'ppr2';
  readonly class?: 'test';
  readonly algorithm?: 'tuak256';
}

export interface World {
  readonly eid: string;
  lpa(...argv: readonly string[]): Promise<Said>;
  /** @returns its activation code */
  order(wish: Wish): Promise<string>;
  /** What the SM-DP+ was told by notifications, verified ones alone: `install 8988...`, in the order in which they came. */
  heard(): Promise<readonly string[]>;
}

export interface MannerRow {
  /** What takes its time in life takes less of it where the story is told in a hurry. */
  readonly hurried?: Partial<Manners>;
  /** No card for an LPA: every command ends with 3 and names this problem; the words are these. */
  readonly notOurs?: { readonly problem: string; readonly words: RegExp };
  /** An order that this card cannot take, and how `lpa download` ends. */
  readonly refuses?: { readonly order: Omit<Wish, 'name'>; readonly ends: string };
  /** Octets of the packages of the story, where the lab's own are too long. */
  readonly size?: number;
  /** The card goes back to the profile before by itself, one start after the switch. */
  readonly fallsBack?: true;
}

/** Nothing out of the ordinary for the user: that is the point of most of them. */
const PLAIN: MannerRow = {};
const RULE = { order: { rules: 'ppr1' }, ends: '9 ppr1' } as const;

/** One for each, so that a new one wants a row too. */
export const MANNER_ROWS: Readonly<Record<MannersName, MannerRow>> = {
  t1: PLAIN,
  'vendor-aid': PLAIN,
  'vendor-aid-esimme': PLAIN,
  'vendor-aid-estk': PLAIN,
  'two-euiccs': PLAIN,
  'basic-channel': PLAIN,
  'no-channels': PLAIN,
  'high-channels': PLAIN,
  gates: PLAIN,
  'bare-select': PLAIN,
  'select-61xx': PLAIN,
  'plain-uicc': { notOurs: { problem: 'noEuicc', words: /the card has no ISD-R: a plain UICC/ } },
  m2m: { notOurs: { problem: 'm2m', words: /an M2M eUICC \(SGP\.02\), EID \d{32}/ } },
  iot: PLAIN,
  lpae: PLAIN,
  'lpae-cat': PLAIN,
  'small-blocks': PLAIN,
  'no-refresh': PLAIN,
  'aid-only': PLAIN,
  'aid-no-refresh': PLAIN,
  'whole-list': PLAIN,
  'v2.0-lists': PLAIN,
  'untrimmed-bits': PLAIN,
  'cat-busy': PLAIN,
  'refresh-6f00': PLAIN,
  'deaf-until-reset': PLAIN,
  'counts-octets': PLAIN,
  'self-reset': PLAIN,
  'terminal-profile': PLAIN,
  'refresh-init-all': PLAIN,
  'refresh-files': PLAIN,
  'refresh-init-files': PLAIN,
  'refresh-init': PLAIN,
  'refresh-application': PLAIN,
  'refresh-session': PLAIN,
  'refresh-profile-state': PLAIN,
  menu: PLAIN,
  'falls-back': { fallsBack: true },
  'strict-t0': PLAIN,
  'little-memory': {
    size: 2400,
    refuses: { order: { size: 15_000 }, ends: '4 installFailedDueToInsufficientMemoryForProfile' },
  },
  'forbids-rules': { refuses: RULE },
  'empty-rat': { refuses: RULE },
  'no-tuak': { refuses: { order: { algorithm: 'tuak256' }, ends: '5 8.2.5/4.3' } },
  'no-test-profiles': { refuses: { order: { class: 'test' }, ends: '4 unsupportedProfileClass' } },
  'slow-authenticate': { hurried: { authenticateServerMs: 200 } },
  'slow-load': { hurried: { loadMs: 300 } },
  'small-store': PLAIN,
  'strict-segments': PLAIN,
};

/** The manners are on already. */
export async function tellStory(world: World, row: MannerRow): Promise<void> {
  if (row.notOurs) return tellRefusal(world, row.notOurs);
  const { eid } = world;
  assert.equal((await json(world, 'info')).eid, eid);
  if (row.refuses) await refuse(world, row.refuses);

  const [alpha, beta] = [await install(world, 'Alpha', row.size), await install(world, 'Beta', row.size)];
  const told = [`install ${alpha}`, `install ${beta}`];
  assert.deepEqual(await states(world), { [alpha]: 'disabled', [beta]: 'disabled' });

  await enable(world, alpha);
  told.push(`enable ${alpha}`);
  if (row.fallsBack) assert.deepEqual(await states(world), { [alpha]: 'disabled', [beta]: 'disabled' });
  assert.deepEqual(await json(world, 'rename', alpha, 'Work'), { iccid: alpha, profileNickname: 'Work', changed: true });

  await enable(world, beta);
  told.push(`disable ${alpha}`, `enable ${beta}`, `disable ${beta}`);
  if (!row.fallsBack) {
    assert.deepEqual(await states(world), { [alpha]: 'disabled', [beta]: 'enabled' });
    assert.equal((await json(world, 'disable', beta, '--no-notify')).changed, true);
    const waiting = await json(world, 'notifications');
    assert.deepEqual(
      waiting.map(({ profileManagementOperation: [operation], iccid }: Listed) => [operation, iccid]),
      [['notificationDisable', beta]],
    );
    const [sent] = await json(world, 'notifications', 'send');
    assert.equal(sent.delivered, true);
  }

  for (const iccid of [beta, alpha]) {
    const gone = await json(world, 'delete', iccid, '--confirm', iccid);
    assert.deepEqual(gone, { iccid, deleted: true, notificationsPending: 0 });
    told.push(`delete ${iccid}`);
  }
  assert.deepEqual([await states(world), await json(world, 'notifications')], [{}, []]);
  assert.deepEqual(await world.heard(), told);
}

interface Listed {
  readonly profileManagementOperation: readonly string[];
  readonly iccid: string;
}

/** A command that has to end well, and its result. */
async function json(world: World, ...argv: readonly string[]) {
  const { code, stdout, stderr } = await world.lpa(...argv, '--json');
  assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

const states = async (world: World): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await json(world, 'list')).map(({ iccid, profileState }: Record<'iccid' | 'profileState', string>) => [iccid, profileState]),
  );

async function install(world: World, name: string, size: number | undefined): Promise<string> {
  const code = await world.order({ name, ...(size !== undefined && { size }) });
  const installed = await json(world, 'download', code, '--yes');
  assert.deepEqual(
    [installed.profileName, installed.profileState, installed.notificationsPending],
    [name, 'disabled', 0],
    'and its result was delivered',
  );
  return installed.iccid;
}

async function enable(world: World, iccid: string): Promise<void> {
  const result = await json(world, 'enable', iccid);
  assert.deepEqual(result, { iccid, profileState: 'enabled', changed: true, notificationsPending: 0 });
}

/** What this card cannot take; the next command works, and nothing is left of it. */
async function refuse(world: World, { order, ends }: NonNullable<MannerRow['refuses']>): Promise<void> {
  const code = await world.order({ name: 'Not for this card', ...order });
  const refused = await world.lpa('download', code, '--yes', '--accept-rules', 'ppr1,ppr2', '--json');
  assert.equal(nameOf(refused), ends);
  assert.deepEqual([await states(world), await json(world, 'notifications')], [{}, []]);
}

async function tellRefusal(world: World, { problem, words }: NonNullable<MannerRow['notOurs']>): Promise<void> {
  const code = await world.order({ name: 'For another card' });
  const commands = [
    ['info'],
    ['list'],
    ['download', code, '--yes'],
    ['enable', 'Alpha'],
    ['disable', 'Alpha'],
    ['rename', 'Alpha', 'Work'],
    ['delete', 'Alpha', '--confirm', 'Alpha'],
    ['notifications'],
    ['notifications', 'send'],
  ];
  for (const argv of commands) {
    const ran = await world.lpa(...argv, '--json');
    assert.equal(nameOf(ran), `3 ${problem}`, argv.join(' '));
  }
  const { code: exit, stdout, stderr } = await world.lpa('list');
  assert.deepEqual([exit, stdout], [3, '']);
  assert.match(stderr, words);
  assert.match(stderr, /^hint: /m);
}

/** Exit code, and what the error names. */
function nameOf({ code, stderr }: Said): string {
  if (code === 0) return '0';
  const { error } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
  return `${code} ${error.subjectCode ? `${error.subjectCode}/${error.reasonCode}` : (error.rule ?? error.result ?? error.problem ?? error.code)}`;
}
