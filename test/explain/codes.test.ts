/** Every code has cause and remedy, and is found as people have it at hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARD_CAUSES } from '../../src/failures/card-problems.ts';
import { FAMILIES } from '../../src/failures/code-families.ts';
import { NETWORK_CAUSES } from '../../src/failures/network-problems.ts';
import { knownServerCodes } from '../../src/failures/server-codes.ts';
import { knownStatusWords } from '../../src/failures/status-words.ts';
import { TRUST_CAUSES } from '../../src/failures/trust-checks.ts';
import { lookUp } from '../../src/inspect/lookup.ts';
import { everyNode, type Node } from '../../src/inspect/node.ts';
import { octetsTree } from '../../src/inspect/octets.ts';
import { FAILED_INSTALLATION, octets } from './samples.ts';

const look = (text: string): Node | undefined => lookUp(text, 'linux');
const isExplained = (node: Node | undefined): boolean =>
  node !== undefined && [...everyNode(node)].every((each) => each.children || (each.cause && each.remedy));

/** Subject and reason codes that servers are known to answer with (SGP.22 v2.5 §5.2.6, v3, and the field). */
const PAIRS = `
  1.2.1/2.1 1.2.2/2.1 1.3.1/2.2 1.6/2.1 8.1/4.8 8.1/6.1 8.1.1/2.1 8.1.1/2.2 8.1.1/3.1 8.1.1/3.10 8.1.1/3.8 8.1.1/3.9 8.1.2/6.1
  8.1.2/6.3 8.1.3/6.1 8.1.3/6.3 8.1.4/6.1 8.2/1.2 8.2/3.7 8.2.1/1.2 8.2.1/2.3 8.2.1/3.3 8.2.1/3.5 8.2.1/3.9 8.2.1/3.1 8.2.1/3.10
  8.2.5/1.2 8.2.5/3.7 8.2.5/3.8 8.2.5/3.9 8.2.5/4.3 8.2.6/2.1 8.2.6/3.3 8.2.6/3.8 8.2.6/3.1 8.2.6/3.10 8.2.7/2.2 8.2.7/3.8
  8.2.7/6.4 8.2.9/2.3 8.2.12/3.10 8.8/3.10 8.8/3.1 8.8/4.2 8.8.1/3.8 8.8.2/3.1 8.8.3/3.1 8.8.4/3.7 8.8.5/4.10 8.8.5/4.1 8.8.5/6.4
  8.9/4.2 8.9/5.1 8.9.1/3.8 8.9.2/3.1 8.9.3/3.1 8.9.4/3.7 8.9.5/3.3 8.9.5/3.9 8.10.1/3.9 8.11.1/3.9`;

/** Numbers in the ASN.1 binding, in ES10 and in the installation result, by function or type. */
const NUMBERS: Readonly<Record<string, string>> = {
  'ES9+.InitiateAuthentication': '1 2 3 124 125 126 127',
  'ES9+.AuthenticateClient': '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 124 125 126 127',
  'ES9+.GetBoundProfilePackage': '1 2 3 4 5 6 95 127',
  'ES9+.CancelSession': '1 2 127',
  'ES11.AuthenticateClient': '1 2 3 4 5 6 7 8 9 10 11 12 13 124 125 126 127',
  'ES10b.AuthenticateServer': '1 2 3 4 5 6 7 8 9 10 11 12 13 14 127',
  'ES10b.PrepareDownload': '1 2 3 4 5 127',
  BppCommandId: '0 1 2 3 4 5',
  ErrorReason: '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 17 18 19 20 21 22 23 26 31 32 127',
  PEStatus: '1 2 3 4 5 6 7 8 9 10 11 31',
  CancelSessionReason: '0 1 2 3 4 5 16 17 18 19 20 21 22 23 24 25 27 28 29 30 127',
  'ES10b.CancelSession': '5 127',
  'ES10b.ListNotification': '127',
  'ES10b.RetrieveNotificationsList': '1 127',
  'ES10b.RemoveNotificationFromList': '1 127',
  'ES10b.LoadCRL': '1 2 3 4 5 6 127',
  'ES10a.SetDefaultDpAddress': '8 127',
  'ES10c.GetProfilesInfo': '1 11 127',
  'ES10c.EnableProfile': '1 2 3 4 5 6 7 9 10 20 127',
  'ES10c.DisableProfile': '1 2 3 5 7 10 127',
  'ES10c.DeleteProfile': '1 2 3 4 7 20 21 127',
  'ES10c.eUICCMemoryReset': '1 5 127',
  'ES10c.SetNickname': '1 127',
};

const STATUS_WORDS = '9000 61FF 6C10 910B 6F00 6881 6999 6A82 6A84 6985 6A88 6A80 6E00 6D00 6982 9300 6581 6283';

const words = (list: string): string[] => list.trim().split(/\s+/);

test('every pair of codes that servers are known to answer with has cause and remedy', () => {
  const silent = words(PAIRS).filter((pair) => !isExplained(look(pair)));
  assert.deepEqual(silent, []);
  for (const pair of words(PAIRS).filter((each) => each !== '8.8.5/4.1')) assert.ok(knownServerCodes().includes(pair), pair);
});

