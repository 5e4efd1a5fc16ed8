/**
 * How a session ends, row by row of the table in src/lpa/procedures/session.ts: what card and server are told, and what becomes of
 * the activation code. A whole lab in this process, with a fault or an answer that brings each about.
 */
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { newCardState } from '../../src/lab/euicc/state.ts';
import type { NewOrder } from '../../src/lab/smdp/order.ts';
import type { CreatedOrder } from '../../src/lab/smdp/smdp.ts';
import { fromBase64, toBase64, toHex } from '../../src/lpa/bytes.ts';
import { iso7816Card } from '../../src/lpa/card/iso7816.ts';
import { LpaError, NetworkError, TrustError, UsageError } from '../../src/lpa/errors.ts';
import type { PostRequest } from '../../src/lpa/es9/function.ts';
import { openIsdr } from '../../src/lpa/es10/open-isdr.ts';
import type { DoorEvent } from '../../src/lpa/events.ts';
import { parseActivationCode } from '../../src/lpa/procedures/activation-code.ts';
import { targetOf } from '../../src/lpa/procedures/authenticate.ts';
import { type Consent, downloadProfile } from '../../src/lpa/procedures/download.ts';
import type { Lpa } from '../../src/lpa/procedures/lpa.ts';
import { CancelSessionRequest } from '../../src/lpa/sgp22/authentication.ts';
import { GetRatResponse } from '../../src/lpa/sgp22/policy.ts';
import { StoreMetadataRequest } from '../../src/lpa/sgp22/profile.ts';
import { linkTo } from '../lab/euicc/harness.ts';
import { EID, mintDomain, openBench, sharedDomain } from '../lab/smdp/harness.ts';
import { type Whole, wholeLab } from '../lab/whole.ts';

interface Told {
  /** The class of the error and what it names; `installed` where there is none. */
  readonly ends: string;
  /** Reasons of ES10b.CancelSession, as asked of the card. */
  readonly card: readonly string[];
  /** How many times the server was sent ES9+.CancelSession. */
  readonly server: number;
  readonly code: string | undefined;
}

interface Session extends Told {
  readonly events: readonly DoorEvent[];
}

type Setting = { readonly consent?: Consent; readonly lpa?: Partial<Lpa>; readonly watch?: (event: DoorEvent) => void };

/** One download from end to end. */
async function sessionOf(
  lab: Whole,
  { activationCode }: Pick<CreatedOrder, 'activationCode'>,
  { consent = agree, lpa, watch }: Setting = {},
): Promise<Session> {
  const events: DoorEvent[] = [];
  const listener = (event: DoorEvent): void => {
    events.push(event);
    watch?.(event);
  };
  const found = await openIsdr(iso7816Card(await linkTo(lab.card, lab.card.manners.protocol)), { listener });
  let ends = 'installed';
  let code: string | undefined;
  try {
    await downloadProfile({ ...lab.lpaWith(found), listener, ...lpa }, targetOfOrder({ activationCode }), consent);
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    ends = error.code;
    code = error.codeState;
  }
  await Promise.resolve(found[Symbol.asyncDispose]()).catch(() => {}); // it may have been pulled
  const card = events.flatMap((event) =>
    event.type === 'call' && event.name === 'ES10b.CancelSession' ? [CancelSessionRequest.decode(event.request).reason] : [],
  );
  return { ends, card, server: called(events, 'ES9+.CancelSession'), code, events };
}

const called = (events: readonly DoorEvent[], wanted: string): number =>
  events.filter((event) => event.type === 'call' && event.name === wanted).length;

const agree: Consent = async () => ({});
const NO_RULES = toHex(GetRatResponse.encode({ rat: [] }));

