/**
 * Whom the built `lpa` believes, with a real server on the other side: exit 8, what the server's log tells of, what the card
 * was asked, and the activation code that is as good as before. Why each certificate is refused is proved beside src/lpa/pki/trust.ts.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { tlsFaults } from '../../src/lab/rsp/faults-tls.ts';
import type { LogEntry } from '../../src/lab/state/log.ts';
import { type Outcome, type Running, type TestLab, testLab } from '../lab/program.ts';
import { cleanEnv, jsonErrorOf, LPA, logOf, orderIn, ROOT, runNode } from './programs.ts';

interface Shop extends AsyncDisposable {
  readonly lab: TestLab;
  lpa(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Have the SM-DP+ do this wrong while `body` runs. @returns what the log tells of that time */
  during(fault: string | undefined, body: () => Promise<void>): Promise<LogEntry[]>;
}

/** One card for all, and an SM-DP+ for each fault. */
async function openShop(lab = testLab()): Promise<Shop> {
  const card = lab.start(['card']);
  await card.printed(/^export LPA_READER=\S+\n/);
  const [, reader] = /=(\S+)/.exec(card.stdout()) ?? [];
  const ended = async ({ child, outcome }: Running): Promise<void> => {
    child.kill('SIGTERM');
    await outcome;
  };
  let read = 0;
  return {
    lab,
    lpa: (argv, env) =>
      runNode([LPA, '--progress', 'none', ...argv], cleanEnv(lab.dir, { LPA_READER: reader, NO_PROXY: 'localhost', ...env })),
    async during(fault, body) {
      const smdp = lab.start(['smdp', ...(fault === undefined ? [] : ['--server-fault', fault])]);
      await smdp.printed(/^localhost:\d+\n/);
      try {
        await body();
      } finally {
        await ended(smdp);
      }
      const entries = (await logOf(lab)).slice(read);
      read += entries.length;
      return entries;
    },
    async [Symbol.asyncDispose]() {
      await ended(card);
      await lab[Symbol.asyncDispose]();
    },
  };
}

/** Of the server: everything but its connections. */
const requests = (log: readonly LogEntry[]): string[] =>
  log.filter(({ who, event }) => who === 'sm-dp+' && event !== 'TLS').map(({ event }) => event);
/** Of the card. */
const authentications = (log: readonly LogEntry[]): LogEntry[] =>
  log.filter(({ who, event }) => who === 'card' && event === 'ES10b.AuthenticateServer');

/** By fault: the check that the error names. Those that an LPA accepts are not here. */
const TLS_NEGATIVES: Readonly<Record<string, string>> = {
  'tls-expired': 'tlsExpired',
  'tls-not-yet-valid': 'tlsNotYetValid',
  'tls-wrong-name': 'tlsName',
  'tls-cn-only': 'tlsName',
  'tls-wrong-role': 'tlsRole',
  'tls-no-role': 'tlsRoleMissing',
  'tls-any-policy': 'tlsRoleMissing',
  'tls-sub-ca-no-role': 'tlsRoleMissing',
  'tls-key-usage': 'tlsKeyUsage',
  'tls-client-only': 'tlsKeyUsage',
  'tls-sha384': 'tlsPath',
  'tls-critical-extension': 'tlsCriticalExtension',
  'tls-foreign-ci': 'tlsAnchor',
  'tls-self-made': 'tlsSignature',
  'tls-signed-by-server': 'tlsRole',
  'tls-signed-by-eum': 'tlsRole',
  'tls-path-length': 'tlsPath',
};

const SESSION_NEGATIVES: Readonly<Record<string, string>> = {
  relay: 'serverAddress',
  'wrong-address': 'serverAddress',
  'wrong-challenge': 'euiccChallenge',
  'wrong-transaction': 'transactionId',
  'unlisted-ci': 'euiccCiPKIdToBeUsed',
  'dpauth-wrong-role': 'certificateRole',
  'dpauth-foreign-ci': 'certificateCi',
  'dpauth-other-oid': 'smdpOid',
};