test('every number of every function has a name, a cause and a remedy', () => {
  const silent = Object.entries(NUMBERS).flatMap(([name, numbers]) =>
    words(numbers)
      .filter((number) => !isExplained(look(`${name} ${number}`)))
      .map((number) => `${name} ${number}`),
  );
  assert.deepEqual(silent, []);
});

test('so has every code that a table declares', () => {
  const silent = FAMILIES.flatMap(({ name, numbers, words: of }) =>
    Object.keys(numbers)
      .filter((code) => code !== 'ok' && !(of(code)?.cause && of(code)?.remedy))
      .map((code) => `${name}: ${code}`),
  );
  assert.deepEqual(silent, []);
});

test('so has every status word that an LPA meets', () => {
  const known = knownStatusWords().map((sw) => sw.toString(16));
  assert.deepEqual(
    [...words(STATUS_WORDS), ...known].filter((sw) => !isExplained(look(sw))),
    [],
  );
});

test('so has every trust check, network problem and card problem', () => {
  const names = [...Object.keys(TRUST_CAUSES), ...Object.keys(NETWORK_CAUSES), ...Object.keys(CARD_CAUSES)];
  assert.deepEqual(
    names.filter((name) => !isExplained(look(name))),
    [],
  );
});

test('codes are found as they are written in errors, tables and letters', () => {
  const found = (text: string): unknown => {
    const node = look(text);
    return node && { name: node.name, cause: node.cause };
  };
  const refused = { name: '8.2.6/3.8', cause: 'matching ID refused' };
  assert.deepEqual(found('8.2.6/3.8'), refused);
  assert.deepEqual(found(' 8.2.6 3.8 '), refused);
  assert.deepEqual(found('8.2.6, 3.8'), refused);
  assert.deepEqual(found('lpa: ES9+.AuthenticateClient: matching ID refused (8.2.6/3.8)'), refused);
  const busy = { name: 'ES10c.EnableProfile: catBusy (5)', cause: "the card's SIM toolkit is in the middle of something" };
  assert.deepEqual(found('ES10c.EnableProfile: catBusy'), busy);
  assert.deepEqual(found('lpa: ES10c.EnableProfile: catBusy'), busy);
  assert.deepEqual(found('enableprofile CATBUSY'), busy);
  assert.deepEqual(found('EnableProfile 5'), busy);
  const missing = { name: 'status word 6A82', cause: 'application or file not found' };
  assert.deepEqual(found('6A82'), missing);
  assert.deepEqual(found('0x6a82'), missing);
  assert.deepEqual(found('6A 82'), missing);
  assert.deepEqual(found('SELECT ISD-R: status word 6A82'), missing);
  assert.deepEqual(found('8.7.7/3.8'), { name: '8.7.7/3.8', cause: 'subject 8.7.7 refused' });
  assert.deepEqual(found('http 503'), {
    name: 'HTTP 503',
    cause: 'the server answered with an HTTP status that is no success',
  });
  for (const text of ['', 'nonsense', 'EnableProfile nonsense', '5', '9/200', 'hello world']) {
    assert.equal(look(text), undefined, text);
  }
});

test('a result that several functions give is explained for each of them, a function alone with all its results', () => {
  const busy = look('catBusy')?.children?.map(({ name }) => name) ?? [];
  assert.ok(busy.includes('ES10c.EnableProfile: catBusy (5)') && busy.includes('ES10c.eUICCMemoryReset: catBusy (5)'));
  assert.deepEqual(
    look('SetNickname')?.children?.map(({ name }) => name),
    ['ES10c.SetNickname: ok (0)', 'ES10c.SetNickname: iccidNotFound (1)', 'ES10c.SetNickname: undefinedError (127)'],
  );
});

test('an installation result is explained by both its numbers', () => {
  assert.deepEqual(
    look('5/12')?.children?.map(({ name, cause }) => [name, cause]),
    [
      ['BppCommandId: loadProfileElements (5)', 'the eUICC was at the profile itself, the 86s'],
      ['ErrorReason: installFailedDueToPEProcessingError (12)', 'PE processing error'],
    ],
  );
});

test('results in octets carry cause and remedy', async () => {
  const nodes = [
    ...everyNode(await octetsTree(FAILED_INSTALLATION)),
    ...everyNode(await octetsTree(octets('BF3103800103'))),
    ...everyNode(await octetsTree(octets('BF3805A103020103'))),
  ];
  const causes = nodes.filter(({ cause }) => cause).map(({ name, cause }) => [name, cause]);
  assert.deepEqual(causes, [
    ['bppCommandId', 'the eUICC was at the profile itself, the 86s'],
    ['errorReason', 'PE processing error'],
    ['status', 'feature not supported'],
    ['enableResult', 'the profile in use may not be disabled'],
    ['errorCode', "the card cannot compute on the server's curve"],
  ]);
});