interface Case {
  readonly server?: string;
  readonly card?: readonly string[];
  readonly manners?: readonly string[];
  readonly order?: NewOrder;
  readonly rat?: string;
  readonly consent?: Consent;
  /** Error code | reason at the card | CancelSession sent to the server | the code afterwards. */
  readonly ends: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'a server that is not to be trusted': { server: 'relay', ends: 'trust | | 0 | untouched' },
  'AuthenticateServer refused': { server: 'wrong-signature1', ends: 'euicc | | 0 | untouched' },
  'the network before AuthenticateServer': { server: 'hangup@initiateAuthentication', ends: 'network | | 0 | untouched' },
  'refused for good': {
    consent: async () => ({ cancel: 'endUserRejection' }),
    ends: 'cancelled | endUserRejection | 1 | ended',
  },
  later: { consent: async () => ({ cancel: 'postponed' }), ends: 'cancelled | postponed | 1 | good' },
  'no answer': { consent: async () => ({ cancel: 'timeout' }), ends: 'cancelled | timeout | 1 | good' },
  'no confirmation code at hand': { order: { confirmationCode: '1234' }, ends: 'usage | postponed | 1 | good' },
  'nobody there to be asked': {
    consent: async () => {
      throw new UsageError('nobody is there');
    },
    ends: 'usage | postponed | 1 | good',
  },
  'a rule not accepted': { order: { rules: ['ppr2'] }, ends: 'usage | postponed | 1 | good' },
  'a rule that the card does not allow': {
    order: { rules: ['ppr2'] },
    rat: NO_RULES,
    ends: 'policy | pprNotAllowed | 1 | ended',
  },
  'a network error after AuthenticateServer': {
    server: 'hangup@getBoundProfilePackage',
    ends: 'network | timeout | 1 | likelyGood',
  },
  'a refusal that keeps the order': { server: 'status:8.2/1.2', ends: 'server | | 0 | good' },
  'a refusal that ends it': { server: 'status:8.2.1/3.3', ends: 'server | | 0 | ended' },
  'a matching ID refused without a reason': { server: 'status:8.2.6/3.8', ends: 'server | | 0 | unknown' },
  'a refusal that tells nothing': { server: 'status:8.2/3.7@getBoundProfilePackage', ends: 'server | | 0 | unknown' },
  'an order that expired': { server: 'expired', ends: 'server | | 0 | ended' },
  'a wrong confirmation code, the only one': {
    order: { confirmationCode: '1234' },
    consent: async () => ({ confirmationCode: '9999', onlyCode: true }),
    ends: 'server | | 0 | good',
  },
  'PrepareDownload refused': { server: 'wrong-signature2', ends: 'euicc | undefinedReason | 1 | likelyEnded' },
  'PrepareDownload without a session': {
    card: ['refuse@PrepareDownload:noSessionContext'],
    ends: 'euicc | | 0 | likelyGood',
  },
  'PrepareDownload of another transaction': {
    card: ['refuse@PrepareDownload:invalidTransactionId'],
    ends: 'euicc | | 0 | likelyGood',
  },
  'PrepareDownload refused, and the cancellation not signed': {
    card: ['refuse@PrepareDownload:undefinedError', 'refuse@CancelSession:undefinedError'],
    ends: 'euicc | undefinedReason | 0 | likelyGood',
  },
  'a trust check after AuthenticateClient': { server: 'dppb-other-oid', ends: 'trust | undefinedReason | 1 | likelyEnded' },
  'metadata that differs': { server: 'metadata-unlike', ends: 'trust | metadataMismatch | 1 | ended' },
  'a malformed package': { server: 'package-truncated', ends: 'decode | loadBppExecutionError | 1 | ended' },
  'an answer nobody can read': { server: 'no-header@authenticateClient', ends: 'decode | | 0 | likelyGood' },
  'a segment was sent, a bad result came': {
    card: ['refuse@segment:5:installFailedDueToPEProcessingError'],
    ends: 'euicc | | 0 | used',
  },
  'a segment was sent, an interruption': {
    card: ['refuse@segment:5:installFailedDueToInterruption'],
    ends: 'euicc | | 0 | mayRetry',
  },
  'a segment was sent, not enough memory': {
    card: ['refuse@segment:5:installFailedDueToInsufficientMemoryForProfile'],
    ends: 'euicc | | 0 | mayRetry',
  },
  'all was sent, the result is only on the card': { card: ['no-result'], ends: 'installed | | 0 | ' },
  'all was sent, the result is in the whole list only': {
    manners: ['whole-list'],
    card: ['no-result'],
    ends: 'installed | | 0 | ',
  },
  'a segment was sent, a status word came': {
    card: ['status-word@segment:4'],
    ends: 'card/status-word | loadBppExecutionError | 1 | unknown',
  },
  'a segment was sent, and the card is gone': { card: ['pull@segment:5'], ends: 'card | | 0 | unknown' },
};

for (const [what, { server, card = [], manners, order = {}, rat, consent, ends }] of Object.entries(CASES)) {
  test(`${what}: ${ends}`, async () => {
    await using lab = await labWith({ server, card, manners, rat });
    const session = await sessionOf(
      lab,
      lab.bench.smdp.createOrder({ package: { size: 2400 }, ...order }),
      consent && { consent },
    );
    assert.deepEqual(
      [session.ends, session.card.join(' '), session.server, session.code].join(' | ').replace('|  |', '| |'),
      ends,
    );
  });
}

