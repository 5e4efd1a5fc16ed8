/**
 * Certificates that the lab did not make: the card and the servers of SGP.26's set, on both curves, read from a copy of the
 * folder. One card believes both CIs; each SM-DP+ has certificates under one of them, as one on the market would have.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import type { LogEntry } from '../../src/lab/state/log.ts';
import { type Outcome, type Running, type TestLab, testLab } from '../lab/program.ts';
import { cleanEnv, jsonErrorOf, LPA, logOf, orderIn, ROOT, runNode } from './programs.ts';

const SGP26 = join(ROOT, 'test/vectors/sgp26');
const CIS = {
  NIST: 'F54172BDF98A95D65CBEB88A38A1C11D800A85C3',
  BRP: 'C0BC70BA36929D43B467FF57570530E57AB8FCD8',
} as const;
type Set = keyof typeof CIS;

/** The EID in both eUICC certificates of the set. */
const EID = '89049032123451234512345678901235';

/** A copy of the set, or of its files on one curve: names and folders as somebody may have them. */
function copyOfSet(to: string, curve?: Set): string {
  for (const name of readdirSync(SGP26, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(der|pem)$/.test(name) || (curve && !name.includes(`_${curve}`))) continue;
    const path = join(to, dirname(name), `my ${basename(name)}`);
    mkdirSync(dirname(path), { recursive: true });
    cpSync(join(SGP26, name), path);
  }
  return to;
}

async function withIdentity(curve?: Set): Promise<TestLab> {
  const lab = testLab();
  try {
    const { code, stdout, stderr } = await lab.run(['identity', '--from', copyOfSet(join(lab.dir, 'given'), curve)]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^EID {2}${EID}$`, 'm'));
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

const ended = async ({ child, outcome }: Running): Promise<void> => {
  child.kill('SIGTERM');
  await outcome;
};

/** A card with the whole set, and an SM-DP+ in a lab of its own that has the set of one curve. */
async function cardAndServer(curve: Set) {
  const [card, server] = [await withIdentity(), await withIdentity(curve)];
  const programs: Running[] = [];
  const close = async (): Promise<void> => {
    for (const program of programs) await ended(program);
    await card[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  try {
    const offered = card.start(['card']);
    programs.push(offered);
    await offered.printed(/^export LPA_READER=\S+\n/);
    const [, reader] = /=(\S+)/.exec(offered.stdout()) ?? [];
    const listening = server.start(['smdp']);
    programs.push(listening);
    await listening.printed(/^localhost:\d+\n/);
    const env = cleanEnv(card.dir, { LPA_READER: reader, NO_PROXY: 'localhost' });
    return {
      card,
      server,
      lpa: (...words: readonly string[]): Promise<Outcome> => runNode([LPA, '--progress', 'none', ...words], env),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const detailOf = (log: readonly LogEntry[], event: string): string[] =>
  log.filter((entry) => entry.event === event).map(({ detail }) => detail);

for (const [curve, ciPKId] of Object.entries(CIS) as [Set, string][]) {
  describe(`the set of SGP.26, an SM-DP+ on ${curve === 'NIST' ? 'NIST P-256' : 'brainpoolP256r1'}`, () => {
    test('info lists both CIs and the EID; without --allow-test-ci nothing is sent; with it the profile comes', {
      timeout: 90_000,
    }, async () => {
      await using lab = await cardAndServer(curve);
      const info = await lab.lpa('info', '--json');
      assert.deepEqual([info.code, info.stderr], [0, '']);
      const { eid, euiccInfo1 } = JSON.parse(info.stdout);
      assert.equal(eid, EID);
      assert.deepEqual(euiccInfo1.euiccCiPKIdListForVerification, Object.values(CIS));
      assert.deepEqual(euiccInfo1.euiccCiPKIdListForSigning, Object.values(CIS));
      const shown = await lab.lpa('info');
      for (const each of [EID, ...Object.values(CIS)]) assert.ok(shown.stdout.includes(each), shown.stdout);

      const code = await orderIn(lab.server, '--name', 'Alpha');
      const refused = await lab.lpa('download', code, '--yes', '--json');
      assert.equal(refused.code, 8, refused.stderr);
      const { check, activationCode, message, remedy } = jsonErrorOf(refused);
      assert.deepEqual([check, activationCode], ['testCi', 'untouched']);
      assert.match(message, new RegExp(ciPKId));
      assert.match(String(remedy), /--allow-test-ci/);
      const untouched = await logOf(lab.server);
      assert.deepEqual(detailOf(untouched, 'ES9+.InitiateAuthentication'), []);

      const taken = await lab.lpa('download', code, '--yes', '--json', '--allow-test-ci');
      assert.equal(taken.code, 0, taken.stderr);
      const { profileName, notificationsPending } = JSON.parse(taken.stdout);
      assert.deepEqual([profileName, notificationsPending], ['Alpha', 0]);

      const [server, card] = [await logOf(lab.server), await logOf(lab.card)];
      // OpenSSL does brainpool in TLS 1.2 alone; on P-256 there is no reason for less than 1.3.
      const [connection] = detailOf(server, 'TLS').slice(-1);
      assert.equal(connection, `a connection, TLSv1.${curve === 'NIST' ? 3 : 2}`);
      assert.deepEqual(detailOf(server, 'ES9+.InitiateAuthentication'), [`a session under CI ${ciPKId}`]);
      const [authenticated] = detailOf(card, 'ES10b.AuthenticateServer');
      assert.match(authenticated ?? '', new RegExp(` under CI ${ciPKId}: ok$`));
      const [reported] = detailOf(server, 'ES9+.HandleNotification');
      assert.match(reported ?? '', /^install \d+ of ICCID \d+, ok: verified$/, 'the card signed with its key of this curve');
    });
  });
}
