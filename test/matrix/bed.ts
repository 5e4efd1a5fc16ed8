/** Card, reader, network, SM-DP+ and SM-DS in this process, around the command line; and what goes wrong at a step of it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEuicc } from '../../src/lab/euicc/euicc.ts';
import type { CardState } from '../../src/lab/euicc/state.ts';
import type { Order } from '../../src/lab/smdp/order.ts';
import { createSmdp, type Smdp } from '../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { createSmds, type Smds } from '../../src/lab/smds/smds.ts';
import { type EventRecord, newSmdsState } from '../../src/lab/smds/state.ts';
import { openRspDoor } from '../../src/lpa/es9/https.ts';
import { publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import { lpa, type Ran } from '../cli/harness.ts';
import { type Logged, sharedDomain } from '../lab/smdp/harness.ts';
import type { Deed } from './fault.ts';
import { openNetwork } from './network.ts';
import { openReader, type TroubledReader } from './reader.ts';
import { isSame, type Peer, roleOf, type Step, Steps } from './step.ts';

/** What card and servers hold before a command. */
export interface Start {
  readonly card: CardState;
  readonly orders: readonly Order[];
  readonly events: readonly EventRecord[];
}

export interface RunOptions {
  readonly card: CardState;
  /** What happens, and where. */
  readonly deed?: Deed | undefined;
  readonly at?: Step | undefined;
  /** The first thing that its server is asked. */
  readonly isFirst?: boolean;
  readonly typed?: string | undefined;
}

export interface Done extends Ran {
  readonly steps: readonly Step[];
  readonly log: readonly Logged[];
  /** The step was reached. */
  readonly happened: boolean;
}

export interface Bed extends AsyncDisposable {
  readonly smdp: Smdp;
  readonly smds: Smds;
  /** Put the servers back to where they were. */
  begin(start: Start): CardState;
  run(argv: readonly string[], options: RunOptions): Promise<Done>;
  /** Forget what interrupted downloads left behind. */
  forget(): void;
}

/** For a handshake that is not to come about. */
const CONNECT_MS = 150;
const QUESTION = /Download\?/;
/** Columns: no message is broken. */
const WIDE = 10_000;

/** Of one user: the journal is there. In memory where there is such a place, for it is written through to the disk. */
const newHome = (): string => mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lpa-matrix-'));

/** @param serverFaults that the SM-DP+ has from its start to its end */
export async function openBed(serverFaults: readonly string[] = []): Promise<Bed> {
  const domain = await sharedDomain();
  const { ciPKId, curve, ci, card: keys } = domain;
  let log: Logged[] = [];
  const told = (entry: Logged): void => void log.push(entry);
  const pki = { domains: [domain] };
  const smds = await createSmds({ pki, state: newSmdsState(), log: told });
  const { port: smdsPort } = await smds.listen();
  const es12 = (await smds.listenOperator()).address;
  const smdp = await createSmdp({ pki, state: newSmdpState(), log: told, faults: serverFaults, es12Of: () => es12 });
  const { port: smdpPort } = await smdp.listen();
  const network = await openNetwork([smdpPort, smdsPort]);
  let home = newHome();
  const serverAt = (address: string): Peer => (address === smds.address ? 'SM-DS' : 'SM-DP+');

  async function run(argv: readonly string[], { card: state, deed, at, isFirst, typed }: RunOptions): Promise<Done> {
    log = [];
    const steps = new Steps();
    let happened = false;
    let stalled = false;
    let reader: TroubledReader | undefined;
    const isHere = (step: Step): boolean => {
      if (!at || !isSame(step, at)) return false;
      happened = true;
      return true;
    };
    const blamed = at?.peer === 'SM-DS' ? smds : smdp;
    const setFaults = async (server: string): Promise<void> => {
      const isTls = server.startsWith('tls-');
      if (isTls && !isFirst) await network.cut();
      await blamed.setFaults([server]);
    };
    const turn = async (weather: Parameters<typeof network.turn>[0]): Promise<void> => {
      stalled = weather === 'stalled';
      network.turn(weather);
      await network.cut();
    };
    // What the first connection meets is there before it is made, and that may be before anything is asked.
    let prepared: Promise<void> | undefined;
    const prepare = async (): Promise<void> => {
      if (deed && 'network' in deed) await turn(deed.network);
      if (deed && 'server' in deed && deed.lasts) await setFaults(deed.server);
    };

    const ran = await lpa(argv, {
      env: { XDG_STATE_HOME: home, HOME: home },
      ...(typed !== undefined && { typed, stderrColumns: WIDE }),
      onStderr(text) {
        if (!QUESTION.test(text) || !isHere(steps.reach('user', 'the user decides')) || !deed) return;
        if ('reader' in deed) void reader?.happen(deed.reader);
        if ('network' in deed) void turn(deed.network);
      },
      doors: {
        openLink: async () => {
          const card = createEuicc({
            state,
            identities: [
              {
                ciPKId,
                curve,
                privateKey: keys.euicc.privateKey,
                euiccCertificate: keys.euicc.certificate,
                eumCertificate: keys.eum.certificate,
              },
            ],
            cis: [{ ciPKId, curve, publicKey: publicPoint(ci.privateKey) }],
            now: () => new Date(),
            faults: deed && 'card' in deed ? [deed.card] : [],
            log: told,
          });
          reader = await openReader(card, steps, (step) => (isHere(step) && deed && 'reader' in deed ? deed.reader : undefined));
          return reader;
        },
        openServers: async (options) => {
          const door = openRspDoor(options);
          const hurried = openRspDoor({ ...options, connectTimeoutMs: CONNECT_MS });
          return {
            connect(address, role = 'dp') {
              if (isFirst && at?.peer === serverAt(address) && roleOf(at.name) === role) prepared ??= prepare();
              void (prepared ?? Promise.resolve()).then(() => (stalled ? hurried : door).connect(address, role));
            },
            trustOf: (address) => door.trustOf(address) ?? hurried.trustOf(address),
            async post(request) {
              const step = steps.reach(serverAt(request.address), request.name);
              await prepared;
              if (!isHere(step) || !deed) return (stalled ? hurried : door).post(request);
              if (!prepared) await prepare();
              if (!('server' in deed)) return (stalled ? hurried : door).post(request);
              if (!deed.lasts) await setFaults(deed.server);
              try {
                return await door.post({ ...request, ...(deed.timeoutMs !== undefined && { timeoutMs: deed.timeoutMs }) });
              } finally {
                if (!deed.lasts) await blamed.setFaults([]);
              }
            },
            async [Symbol.asyncDispose]() {
              await door[Symbol.asyncDispose]();
              await hurried[Symbol.asyncDispose]();
            },
          };
        },
      },
    });
    network.turn('good');
    if (deed && 'server' in deed) await blamed.setFaults([]);
    await smdp.settled();
    return { ...ran, steps: steps.reached, log, happened };
  }

  return {
    smdp,
    smds,
    run,
    begin({ card, orders, events }) {
      for (const { iccid } of smdp.state.orders) smdp.state.remove(iccid);
      for (const order of orders) smdp.state.add({ ...order });
      smdp.state.forgetNotifications();
      for (const event of smds.state.events) smds.state.remove(event);
      for (const event of events) smds.state.add(event);
      return structuredClone(card);
    },
    forget() {
      rmSync(home, { recursive: true, force: true });
      home = newHome();
    },
    async [Symbol.asyncDispose]() {
      rmSync(home, { recursive: true, force: true });
      await smdp.close();
      await smds.close();
      await network[Symbol.asyncDispose]();
    },
  };
}
