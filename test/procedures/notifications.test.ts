import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { fromBase64, toHex } from '../../src/lpa/bytes.ts';
import { CancelledError, CardError, NetworkError } from '../../src/lpa/errors.ts';
import type { Post, PostAnswer, PostRequest } from '../../src/lpa/es9/function.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { deviceInfoOf, type Lpa } from '../../src/lpa/procedures/lpa.ts';
import { type RefusedNotifications, sendNotifications } from '../../src/lpa/procedures/notifications.ts';
import { openBench } from '../lab/smdp/harness.ts';
import { CLOSE, OPEN, scriptedCard } from '../transcript.ts';

/** NotificationMetadata of sequence number n (one digit) at an address of three characters, and the whole signed notification. */
const meta = (n: number, address: string): string => `BF2F 0C 80 01 0${n} 81 02 0410 0C 03 ${address}`;
const pending = (n: number, address: string): string => `30 16 ${meta(n, address)} 5F37 00 3000 3000`;
const A = '612E62'; // a.b
const C = '632E64'; // c.d
const list = (...items: string[]): string => {
  const octets = (items.join('').replaceAll(' ', '').length / 2).toString(16).padStart(2, '0');
  const outer = (2 + items.join('').replaceAll(' ', '').length / 2).toString(16).padStart(2, '0');
  return `
  > 81 E2 91 00 03 BF28 00 00
  < BF28 ${outer} A0 ${octets} ${items.join(' ')} 9000`;
};
const retrieve = (n: number, answer: string): string => `
  > 81 E2 91 00 08 BF2B 05 A0 03 80 01 0${n} 00
  < ${answer}`;
const found = (n: number, address: string): string => `BF2B 1A A0 18 ${pending(n, address)} 9000`;
const removed = (n: number): string => `
  > 81 E2 91 00 06 BF30 03 80 01 0${n} 00
  < BF30 03 80 01 00 9000`;

interface Sent {
  readonly address: string;
  readonly path: string;
  readonly notification: string;
}

async function lpaOn(
  script: string,
  answer: (request: PostRequest, nth: number) => number | PostAnswer = () => 204,
): Promise<{ lpa: Lpa; sent: Sent[] }> {
  const sent: Sent[] = [];
  const isdr = await Isdr.open(scriptedCard(OPEN + script + CLOSE));
  const post = async (request: PostRequest) => {
    const { pendingNotification } = JSON.parse(request.body);
    sent.push({ address: request.address, path: request.path, notification: toHex(fromBase64(pendingNotification)) });
    const given = answer(request, sent.length);
    if (given === 0) throw new NetworkError('down', { problem: 'refused' });
    return typeof given === 'number' ? { status: given, body: '' } : given;
  };
  return { lpa: { isdr, servers: { post, connect: () => {}, trustOf: () => undefined }, device: deviceInfoOf() }, sent };
}

const octetsOf = (text: string): string => text.replaceAll(' ', '');

test('per address in order of number, octets as the eUICC signed them, removed when taken', async () => {
  const { lpa, sent } = await lpaOn(
    list(meta(3, A), meta(1, C), meta(2, A)) +
      retrieve(1, found(1, C)) +
      removed(1) +
      retrieve(2, found(2, A)) +
      removed(2) +
      retrieve(3, found(3, A)) +
      removed(3),
  );
  await using _ = lpa.isdr;
  const deliveries = await sendNotifications(lpa, { inSequence: true });
  assert.deepEqual(deliveries.map(({ seqNumber, delivered }) => [seqNumber, delivered]).sort(), [
    [1, true],
    [2, true],
    [3, true],
  ]);
  assert.deepEqual(
    sent.filter(({ address }) => address === 'a.b').map(({ notification }) => notification),
    [octetsOf(pending(2, A)), octetsOf(pending(3, A))],
  );
  assert.ok(sent.every(({ path }) => path === '/gsma/rsp2/es9plus/handleNotification'));
});