const labWith = ({
  server,
  card = [],
  manners = [],
  rat,
}: {
  server?: string | undefined;
  card?: readonly string[];
  manners?: readonly string[] | undefined;
  rat?: string | undefined;
}) =>
  wholeLab(
    { faults: card, manners, state: newCardState({ eid: EID, ...(rat !== undefined && { rat }) }) },
    server === undefined ? {} : { faults: [server] },
  );

test('an activation code that names its CI is for servers under that CI alone', async () => {
  await using lab = await labWith({});
  const { activationCode, order } = lab.bench.smdp.createOrder({ package: { size: 2400 } });
  const { ciPKId } = await sharedDomain();
  const other = await sessionOf(lab, { activationCode: `${activationCode}$$$${'0'.repeat(40)}` });
  assert.deepEqual([other.ends, other.card, other.server, other.code], ['trust', [], 0, 'untouched']);
  assert.equal(called(other.events, 'ES10b.AuthenticateServer'), 0);
  assert.equal(order.state, 'released');
  const dashed = ciPKId.toLowerCase().replace(/(.{8})(?=.)/g, '$1-');
  assert.equal((await sessionOf(lab, { activationCode: `${activationCode}$$$${dashed}` })).ends, 'installed');
});

test('ICCID already there: postponed, before anybody is asked', async () => {
  await using lab = await labWith({});
  const first = lab.bench.smdp.createOrder();
  assert.equal((await sessionOf(lab, first)).ends, 'installed');
  lab.bench.smdp.state.remove(first.order.iccid);
  const twin = lab.bench.smdp.createOrder({ iccid: first.order.iccid });
  // A success result for this ICCID that the SM-DP+ has not got yet ends the order when it arrives.
  for (const code of ['used', 'good'] as const) {
    const ending = await sessionOf(lab, twin, { consent: () => assert.fail('it was asked for') });
    const { ends, card, server } = ending;
    assert.deepEqual({ ends, card, server, code: ending.code }, { ends: 'euicc', card: ['postponed'], server: 1, code });
    assert.equal(twin.order.state, 'released');
    lab.card.state.notifications = [];
  }
});

test('Ctrl-C while the user is asked, while the server works: postponed', async () => {
  await using lab = await labWith({});
  const order = lab.bench.smdp.createOrder();
  const atPrompt = new AbortController();
  const asked = await sessionOf(lab, order, {
    lpa: { signal: atPrompt.signal },
    consent: async () => {
      atPrompt.abort(new Error('Ctrl-C'));
      return {};
    },
  });
  assert.deepEqual([asked.ends, asked.card, asked.server, asked.code], ['cancelled', ['postponed'], 1, 'good']);
  assert.equal(called(asked.events, 'ES10b.PrepareDownload'), 0);
  const underWay = new AbortController();
  const worked = await sessionOf(lab, order, {
    lpa: {
      signal: underWay.signal,
      servers: withPost(lab, (request, post) => {
        if (request.name === 'ES9+.GetBoundProfilePackage') underWay.abort(new Error('Ctrl-C'));
        return post(request);
      }),
    },
  });
  assert.deepEqual([worked.ends, worked.card, worked.server, worked.code], ['cancelled', ['postponed'], 1, 'good']);
  assert.equal((await sessionOf(lab, order)).ends, 'installed');
});

test('a TLS certificate that is not trusted, at a connection made anew: as a network error, for nobody spoke for the server', async () => {
  await using lab = await labWith({});
  const order = lab.bench.smdp.createOrder();
  const servers = withPost(lab, async (request, post) => {
    if (request.name !== 'ES9+.GetBoundProfilePackage') return post(request);
    throw new TrustError('tlsAnchor', 'localhost: the certificate of somebody else');
  });
  const { ends, card, server, code } = await sessionOf(lab, order, { lpa: { servers } });
  assert.deepEqual({ ends, card, server, code }, { ends: 'trust', card: ['timeout'], server: 1, code: 'likelyGood' });
  assert.equal((await sessionOf(lab, order)).ends, 'installed');
});

