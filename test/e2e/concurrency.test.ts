/** Many programs on one card behind one PC/SC daemon, a neighbour that resets it, a reader that does, and two readers at once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type PrivatePcscd, startPcscd } from '../../src/lab/readers/pcscd.ts';
import { readersOfDaemon } from '../../src/lab/readers/pcscd-readers.ts';
import type { CardInReader } from '../../src/lab/readers/reader.ts';
import { createSmdp, type Smdp } from '../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import type { LogEntry } from '../../src/lab/state/log.ts';
import { toHex } from '../../src/lpa/bytes.ts';
import { makeCards, type NumberedCard } from '../cli/cards.ts';
import type { Outcome } from '../lab/program.ts';
import { sharedDomain } from '../lab/smdp/harness.ts';
import { startClient } from '../pcsc/rig.ts';
import { cleanEnv, jsonErrorOf, LPA, runNode } from './programs.ts';

/** A card as its reader sees it: what was said to it, and what may happen to it in between. */
interface Watched extends CardInReader {
  /** `on`, `off`, each command in hex, and `refused` behind one that was. */
  readonly said: string[];
  /** Told of each command before the card is. */
  before: (command: string) => void | Promise<void>;
  move(present: boolean): void;
}

function watched(card: CardInReader): Watched {
  const said: string[] = [];
  let powered = false;
  let listener: (present: boolean) => void = () => {};
  const self: Watched = {
    said,
    before: () => {},
    move: (present) => listener(present),
    get atr() {
      return card.atr;
    },
    powerOn() {
      said.push('on');
      powered = true;
      return card.powerOn();
    },
    powerOff() {
      said.push('off');
      powered = false;
      return card.powerOff();
    },
    async transmit(command) {
      const hex = toHex(command);
      await self.before(hex);
      if (!powered) return Uint8Array.of(0x6f, 0x00); // its reader has nobody to say it to
      said.push(hex);
      const response = await card.transmit(command);
      if (![0x90, 0x91, 0x61].includes(response.at(-2) ?? 0)) said.push('refused');
      return response;
    },
    onPresence(call) {
      listener = call;
    },
  };
  return self;
}

let smdp: Smdp;
let cards: NumberedCard[];
let readers: Watched[];
let pcscd: PrivatePcscd;
let dir = '';
const decided: Pick<LogEntry, 'event' | 'detail'>[] = [];

before(async () => {
  const domain = await sharedDomain();
  smdp = await createSmdp({ pki: { domains: [domain] }, state: newSmdpState(), log: () => {} });
  await smdp.listen(0);
  cards = await makeCards(domain, 2, (entry) => decided.push(entry));
  readers = cards.map(({ card }) => watched(card));
  pcscd = await startPcscd(readers.map((card) => ({ name: 'Lab', card })));
  dir = mkdtempSync(join(tmpdir(), 'lpa-concurrency-'));
});
after(async () => {
  await pcscd[Symbol.asyncDispose]();
  await smdp.close();
  rmSync(dir, { recursive: true });
});
afterEach(() => {
  for (const reader of readers) {
    const said = reader.said.splice(0);
    reader.before = () => {};
    checkBlocks(said);
  }
  decided.length = 0;
});

/** No command between the blocks of a STORE DATA, no block twice or left out, and never two programs on the card. */
function checkBlocks(said: readonly string[]): void {
  let next = 0;
  let channel = '';
  let open = 0;
  for (const [at, command] of said.entries()) {
    const about = (): string => said.slice(Math.max(0, at - 5), at + 1).join('\n');
    const [cla = '', ins, p1 = '', p2 = ''] = command.match(/../g) ?? [];
    if (command === 'on' || command === 'off') next = open = 0;
    else if (command === 'refused') next = 0;
    else if (ins === 'E2') {
      assert.equal(Number.parseInt(p2, 16), next, `another block was due:\n${about()}`);
      if (next > 0) assert.equal(cla, channel, `a block on another channel:\n${about()}`);
      channel = cla;
      next = p1 === '91' ? 0 : next + 1;
    } else if (ins !== 'C0') {
      assert.equal(next, 0, `between two blocks:\n${about()}`);
      if (ins === '70') open += p1 === '00' ? 1 : -1;
      assert.ok(open <= 1, `a second channel:\n${about()}`);
    }
  }
}

function lpa(reader: number, ...words: readonly string[]): Promise<Outcome> {
  const env = { PCSCLITE_CSOCK_NAME: pcscd.socketName, LPA_READER: pcscd.readers[reader], NO_PROXY: 'localhost' };
  return runNode([LPA, ...words], cleanEnv(dir, env));
}