test('after a failure nothing more goes to that address, the others are served', async () => {
  const { lpa, sent } = await lpaOn(
    list(meta(1, A), meta(2, A), meta(3, C)) + retrieve(1, found(1, A)) + retrieve(3, found(3, C)) + removed(3),
    ({ address }) => (address === 'a.b' ? 500 : 204),
  );
  await using _ = lpa.isdr;
  const deliveries = await sendNotifications(lpa);
  assert.deepEqual(
    deliveries.map(({ seqNumber, delivered, error }) => [seqNumber, delivered, error?.message]),
    [
      [1, false, 'ES9+.HandleNotification: HTTP status 500'],
      [2, false, 'ES9+.HandleNotification: HTTP status 500'],
      [3, true, undefined],
    ],
  );
  assert.equal(sent.length, 2);
});

const executed = (status: string, statusCodeData?: Record<string, string>): PostAnswer => ({
  status: 200,
  body: JSON.stringify({ header: { functionExecutionStatus: { status, ...(statusCodeData && { statusCodeData }) } } }),
});
const REFUSED = { subjectCode: '8.2.6', reasonCode: '3.8' };

const ACCEPTED: readonly [what: string, answer: PostAnswer][] = [
  ['204', { status: 204, body: '' }],
  ['200 with an empty body', { status: 200, body: '' }],
  ['202 with an empty body', { status: 202, body: '' }],
  ['Executed-Success', executed('Executed-Success')],
  ['Executed-WithWarning', executed('Executed-WithWarning', REFUSED)],
  ['a JSON object without a header', { status: 200, body: '{}' }],
  ['a JSON object without functionExecutionStatus', { status: 200, body: '{"header":{}}' }],
];
const NOT_ACCEPTED: readonly [what: string, answer: PostAnswer, code: string][] = [
  ['Failed', executed('Failed', REFUSED), 'server'],
  ['Failed without codes', executed('Failed'), 'server'],
  ['Expired', executed('Expired', { subjectCode: '8.8.5', reasonCode: '4.10' }), 'server'],
  ['Failed with HTTP status 202', { ...executed('Failed', REFUSED), status: 202 }, 'server'],
  ['HTML', { status: 200, body: '<!doctype html><title>Sign in</title>' }, 'decode'],
  ['text', { status: 200, body: 'OK' }, 'decode'],
  ['a JSON array', { status: 200, body: '[]' }, 'decode'],
  ['a JSON object cut off', { status: 200, body: '{"header":{"functionExecutionStatus":{"status":"Exec' }, 'decode'],
  ['functionExecutionStatus without a status', { status: 200, body: '{"header":{"functionExecutionStatus":{}}}' }, 'decode'],
  ['HTTP status 404', { status: 404, body: '' }, 'network'],
  ['HTTP status 503 with Executed-Success', { ...executed('Executed-Success'), status: 503 }, 'network'],
];

test('removes a notification only after an answer that accepts it', async () => {
  for (const [what, answer] of ACCEPTED) {
    const { lpa } = await lpaOn(list(meta(1, A)) + retrieve(1, found(1, A)) + removed(1), () => answer);
    await using _ = lpa.isdr;
    assert.deepEqual(
      (await sendNotifications(lpa)).map(({ delivered, error }) => [delivered, error]),
      [[true, undefined]],
      what,
    );
  }
  for (const [what, answer, code] of NOT_ACCEPTED) {
    const { lpa } = await lpaOn(list(meta(1, A)) + retrieve(1, found(1, A)), () => answer);
    await using _ = lpa.isdr;
    assert.deepEqual(
      (await sendNotifications(lpa)).map(({ delivered, error }) => [delivered, error?.code]),
      [[false, code]],
      what,
    );
  }
});

test('a refused notification stays, and the next one for that address is accepted and removed', async () => {
  const { lpa, sent } = await lpaOn(
    list(meta(1, A), meta(2, A)) + retrieve(1, found(1, A)) + retrieve(2, found(2, A)) + removed(2),
    (_, nth) => (nth === 1 ? executed('Failed', REFUSED) : 204),
  );
  await using _ = lpa.isdr;
  assert.deepEqual(
    (await sendNotifications(lpa)).map(({ seqNumber, delivered, error }) => [seqNumber, delivered, error?.message]),
    [
      [1, false, 'ES9+.HandleNotification: refused (8.2.6/3.8)'],
      [2, true, undefined],
    ],
  );
  assert.equal(sent.length, 2);
});