test('Ctrl-C while the eUICC checks the server: the card is told, the server is not, and the code is untouched', async () => {
  await using lab = await labWith({});
  const order = lab.bench.smdp.createOrder();
  const stop = new AbortController();
  const seen: DoorEvent[] = [];
  const { ends, card, server, code, events } = await sessionOf(lab, order, {
    lpa: { signal: stop.signal },
    watch(event) {
      seen.push(event);
      if (event.type === 'call' && event.name === 'ES10b.AuthenticateServer') stop.abort(new Error('Ctrl-C'));
    },
  });
  assert.deepEqual({ ends, card, server, code }, { ends: 'cancelled', card: ['postponed'], server: 0, code: 'untouched' });
  assert.equal(called(events, 'ES9+.AuthenticateClient'), 0);
  assert.deepEqual(
    seen.filter(({ type }) => type === 'warning'),
    [],
  );
  assert.equal((await sessionOf(lab, order)).ends, 'installed');
});

test('AuthenticateClient without a connection: timeout on the card alone, and the code is untouched', async () => {
  await using lab = await labWith({});
  const order = lab.bench.smdp.createOrder();
  const servers = withPost(lab, (request, post) =>
    post(request.name === 'ES9+.AuthenticateClient' ? { ...request, address: 'localhost:1' } : request),
  );
  const { ends, card, server, code } = await sessionOf(lab, order, { lpa: { servers } });
  assert.deepEqual({ ends, card, server, code }, { ends: 'network', card: ['timeout'], server: 0, code: 'untouched' });
});

test('Ctrl-C after AuthenticateClient was sent: both sides are told', async () => {
  await using lab = await labWith({ server: 'delay:300ms@authenticateClient' });
  const stop = new AbortController();
  const servers = withPost(lab, (request, post) => {
    if (request.name === 'ES9+.AuthenticateClient') setTimeout(() => stop.abort(new Error('Ctrl-C')), 20);
    return post(request);
  });
  const { ends, card, server, code } = await sessionOf(lab, lab.bench.smdp.createOrder(), {
    lpa: { signal: stop.signal, servers },
  });
  assert.deepEqual([ends, card, server], ['cancelled', ['postponed'], 1], code);
});

test('Ctrl-C before the session: nothing to cancel, and the code was not used', async () => {
  await using lab = await labWith({});
  const stop = new AbortController();
  const servers = withPost(lab, async () => {
    stop.abort(new Error('Ctrl-C'));
    throw new NetworkError('broken off', { problem: 'reset' });
  });
  const { ends, card, server, code } = await sessionOf(lab, lab.bench.smdp.createOrder(), {
    lpa: { servers, signal: stop.signal },
  });
  assert.deepEqual({ ends, card, server, code }, { ends: 'cancelled', card: [], server: 0, code: 'untouched' });
});

test('a segment was sent, a bad result came: nothing more is sent, nothing is asked, nothing is cancelled', async () => {
  await using lab = await labWith({ card: ['refuse@segment:5:installFailedDueToPEProcessingError'] });
  const { events, card } = await sessionOf(lab, lab.bench.smdp.createOrder({ package: { size: 2400 } }));
  const taken = events.flatMap((event) => (event.type === 'progress' ? [event.sent / event.total] : []));
  assert.ok(taken.length === 6 && taken.every((part) => part < 1), `${taken}`);
  assert.equal(called(events, 'ES10b.RetrieveNotificationsList'), 0);
  assert.deepEqual(card, []);
});

test('a segment was sent, no result came: the notifications are searched before anything is cancelled', async () => {
  await using lab = await labWith({ card: ['status-word@segment:4'] });
  const { events } = await sessionOf(lab, lab.bench.smdp.createOrder({ package: { size: 2400 } }));
  const names = events.flatMap((event) => (event.type === 'call' ? [event.name] : []));
  assert.deepEqual(names.slice(-3), ['ES10b.RetrieveNotificationsList', 'ES10b.CancelSession', 'ES9+.CancelSession']);
});

test('the result of another session is not taken for this one', async () => {
  await using lab = await labWith({});
  assert.equal((await sessionOf(lab, lab.bench.smdp.createOrder({ package: { size: 2400 } }))).ends, 'installed');
  await using faulty = await wholeLab({ faults: ['status-word@segment:4'], state: lab.card.state });
  const { ends, code } = await sessionOf(
    faulty,
    faulty.bench.smdp.createOrder({ package: { size: 2400 }, iccid: '89000000000000000017' }),
  );
  assert.deepEqual([ends, code], ['card/status-word', 'unknown']);
});