describe('a server that is not to be believed', () => {
  let shop: Shop;
  let code: string;
  before(async () => {
    shop = await openShop();
    code = await orderIn(shop.lab, '--name', 'Alpha');
  });
  after(() => shop?.[Symbol.asyncDispose]());

  const refused = async (check: string, activationCode = code, env?: Readonly<Record<string, string>>): Promise<Outcome> => {
    const outcome = await shop.lpa(['download', activationCode, '--yes', '--json'], env);
    assert.equal(outcome.code, 8, outcome.stderr);
    const error = jsonErrorOf(outcome);
    assert.deepEqual([error.code, error['check'], error.activationCode], ['trust', check, 'untouched']);
    return outcome;
  };

  test('every fault of a TLS certificate is here', () => {
    const all = Object.keys(tlsFaults).filter((name) => name.startsWith('tls-') && name !== 'tls-shuffled');
    assert.deepEqual(Object.keys(TLS_NEGATIVES).sort(), all.sort());
  });

  for (const [fault, check] of Object.entries(TLS_NEGATIVES)) {
    test(`${fault}: no request arrives, also with NODE_TLS_REJECT_UNAUTHORIZED=0`, { timeout: 30_000 }, async () => {
      const log = await shop.during(fault, async () => {
        await refused(check);
        await refused(check, code, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
      });
      assert.deepEqual(requests(log), []);
      assert.deepEqual(authentications(log), []);
      assert.ok(
        log.some(({ who, event }) => who === 'sm-dp+' && event === 'TLS'),
        'it was spoken to',
      );
    });
  }

  for (const [fault, check] of Object.entries(SESSION_NEGATIVES)) {
    test(`${fault}: the card is not asked to authenticate the server`, { timeout: 30_000 }, async () => {
      const log = await shop.during(fault, async () => {
        // The OID that this server has; the fault gives CERT.DPauth another one.
        await refused(check, fault === 'dpauth-other-oid' ? `${code}$2.999.10` : code);
      });
      const arrived = requests(log).filter((event) => event !== 'fault');
      assert.deepEqual(arrived, ['ES9+.InitiateAuthentication']);
      assert.deepEqual(authentications(log), []);
    });
  }

  test('the clock of this computer is spoken of where a certificate is not valid yet', { timeout: 30_000 }, async () => {
    await shop.during('tls-not-yet-valid', async () => {
      const { code: exit, stderr } = await shop.lpa(['download', code, '--yes']);
      assert.equal(exit, 8);
      assert.match(stderr, /\nhint: .*clock/);
      assert.match(stderr, /^the activation code is still valid$/m);
    });
  });

  test('a forged chain is not called one of an unlisted CI, and --ca is not offered', { timeout: 30_000 }, async () => {
    await shop.during('tls-self-made', async () => {
      const { stderr } = await shop.lpa(['download', code, '--yes']);
      const flat = stderr.replaceAll(/\s+/g, ' ');
      assert.match(
        flat,
        /names CI key [0-9A-F]{40} as its issuer, which this eUICC lists, but the signature is not from that key/,
      );
      assert.doesNotMatch(stderr, /--ca|does not list/);
    });
    await shop.during('tls-foreign-ci', async () => {
      assert.match((await shop.lpa(['download', code, '--yes'])).stderr, /which this eUICC does\s+not list[\s\S]*--ca/);
    });
  });

  for (const fault of ['tls-no-role', 'tls-any-policy', 'tls-sub-ca-no-role']) {
    test(`${fault}: the refusal names --lenient-roles, which accepts it`, { timeout: 30_000 }, async () => {
      const log = await shop.during(fault, async () => {
        const { code: exit, stderr } = await shop.lpa(['download', code, '--yes']);
        assert.equal(exit, 8);
        assert.match(stderr, /has no role, expected [^;]*; no request was\s+sent$/m);
        assert.match(stderr, /^the activation code is still valid$/m);
        assert.match(stderr, /^hint: [\s\S]*--lenient-roles/m);
        const lenient = await shop.lpa(['inspect', code, '--lenient-roles']);
        assert.equal(lenient.code, 0, lenient.stderr);
        const byVariable = await shop.lpa(['doctor', code], { LPA_LENIENT_ROLES: '1' });
        assert.match(byVariable.stdout, /believed under a CI of the card/);
      });
      assert.ok(requests(log).includes('ES9+.AuthenticateClient'));
    });
  }

  test('tls-wrong-role: --lenient-roles accepts no wrong role', { timeout: 30_000 }, async () => {
    const log = await shop.during('tls-wrong-role', async () => {
      const { code: exit, stderr } = await shop.lpa(['download', code, '--yes', '--lenient-roles']);
      assert.equal(exit, 8);
      assert.match(stderr, /has the role dp-auth, expected dp-tls; no request was\s+sent$/m);
      assert.doesNotMatch(stderr, /--lenient-roles/);
    });
    assert.deepEqual(requests(log), []);
  });

  test('a malformed percent escape in HTTPS_PROXY is a network error', {
    timeout: 30_000,
  }, async () => {
    const env = { HTTPS_PROXY: 'http://user:se%cret@127.0.0.1:9' };
    for (const argv of [
      ['download', 'LPA:1$smdp.example.com$X', '--yes'],
      ['inspect', 'LPA:1$smdp.example.com$X'],
    ]) {
      const outcome = await shop.lpa([...argv, '--json'], env);
      assert.equal(outcome.code, 6, outcome.stderr);
      const { code, message } = jsonErrorOf(outcome);
      assert.deepEqual([code, /malformed percent escape/.test(message)], ['network', true], message);
      assert.ok(!`${outcome.stdout}${outcome.stderr}`.includes('cret@'));
    }
    const doctor = await shop.lpa(['doctor', 'LPA:1$smdp.example.com$X'], env);
    assert.match(doctor.stdout, /malformed percent escape/);
  });

  test('after all that the code is good; and no root certificate is needed anywhere', { timeout: 30_000 }, async () => {
    const empty = join(shop.lab.dir, 'no-roots');
    mkdirSync(empty);
    const log = await shop.during('tls-shuffled', async () => {
      const { code: exit, stderr } = await shop.lpa(['download', code, '--yes', '--strict-ci'], {
        NODE_OPTIONS: '--use-openssl-ca',
        SSL_CERT_FILE: '/dev/null',
        SSL_CERT_DIR: empty,
        NODE_EXTRA_CA_CERTS: '',
      });
      assert.equal(exit, 0, stderr);
      assert.match(stderr, /\n {2}Trusted {3}under a CI that the card lists\n/);
    });
    assert.equal(authentications(log).length, 1);
    assert.ok(requests(log).includes('ES9+.HandleNotification'));
  });
});

test('under a published test CI: refused before a request, unless that was asked for; the card works all the same', {
  timeout: 60_000,
}, async () => {
  await using shop = await openSgp26();
  const code = await orderIn(shop.lab);
  const log = await shop.during(undefined, async () => {
    const outcome = await shop.lpa(['download', code, '--yes', '--json']);
    assert.equal(outcome.code, 8);
    const { check, remedy } = jsonErrorOf(outcome);
    assert.equal(check, 'testCi');
    assert.match(String(remedy), /--allow-test-ci/);
    const info = await shop.lpa(['info']);
    assert.deepEqual([info.code, info.stderr], [0, '']);
    assert.match(info.stdout, /test CI/i);
  });
  assert.deepEqual(requests(log), []);
  await shop.during(undefined, async () => {
    const { code: exit, stderr } = await shop.lpa(['download', code, '--yes', '--allow-test-ci']);
    assert.equal(exit, 0, stderr);
    assert.match(stderr, /^warning: test CIs are allowed: /);
  });
});

/** A lab with the certificates of SGP.26, whose private keys everybody has. */
async function openSgp26(): Promise<Shop> {
  const lab = testLab();
  try {
    const { code, stderr } = await lab.run(['identity', '--from', join(ROOT, 'test/vectors/sgp26')]);
    assert.equal(code, 0, stderr);
    return await openShop(lab);
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}