test('after an answer that cannot be read nothing more goes to that address', async () => {
  const { lpa, sent } = await lpaOn(list(meta(1, A), meta(2, A)) + retrieve(1, found(1, A)), () => ({ status: 200, body: 'OK' }));
  await using _ = lpa.isdr;
  assert.deepEqual(
    (await sendNotifications(lpa)).map(({ delivered, error }) => [delivered, error?.code]),
    [
      [false, 'decode'],
      [false, 'decode'],
    ],
  );
  assert.equal(sent.length, 1);
});

test('a notification that the eUICC lists and does not give does not keep the next one from its server', async () => {
  const { lpa, sent } = await lpaOn(
    `${list(meta(1, A), meta(2, A))}${retrieve(1, 'BF2B 02 A0 00 9000')}
    > 81 E2 91 00 03 BF2B 00 00
    < BF2B 02 A0 00 9000${retrieve(2, found(2, A))}${removed(2)}`,
  );
  await using _ = lpa.isdr;
  assert.deepEqual(
    (await sendNotifications(lpa)).map(({ delivered, error }) => [delivered, error?.code]),
    [
      [false, 'euicc'],
      [true, undefined],
    ],
  );
  assert.equal(sent.length, 1);
});

test('a card that refuses every number gives its whole list', async () => {
  const { lpa, sent } = await lpaOn(
    `${list(meta(1, A))}${retrieve(1, 'BF2B 03 81 01 7F 9000')}
    > 81 E2 91 00 03 BF2B 00 00
    < BF2B 32 A0 30 ${pending(2, A)} ${pending(1, A)} 9000${removed(1)}`,
  );
  await using _ = lpa.isdr;
  assert.equal((await sendNotifications(lpa))[0]?.delivered, true);
  assert.deepEqual(
    sent.map(({ notification }) => notification),
    [octetsOf(pending(1, A))],
  );
});

test('a card that filters every notification out gives its whole list', async () => {
  const { lpa, sent } = await lpaOn(
    `${list(meta(1, A))}${retrieve(1, 'BF2B 02 A0 00 9000')}
    > 81 E2 91 00 03 BF2B 00 00
    < BF2B 32 A0 30 ${pending(2, A)} ${pending(1, A)} 9000${removed(1)}`,
  );
  await using _ = lpa.isdr;
  assert.equal((await sendNotifications(lpa))[0]?.delivered, true);
  assert.deepEqual(
    sent.map(({ notification }) => notification),
    [octetsOf(pending(1, A))],
  );
});

test('an address that is no host stays on the card, one with a space at its end is mended', async () => {
  const { lpa, sent } = await lpaOn(list(meta(1, '2F2F78'), meta(2, '616220')) + retrieve(2, found(2, '616220')) + removed(2));
  await using _ = lpa.isdr;
  const deliveries = await sendNotifications(lpa);
  assert.deepEqual(
    deliveries.map(({ seqNumber, delivered, error }) => [seqNumber, delivered, error?.code]),
    [
      [1, false, 'trust'],
      [2, true, undefined],
    ],
  );
  assert.deepEqual(
    sent.map(({ address }) => address),
    ['ab'],
  );
});

test('only those asked for are sent; number 0 is a number', async () => {
  const { lpa } = await lpaOn(list(meta(0, A), meta(1, A)) + retrieve(0, found(0, A)) + removed(0));
  await using _ = lpa.isdr;
  assert.deepEqual(
    (await sendNotifications(lpa, { seqNumbers: [0] })).map(({ seqNumber }) => seqNumber),
    [0],
  );
});

test('a network that is down loses nothing', async () => {
  const { lpa } = await lpaOn(list(meta(1, A)) + retrieve(1, found(1, A)), () => 0);
  await using _ = lpa.isdr;
  const [delivery] = await sendNotifications(lpa);
  assert.equal(delivery?.error?.code, 'network');
});