test('a cancellation after a network error is tried once, for 5 s; any other for 15 s', async () => {
  for (const [server, timeoutMs] of [
    ['hangup@getBoundProfilePackage', 5000],
    ['metadata-unlike', 15_000],
  ] as const) {
    await using lab = await labWith({ server });
    const cancelled: (number | undefined)[] = [];
    const servers = withPost(lab, async (request, post) => {
      if (request.name !== 'ES9+.CancelSession') return post(request);
      cancelled.push(request.timeoutMs);
      throw new NetworkError('gone', { problem: 'refused' });
    });
    const { code } = await sessionOf(lab, lab.bench.smdp.createOrder(), { lpa: { servers } });
    assert.deepEqual(cancelled, [timeoutMs]);
    assert.equal(code, 'likelyGood', 'what the server did not hear it did not do');
  }
});

test('after a wrong confirmation code the code alone is asked for only where the metadata is octet for octet the same', async () => {
  for (const changes of [false, true]) {
    await using lab = await labWith({});
    const created = lab.bench.smdp.createOrder({ confirmationCode: '1234', profileName: 'Alpha' });
    const seen: [boolean, boolean][] = [];
    const { ends } = await sessionOf(lab, created, {
      consent: async ({ confirmationCodeRefused, consentedBefore }) => {
        seen.push([confirmationCodeRefused, consentedBefore]);
        if (seen.length === 2) return { confirmationCode: '1234' };
        if (changes) rename(created, 'Bravo');
        return { confirmationCode: '9999' };
      },
    });
    assert.equal(ends, 'installed');
    assert.deepEqual(seen, [
      [false, false],
      [true, !changes],
    ]);
  }
});

test('CERT.DPauth under a test CI: refused before the card is asked, unless that was asked for', async () => {
  const vectors = new URL('../../../test/vectors/sgp26/CertificateIssuer/', import.meta.url);
  const domain = await mintDomain('P-256', undefined, {
    certificate: Uint8Array.from(readFileSync(new URL('CERT_CI_ECDSA_NIST.der', vectors))),
    privateKey: createPrivateKey(readFileSync(new URL('SK_CI_ECDSA_NIST.pem', vectors))),
  });
  // The TLS connection is let through: it is the session that is looked at.
  const anchors = async () => ({ ciPKIds: [domain.ciPKId], ca: [], allowTestCi: true, strictCi: false });
  await using bench = await openBench({ domains: [domain], door: { anchors } });
  await assert.rejects(bench.download(), { check: 'testCi', codeState: 'untouched' });
  assert.ok(!bench.log.some(({ event }) => event === 'ES10b.AuthenticateServer'));
  Object.assign(bench.lpa, { allowTestCi: true });
  await bench.download();
});

test('a package of more than 2 MiB is refused before the first segment', async () => {
  await using lab = await labWith({});
  const servers = withPost(lab, async (request, post) => {
    const answer = await post(request);
    if (request.name !== 'ES9+.GetBoundProfilePackage') return answer;
    const boundProfilePackage = Buffer.alloc(2 * 1024 * 1024 + 1).toString('base64');
    return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), boundProfilePackage }) };
  });
  const { events, card, code } = await sessionOf(lab, lab.bench.smdp.createOrder(), { lpa: { servers } });
  assert.ok(!events.some((event) => event.type === 'progress'));
  assert.deepEqual([card, code], [['loadBppExecutionError'], 'ended']);
  await using found = await lab.open();
  await assert.rejects(
    downloadProfile({ ...lab.lpaWith(found), servers }, targetOfOrder(lab.bench.smdp.createOrder()), agree),
    /2097153 octets, more than 2097152/,
  );
});

function rename({ order }: CreatedOrder, profileName: string): void {
  const metadata = StoreMetadataRequest.decode(fromBase64(order.metadata));
  order.metadata = toBase64(StoreMetadataRequest.encode({ ...metadata, profileName }));
}

const targetOfOrder = ({ activationCode }: Pick<CreatedOrder, 'activationCode'>) => targetOf(parseActivationCode(activationCode));

type PostOf = Lpa['servers']['post'];

/** The lab's servers, with somebody at the door. */
function withPost(lab: Whole, post: (request: PostRequest, on: PostOf) => ReturnType<PostOf>): Lpa['servers'] {
  const { door } = lab.bench;
  return { connect: door.connect, trustOf: door.trustOf, post: (request) => post(request, door.post) };
}
