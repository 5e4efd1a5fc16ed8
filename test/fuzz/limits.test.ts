/**
 * The limits of docs/security.md, each with its own error. Those that stand beside what they limit: nesting and length
 * fields in asn1/tlv.test.ts, proactive commands in card/proactive.test.ts, redirects and times in es9/https.test.ts, the time
 * for notifications in procedures/notifications.test.ts.
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { mintCi, mintDpTls } from '../../src/lab/pki/mint.ts';
import { toBase64 } from '../../src/lpa/bytes.ts';
import type { Link } from '../../src/lpa/card/card.ts';
import { iso7816Card } from '../../src/lpa/card/iso7816.ts';
import { LpaError, NetworkError } from '../../src/lpa/errors.ts';
import { CancelSession } from '../../src/lpa/es9/es9p.ts';
import { callRsp, MAX_JSON, type Post } from '../../src/lpa/es9/function.ts';
import { openRspDoor } from '../../src/lpa/es9/https.ts';
import { listNotification, retrieveNotificationsList } from '../../src/lpa/es10/es10b.ts';
import { getProfilesInfo } from '../../src/lpa/es10/es10c.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { keyIdentifier, publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import { toPem } from '../../src/lpa/pki/pem.ts';
import { parseActivationCode } from '../../src/lpa/procedures/activation-code.ts';
import { downloadProfile } from '../../src/lpa/procedures/download.ts';
import { openBench } from '../lab/smdp/harness.ts';

test('4 MiB of JSON are read, an octet more is not', async () => {
  const ci = await mintCi({});
  const identity = await mintDpTls(ci, 'localhost');
  let octets = MAX_JSON;
  const server: Server = createServer(
    { key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: toPem(identity.certificate) },
    (request, response) => {
      request.resume();
      const answer = '{"header":{"functionExecutionStatus":{"status":"Executed-Success"}}}';
      response.end(answer + ' '.repeat(octets - answer.length));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = `localhost:${(server.address() as AddressInfo).port}`;
  const ciPKIds = [keyIdentifier(publicPoint(ci.privateKey))];
  await using door = openRspDoor({
    env: {},
    anchors: async () => ({ ciPKIds, ca: [], allowTestCi: false, strictCi: true }),
  });
  const call = () => callRsp(door.post, address, { ...CancelSession, request: {} }, {});
  try {
    assert.equal(MAX_JSON, 4 * 1024 * 1024);
    assert.deepEqual(await call(), {});
    octets++;
    await assert.rejects(call(), (error) => error instanceof NetworkError && error.problem === 'size');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a package of more than 2 MiB is refused before its first octet goes to the card', async () => {
  await using bench = await openBench();
  const { activationCode, order } = bench.smdp.createOrder();
  const { smdpAddress: address, matchingId } = parseActivationCode(activationCode);
  const post: Post = async (request) => {
    const answer = await bench.door.post(request);
    if (!request.path.endsWith('getBoundProfilePackage')) return answer;
    return {
      ...answer,
      body: JSON.stringify({ ...JSON.parse(answer.body), boundProfilePackage: toBase64(new Uint8Array(2 * 1024 * 1024 + 1)) }),
    };
  };
  const lpa = { ...bench.lpa, servers: { ...bench.door, post } };
  await assert.rejects(
    downloadProfile(lpa, { address, matchingId }, async () => ({})),
    (error) => {
      assert.ok(error instanceof LpaError);
      assert.equal(error.message, 'BoundProfilePackage: 2097153 octets, more than 2097152');
      assert.deepEqual([error.code, error.codeState], ['decode', 'ended']);
      return true;
    },
  );
  assert.equal(order.ended, 'loadBppExecutionError');
  assert.deepEqual(bench.card.state.profiles, []);
});

test('a card answers 64 KiB at most, a notification list 256 KiB', async () => {
  const link: Link = {
    name: 'endless',
    atr: new Uint8Array(),
    transmit: async ([, ins]) =>
      ins === 0x70
        ? Uint8Array.of(1, 0x90, 0)
        : ins === 0xe2 || ins === 0xc0
          ? Uint8Array.of(...new Uint8Array(256), 0x61, 0)
          : Uint8Array.of(0x90, 0),
    reset: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  await using isdr = await Isdr.open(iso7816Card(link));
  const refused = (octets: number) => ({
    name: 'DecodeError',
    message: new RegExp(`the card's answer is longer than ${octets} octets`),
  });
  await assert.rejects(getProfilesInfo(isdr), refused(64 * 1024));
  await assert.rejects(listNotification(isdr), refused(64 * 1024));
  await assert.rejects(retrieveNotificationsList(isdr), refused(256 * 1024));
});