test('each address has its own time: what is left over stays on the card, and says why', async () => {
  const { lpa } = await lpaOn(list(meta(1, A), meta(2, C)) + retrieve(1, found(1, A)) + retrieve(2, found(2, C)));
  const never: Lpa = {
    ...lpa,
    servers: {
      ...lpa.servers,
      post: ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    },
  };
  const deliveries = await sendNotifications(never, { deadlineMs: 30 });
  await lpa.isdr[Symbol.asyncDispose]();
  assert.deepEqual(
    deliveries.map(({ seqNumber, delivered, error }) => [seqNumber, delivered, (error as NetworkError).problem]),
    [
      [1, false, 'timeout'],
      [2, false, 'timeout'],
    ],
  );
});

test('an address that does not answer does not delay the others', async () => {
  const { lpa } = await lpaOn(list(meta(1, A), meta(2, C)) + retrieve(1, found(1, A)) + retrieve(2, found(2, C)) + removed(2));
  let answer: (() => void) | undefined;
  const post: Post = ({ address, signal }) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      if (address === 'a.b') answer = () => resolve({ status: 503, body: '' });
      else {
        answer?.(); // the first server answers only now that the second one was asked
        resolve({ status: 204, body: '' });
      }
    });
  const deliveries = await sendNotifications({ ...lpa, servers: { ...lpa.servers, post } }, { deadlineMs: 2000 });
  await lpa.isdr[Symbol.asyncDispose]();
  assert.deepEqual(
    deliveries.map(({ seqNumber, delivered, error }) => [seqNumber, delivered, (error as NetworkError | undefined)?.problem]),
    [
      [1, false, 'http'],
      [2, true, undefined],
    ],
  );
});

test('a server that takes connections and says nothing, at the lowest number: the other server gets its notification', async () => {
  await using bench = await openBench();
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  try {
    const { port } = silent.address() as AddressInfo;
    const { seqNumber } = await bench.download();
    const [result] = bench.card.state.notifications;
    assert.ok(result);
    // The eUICC lists a notification for the silent server first.
    bench.card.state.notifications.unshift({ ...result, seqNumber: 0, address: `localhost:${port}` });
    const started = performance.now();
    const deliveries = await sendNotifications(bench.lpa, { deadlineMs: 1500 });
    assert.deepEqual(
      deliveries.map((each) => [each.seqNumber, each.delivered]),
      [
        [0, false],
        [seqNumber, true],
      ],
    );
    assert.ok(performance.now() - started < 5000);
    assert.equal(bench.smdp.state.orders[0]?.state, 'installed');
  } finally {
    silent.close();
  }
});

test('one server written in two ways is one address: its notifications go in order', async () => {
  const AS_WRITTEN = '412E62'; // A.b
  const { lpa, sent } = await lpaOn(
    list(meta(1, AS_WRITTEN), meta(2, A)) +
      retrieve(1, found(1, AS_WRITTEN)) +
      removed(1) +
      retrieve(2, found(2, A)) +
      removed(2),
  );
  await using _ = lpa.isdr;
  await sendNotifications(lpa);
  assert.deepEqual(
    sent.map(({ address, notification }) => [address, notification]),
    [
      ['a.b', octetsOf(pending(1, AS_WRITTEN))],
      ['a.b', octetsOf(pending(2, A))],
    ],
  );
});

test('a notification that was refused before is sent after the others for its address, and forgotten when accepted', async () => {
  const { lpa } = await lpaOn(
    list(meta(1, A), meta(2, A), meta(3, A)) +
      retrieve(3, found(3, A)) +
      removed(3) +
      retrieve(1, found(1, A)) +
      removed(1) +
      retrieve(2, found(2, A)),
    (_, nth) => (nth === 3 ? executed('Failed', REFUSED) : 204),
  );
  await using _ = lpa.isdr;
  const reasons = new Map([
    [1, '8.2.6/3.8'],
    [2, '8.2.6/3.8'],
  ]);
  const refusedNotifications: RefusedNotifications = {
    reasonOf: ({ seqNumber }) => reasons.get(seqNumber),
    note: ({ seqNumber }, reason) => void reasons.set(seqNumber, reason),
    forget: ({ seqNumber }) => void reasons.delete(seqNumber),
  };
  const deliveries = await sendNotifications({ ...lpa, refusedNotifications });
  assert.deepEqual(
    deliveries.map(({ seqNumber, delivered, isRepeated }) => [seqNumber, delivered, isRepeated]),
    [
      [3, true, undefined],
      [1, true, undefined],
      [2, false, true],
    ],
  );
  assert.deepEqual([...reasons.keys()], [2]);
});