async function json(reader: number, ...words: readonly string[]): Promise<any> {
  const { code, stdout, stderr } = await lpa(reader, ...words, '--json');
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

const order = (profileName: string): string => smdp.createOrder({ profileName }).activationCode;
const download = async (reader: number, name: string): Promise<string> =>
  (await json(reader, 'download', order(name), '--yes', '--wait', '60')).iccid;

test('twenty programs at once: each does the whole of its work, and the last word stands', { timeout: 180_000 }, async () => {
  const [alpha, beta] = [await download(0, 'Alpha'), await download(0, 'Beta')];
  const eid = cards[0]!.eid;
  const code = order('Gamma');
  const names = ['one', 'two', 'three', 'four', 'five'];
  const commands = [
    ['download', code, '--yes'],
    ...names.map((name) => ['rename', alpha, name]),
    ...Array.from({ length: 5 }, () => ['list']),
    ...Array.from({ length: 3 }, () => ['info', 'eid']),
    ['enable', alpha],
    ['enable', beta],
    ['disable', alpha],
    ['disable', beta],
    ['notifications', 'list'],
    ['notifications', 'send'],
  ];
  assert.equal(commands.length, 20);
  decided.length = 0;
  const outcomes = await Promise.all(commands.map((words) => lpa(0, ...words, '--json', '--wait', '100')));
  for (const [i, { code, stderr }] of outcomes.entries()) assert.equal(code, 0, `${commands[i]!.join(' ')}: ${stderr}`);
  assert.ok(outcomes.filter(({ stderr }) => /which another program holds/.test(stderr)).length > 5, 'who waits says so');
  const answers = (verb: string): any[] =>
    outcomes.filter((_, i) => commands[i]![0] === verb).map(({ stdout }) => JSON.parse(stdout));

  // What was read is whole, and was so at some moment.
  for (const each of answers('info')) assert.equal(each.eid, eid);
  for (const profiles of answers('list')) {
    assert.deepEqual(
      profiles.slice(0, 2).map((each: any) => each.iccid),
      [alpha, beta],
    );
    assert.ok(profiles.length <= 3);
    assert.ok(profiles.filter((each: any) => each.profileState === 'enabled').length <= 1);
    assert.ok([undefined, ...names].includes(profiles[0].profileNickname), profiles[0].profileNickname);
  }

  // What was written is there, and of several the last.
  const now = await json(0, 'list');
  const [gamma] = answers('download');
  assert.deepEqual(
    now.map((each: any) => each.iccid),
    [alpha, beta, gamma.iccid],
  );
  assert.equal(
    decided.filter(({ event, detail }) => event === 'ES10c.SetNickname' && detail.endsWith(': ok')).length,
    names.length,
  );
  const nicknames = readers[0]!.said.flatMap(
    (command) => /^8.E2....+?BF29..5A0A.{20}90..((?:..)+?)(?:00)?$/.exec(command)?.[1] ?? [],
  );
  assert.equal(nicknames.length, names.length);
  assert.equal(now[0].profileNickname, Buffer.from(nicknames.at(-1)!, 'hex').toString());
  const waiting = await json(0, 'notifications', 'send');
  assert.ok(waiting.every(({ delivered }: any) => delivered));
  assert.deepEqual(await json(0, 'notifications', 'list'), []);
});

test('two readers at once: each program has its own card', { timeout: 120_000 }, async () => {
  const [one, two] = await Promise.all([download(0, 'One'), download(1, 'Two')]);
  const lists = await Promise.all([json(0, 'list'), json(1, 'list')]);
  assert.deepEqual(
    lists.map((profiles) => profiles.at(-1).iccid),
    [one, two],
  );
  await Promise.all([json(0, 'enable', one), json(1, 'enable', two), json(1, 'rename', two, 'Second', '--wait', '60')]);
  const [first, second] = await Promise.all([json(0, 'list'), json(1, 'list')]);
  assert.deepEqual(
    [first.at(-1).profileState, second.at(-1).profileState, second.at(-1).profileNickname],
    ['enabled', 'enabled', 'Second'],
  );
});

/** A command that no `lpa` sends: where the neighbour was. */
const MARK = '00F2000000';

test('a neighbour that takes and resets the card whenever it can: every switch is made all the same', {
  timeout: 120_000,
}, async (t) => {
  const iccid = await download(1, 'Neighbour');
  await using neighbour = startClient(pcscd.socketName);
  await neighbour.call({ do: 'open' });
  let done = false;
  const visits = (async () => {
    for (let count = 0; ; ) {
      const came = await neighbour.call({ do: 'connect', reader: pcscd.readers[1]! }).then(
        () => true,
        () => false,
      );
      if (came) {
        count++;
        await neighbour.call({ do: 'transmit', command: MARK });
        await neighbour.call({ do: 'reset' }).catch(() => {}); // `lpa` may take the card while it is reset
        await neighbour.call({ do: 'close' });
      }
      if (done) return count;
      if (came) await delay(40);
    }
  })();
  let between = 0;
  try {
    for (const wanted of ['enable', 'disable', 'enable', 'disable']) {
      const from = readers[1]!.said.length;
      const { profileState, changed } = await json(1, wanted, iccid, '--no-notify', '--wait', '60');
      assert.deepEqual([profileState, changed], [`${wanted}d`, true]);
      assert.equal((await json(1, 'list', '--wait', '60')).at(-1).profileState, profileState);
      const said = readers[1]!.said.slice(from);
      const switched = said.findIndex((command) => /^8.E29100..BF3[12]/.test(command));
      const readAgain = said.findIndex((command, at) => at > switched && /^8.E29100..BF2D/.test(command));
      if (said.slice(switched, readAgain).includes(MARK)) between++;
    }
  } finally {
    done = true;
  }
  const came = await visits;
  t.diagnostic(`it came ${came} times, ${between} times between a switch and the look at it`);
  assert.ok(came >= 4);
  await neighbour.end();
});

/** What pcscd takes, unless told otherwise. `lpa` needs one for itself, one for the card, one for each reader. */
const CONNECTIONS = 200;

test('a PC/SC service that takes no further connection, as another to end one would be: the program ends', {
  timeout: 60_000,
}, async () => {
  const needed = 2 + (await readersOfDaemon(pcscd.socketName)).length;
  // On a busy machine the daemon has not yet ended every connection of the tests before this one.
  for (let attempt = 1; ; attempt++) {
    const others = Array.from({ length: CONNECTIONS - needed }, () => connect(pcscd.socketName));
    try {
      await Promise.all(others.map((socket) => once(socket, 'connect')));
      await delay(300); // each gets a thread
      assert.equal((await json(0, 'info', 'eid')).eid, cards[0]!.eid);
      return;
    } catch (error) {
      if (attempt === 4) throw error;
    } finally {
      for (const socket of others) socket.destroy();
    }
    await delay(2000);
  }
});

async function untilSeen(card: 'present' | 'absent'): Promise<void> {
  for (const deadline = Date.now() + 10_000; ; await delay(20)) {
    const seen = (await readersOfDaemon(pcscd.socketName)).find(({ name }) => name === pcscd.readers[0]);
    if (seen?.card === card) return;
    assert.ok(Date.now() < deadline, `the card is ${seen?.card}`);
  }
}

/** Where it happens: the STORE DATA that begins so. A3 heads the profile elements of a bound package. */
const at = {
  GetEID: 'BF3E',
  GetProfilesInfo: 'BF2D',
  EnableProfile: 'BF31',
  AuthenticateServer: 'BF38',
  PrepareDownload: 'BF21',
  profile: 'A3',
};

const ACCIDENTS = {
  'reset by its reader': {
    happens: (reader: Watched): void => void reader.powerOn(),
    heal: async () => {},
    problem: 'reset',
    /** The card starts anew, and is asked again. */
    enabling: 0,
    loading: [4, 'euicc', 'mayRetry'],
  },
  pulled: {
    happens: (reader: Watched): void => reader.move(false),
    heal: async (reader: Watched) => {
      await untilSeen('absent');
      reader.move(true);
      await untilSeen('present');
    },
    problem: 'gone',
    enabling: 3,
    loading: [3, 'card', 'unknown'],
  },
} as const;

for (const [what, { happens, heal, problem, enabling, loading }] of Object.entries(ACCIDENTS)) {
  test(`a card that is ${what} within an operation: it is said, and the next command works`, { timeout: 120_000 }, async () => {
    const [reader] = readers as [Watched];
    /** What a command comes to when that happens at its first STORE DATA of this kind. */
    const accident = async (tag: string, ...words: readonly string[]): Promise<Outcome> => {
      let happened = false;
      reader.before = (command) => {
        if (happened || !new RegExp(`^8.E2.{6}${tag}`).test(command)) return;
        happened = true;
        happens(reader);
      };
      const ran = await lpa(0, ...words, '--json');
      assert.ok(happened, words[0]);
      await heal(reader);
      return ran;
    };
    const healthy = async (): Promise<string> => {
      const next = await lpa(0, 'list', '--json');
      assert.equal(next.code, 0, next.stderr);
      return next.stderr;
    };
    for (const [tag, words] of [
      [at.GetEID, ['info', 'eid']],
      [at.GetProfilesInfo, ['list']],
    ] as const) {
      const ran = await accident(tag, ...words);
      assert.equal(ran.code, 3, ran.stderr);
      assert.equal(jsonErrorOf(ran)['problem'], problem);
      assert.equal(await healthy(), '');
    }

    const iccid = await download(0, 'Delta');
    const enabled = await accident(at.EnableProfile, 'enable', iccid);
    assert.equal(enabled.code, enabling, enabled.stderr);
    const [shown] = (await json(0, 'list')).filter((each: any) => each.iccid === iccid);
    assert.equal(shown.profileState, enabling === 0 ? 'enabled' : 'disabled');

    const code = order('Epsilon');
    for (const [tag, expected] of [
      [at.AuthenticateServer, [3, 'card', 'untouched']],
      [at.PrepareDownload, [3, 'card', 'likelyGood']],
      [at.profile, loading],
    ] as const) {
      const ran = await accident(tag, 'download', code, '--yes');
      const error = jsonErrorOf(ran);
      assert.deepEqual([ran.code, error.code, error.activationCode], expected, ran.stderr);
      // What a program did not live to see, the next one tells; what it told itself is not told again.
      assert.equal(/was interrupted/.test(await healthy()), error.activationCode === 'unknown');
    }
    // None of it has used the code up.
    assert.equal((await lpa(0, 'download', code, '--yes')).code, 0);
  });
}
