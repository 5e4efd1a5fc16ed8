/** X-Admin-Protocol v2.5.0, and v2.2.2 where a server refuses it; the TAC of a computer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callNegotiated } from '../../src/lpa/es9/admin-protocol.ts';
import { type Post, type PostRequest, rspFunction, text } from '../../src/lpa/es9/function.ts';
import { openRspDoor } from '../../src/lpa/es9/https.ts';
import type { DoorEvent } from '../../src/lpa/events.ts';
import { deviceInfoOf } from '../../src/lpa/procedures/lpa.ts';
import { deviceInfo } from '../../src/lpa/sgp22/authentication.ts';
import { lpa } from '../cli/harness.ts';
import { labDoors, openLab } from '../cli/lab.ts';

const failed = (subjectCode: string, reasonCode: string): string =>
  JSON.stringify({ header: { functionExecutionStatus: { status: 'Failed', statusCodeData: { subjectCode, reasonCode } } } });

/** A lab whose server refuses every version but v2.2.2; the posts that it got. */
async function downloadWhere(refusal: { status: number; body: string }, older: 'accepted' | 'refused') {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder();
  const seen: string[] = [];
  let version = 'gsma/rsp/v2.5.0';
  const ran = await lpa(['download', activationCode, '--yes'], {
    doors: {
      ...labDoors(lab),
      openServers: async (options) => {
        const door = openRspDoor(options);
        const post: Post = async (request: PostRequest) => {
          version = request.adminProtocol ?? version;
          seen.push(`${request.name} ${version}`);
          return version === 'gsma/rsp/v2.5.0' || older === 'refused' ? refusal : door.post(request);
        };
        return { ...door, post, [Symbol.asyncDispose]: () => door[Symbol.asyncDispose]() };
      },
    },
  });
  return { ...ran, seen, state: order.state, address: lab.smdp.address };
}

for (const [what, refusal] of [
  ['HTTP 400', { status: 400, body: '' }],
  ['8.8.3/3.1', { status: 200, body: failed('8.8.3', '3.1') }],
  ['1.2.2/2.1', { status: 200, body: failed('1.2.2', '2.1') }],
] as const) {
  test(`${what} to InitiateAuthentication: tried once with v2.2.2, reported, and the profile is installed`, async () => {
    const { code, err, seen, state, address } = await downloadWhere(refusal, 'accepted');
    assert.equal(code, 0, err);
    assert.equal(state, 'installed');
    assert.deepEqual(seen.slice(0, 3), [
      'ES9+.InitiateAuthentication gsma/rsp/v2.5.0',
      'ES9+.InitiateAuthentication gsma/rsp/v2.2.2',
      'ES9+.AuthenticateClient gsma/rsp/v2.2.2',
    ]);
    assert.equal(err.match(/^warning:/gm)?.length, 1, err);
    assert.ok(err.includes(`warning: ${address} refused gsma/rsp/v2.5.0 and accepted gsma/rsp/v2.2.2\n`), err);
  });
}

test('a server that refuses both versions is asked twice, no more, and nothing is used', async () => {
  const { code, err, seen, state } = await downloadWhere({ status: 404, body: '' }, 'refused');
  assert.equal(code, 6);
  assert.equal(seen.length, 2);
  assert.match(err, /HTTP status 404/);
  assert.doesNotMatch(err, /^warning:/m);
  assert.equal(state, 'released');
});

test('another refusal, and HTTP 5xx, are not tried again', async () => {
  const fn = rspFunction({ name: 'ES9+.InitiateAuthentication', path: '/', request: { smdpAddress: text }, response: {} });
  for (const answer of [
    { status: 200, body: failed('8.8.1', '3.8') },
    { status: 503, body: '' },
  ]) {
    let asked = 0;
    const events: DoorEvent[] = [];
    const post: Post = async () => {
      asked += 1;
      return answer;
    };
    await assert.rejects(
      callNegotiated(post, 'smdp.example.com', fn, { smdpAddress: 'x' }, { listener: (event) => events.push(event) }),
    );
    assert.equal(asked, 1);
    assert.ok(!events.some(({ type }) => type === 'warning'));
  }
});

test('the default TAC is of the test range, in TBCD; --tac and --imei take its place', async () => {
  assert.equal(Buffer.from(deviceInfo.encode(deviceInfoOf())).toString('hex').slice(0, 12), '800400010100');
  assert.equal(deviceInfoOf('352906112345678').tac, '35290611');
  assert.equal(deviceInfoOf(undefined, '35290611').tac, '35290611');
  for (const [argv, message] of [
    [['--tac', '1234567'], '--tac: a TAC has 8 digits'],
    [['--tac', '12345678', '--imei', '352906112345678'], '--tac cannot be used with --imei'],
  ] as const) {
    const { code, err } = await lpa(['list', ...argv]);
    assert.deepEqual([code, err.split('\n')[0]], [2, `lpa: ${message}`]);
  }
});

test('8.2.5/4.3 with the default TAC: the hint names --imei and --tac; with a TAC that was given it does not', async () => {
  await using lab = await openLab({ faults: ['status:8.2.5/4.3@authenticateClient'] });
  const { activationCode } = lab.smdp.createOrder();
  const hintOf = async (...argv: string[]): Promise<string> => {
    const { code, err } = await lab.run(['download', activationCode, '--yes', '--json', ...argv]);
    assert.equal(code, 5);
    return JSON.parse(err.trimEnd().split('\n').at(-1) ?? '').error.remedy;
  };
  assert.match(await hintOf(), /the server received the default TAC: give --imei or --tac /);
  assert.doesNotMatch(await hintOf('--tac', '35290611'), /default TAC/);
});
