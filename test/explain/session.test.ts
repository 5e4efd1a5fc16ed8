/** A whole download between the lab's card and SM-DP+, and everything that they said to each other explained. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Exchange, exchangesTree } from '../../src/inspect/apdu.ts';
import { everyNode, type Node } from '../../src/inspect/node.ts';
import { octetsTree } from '../../src/inspect/octets.ts';
import { textTree } from '../../src/inspect/text.ts';
import { toHex, utf8Text } from '../../src/lpa/bytes.ts';
import * as es10a from '../../src/lpa/es10/es10a.ts';
import * as es10b from '../../src/lpa/es10/es10b.ts';
import * as es10c from '../../src/lpa/es10/es10c.ts';
import type { DoorEvent } from '../../src/lpa/events.ts';
import { type Bench, openBench } from '../lab/smdp/harness.ts';
import { mulberry32, mutate } from './mutate.ts';

interface Session {
  readonly exchanges: readonly Exchange[];
  readonly bodies: readonly string[];
}

/** Two downloads, one of them refused, the life of a profile, and every question that a card answers. */
async function recorded(): Promise<Session> {
  const exchanges: Exchange[] = [];
  const bodies: string[] = [];
  const listener = (event: DoorEvent): void => {
    if (event.type === 'call' && event.door === 'server') bodies.push(utf8Text(event.request));
    if (event.type === 'answer' && event.door === 'server') bodies.push(utf8Text(event.response));
  };
  await using bench = await openBench();
  Object.assign(bench.lpa, { listener });
  record(bench, exchanges);
  const { isdr } = bench;
  const { iccid } = await bench.download(
    { profileName: 'Alpha', serviceProviderName: 'Operator', confirmationCode: '1234' },
    async () => ({
      confirmationCode: '1234',
    }),
  );
  await assert.rejects(bench.download({ profileName: 'Beta' }, async () => ({ cancel: 'postponed' })));
  await es10b.getRat(isdr);
  await es10b.listNotification(isdr);
  await bench.deliver();
  await es10a.getEuiccConfiguredAddresses(isdr);
  await isdr.call(es10a.SetDefaultDpAddress, { defaultDpAddress: 'smdp.example.com' });
  await isdr.call(es10b.GetEuiccInfo2, {});
  await es10c.getEid(isdr);
  await es10c.setNickname(isdr, iccid, 'Büro');
  await es10c.getProfilesInfo(isdr);
  await es10c.enableProfile(isdr, { iccid }, false);
  await assert.rejects(es10c.enableProfile(isdr, { iccid }, false));
  await isdr.reset();
  await es10c.disableProfile(isdr, { iccid }, false);
  await isdr.reset();
  await es10c.deleteProfile(isdr, { iccid });
  await assert.rejects(es10c.euiccMemoryReset(isdr, ['deleteOperationalProfiles']));
  await es10b.retrieveNotificationsList(isdr);
  return { exchanges, bodies };
}

/** Write down what goes over the contacts of the card. */
function record({ card }: Bench, exchanges: Exchange[]): void {
  const transmit = card.transmit.bind(card);
  Object.assign(card, {
    transmit: async (command: Uint8Array) => {
      const response = await transmit(command);
      exchanges.push({ command: command.slice(), response: response.slice() });
      return response;
    },
  });
}

let shared: Promise<Session> | undefined;
const session = (): Promise<Session> => {
  shared ??= recorded();
  return shared;
};

const wrong = (root: Node): string[] =>
  [...everyNode(root)]
    .filter(({ errors, name }) => errors || name.startsWith('unknown('))
    .map(({ name, errors, octets }) => `${name}: ${errors ?? octets}`);

test('every data object that the card takes and gives is known, in the trace of its APDUs', async () => {
  const { exchanges } = await session();
  const tree = await exchangesTree(exchanges, {});
  assert.deepEqual(wrong(tree), []);
  const said = new Set([...everyNode(tree)].filter(({ tag, offset }) => tag && offset === 0).map(({ name }) => name));
  const functions = [es10a, es10b, es10c].flatMap((module) =>
    Object.values(module).filter((value) => typeof value === 'object' && value !== null && 'request' in value),
  ) as { name: string; request: { name: string }; response: { name: string } }[];
  const unheard = functions.filter(({ request, response }) => !said.has(request.name) || !said.has(response.name));
  assert.deepEqual(
    unheard.map(({ name }) => name),
    ['ES10b.LoadCRL'],
  );
  assert.ok(said.has('BoundProfilePackage') && said.has('ProfileInstallationResult'));
});

test('the same trace as text gives the same tree', async () => {
  const { exchanges } = await session();
  const text = exchanges.map(({ command, response }) => `  > ${toHex(command)}\n  < ${toHex(response!)}`).join('\n');
  assert.deepEqual(await textTree(text, { platform: 'linux' }), await exchangesTree(exchanges, {}));
});

test('every body that servers are sent and give is known, member by member', async () => {
  const { bodies } = await session();
  const trees = await Promise.all(bodies.filter((body) => body !== '').map((body) => textTree(body, { platform: 'linux' })));
  for (const tree of trees) assert.deepEqual(wrong(tree!), []);
  const names = new Set(trees.flatMap((tree) => [...everyNode(tree!)].map(({ name }) => name)));
  for (const name of [
    'EUICCInfo1',
    'ServerSigned1',
    'SubjectKeyIdentifier',
    'Certificate',
    'AuthenticateServerResponse',
    'StoreMetadataRequest',
    'SmdpSigned2',
    'PrepareDownloadResponse',
    'BoundProfilePackage',
    'ProfileInstallationResult',
    'CancelSessionResponse',
  ]) {
    assert.ok(names.has(name), name);
  }
});

const MUTATIONS = 1000;

test(`${MUTATIONS} mutations of each of them give a tree each`, async () => {
  const { exchanges } = await session();
  const random = mulberry32(0x10b);
  const objects = new Map<string, Uint8Array>();
  for (const { command, response = new Uint8Array() } of exchanges) {
    for (const bytes of [command.subarray(5), response.subarray(0, -2)]) {
      if (bytes[0] === 0xbf && bytes.length < 2000) objects.set(toHex(bytes.subarray(0, 3)), bytes);
    }
  }
  assert.ok(objects.size > 30);
  for (const bytes of objects.values()) {
    for (let i = 0; i < MUTATIONS; i++) {
      const mutated = mutate(bytes, random);
      const started = performance.now();
      assert.ok((await octetsTree(mutated)).name !== '');
      assert.ok(performance.now() - started < 2000);
    }
  }
});