test('a card that is gone ends the address: the other notifications have the same error, without a command', async () => {
  const { lpa, sent } = await lpaOn(list(meta(1, A), meta(2, A), meta(3, C)));
  const gone = new CardError('the card is gone', { problem: 'gone' });
  await using isdr = lpa.isdr;
  const call = isdr.call.bind(isdr);
  let asked = 0;
  isdr.call = async (fn, request) => {
    if (fn.name !== 'ES10b.RetrieveNotificationsList') return call(fn, request);
    asked += 1;
    throw gone;
  };
  const deliveries = await sendNotifications(lpa);
  assert.deepEqual(
    deliveries.map(({ seqNumber, delivered, error }) => [seqNumber, delivered, error]),
    [
      [1, false, gone],
      [2, false, gone],
      [3, false, gone],
    ],
  );
  assert.deepEqual([asked, sent], [2, []]);
});

test('a notification that was accepted and is not removed has an error, and the next one is sent', async () => {
  const { lpa, sent } = await lpaOn(
    list(meta(1, A), meta(2, A)) +
      retrieve(1, found(1, A)) +
      removed(1).replace('80 01 00 9000', '80 01 7F 9000') +
      retrieve(2, found(2, A)) +
      removed(2),
  );
  await using _ = lpa.isdr;
  assert.deepEqual(
    (await sendNotifications(lpa)).map(({ delivered, error }) => [delivered, error?.message]),
    [
      [false, 'ES10b.RemoveNotificationFromList: undefinedError'],
      [true, undefined],
    ],
  );
  assert.equal(sent.length, 2);
});

test('after Ctrl-C no notification is read or sent, with or without a time limit', async () => {
  for (const options of [{}, { deadlineMs: 60_000 }]) {
    const { lpa, sent } = await lpaOn(list(meta(1, A), meta(2, A)));
    await using _ = lpa.isdr;
    const signal = AbortSignal.abort(new CancelledError('postponed'));
    const deliveries = await sendNotifications({ ...lpa, signal }, options);
    assert.deepEqual(
      deliveries.map(({ delivered, error }) => [delivered, error?.code]),
      [
        [false, 'cancelled'],
        [false, 'cancelled'],
      ],
    );
    assert.deepEqual(sent, []);
  }
});

test('Ctrl-C during a request reaches the request, although each address has a time limit', async () => {
  const abort = new AbortController();
  const { lpa } = await lpaOn(list(meta(1, A)) + retrieve(1, found(1, A)));
  await using _ = lpa.isdr;
  const post: Post = ({ signal }) => {
    const stopped = once(signal!, 'abort').then(() => {
      throw signal!.reason;
    });
    abort.abort(new CancelledError('postponed'));
    return stopped as never;
  };
  const waiting = { ...lpa, servers: { ...lpa.servers, post }, signal: abort.signal };
  const [delivery] = await sendNotifications(waiting, { deadlineMs: 60_000 });
  assert.deepEqual([delivery?.delivered, delivery?.error?.code], [false, 'cancelled']);
});

test('an error of the program at one address is thrown, after the other addresses were served', async () => {
  const { lpa, sent } = await lpaOn(
    list(meta(1, A), meta(2, C)) + retrieve(1, found(1, A)) + retrieve(2, found(2, C)) + removed(2),
    ({ address }) => {
      if (address === 'a.b') throw new RangeError('a bug');
      return 204;
    },
  );
  await using _ = lpa.isdr;
  await assert.rejects(sendNotifications(lpa), RangeError);
  assert.equal(sent.length, 2);
});
