/**
 * Every fault of the SM-DP+ over a whole download: the error that the LPA raises, the functions that the server answered,
 * and what became of the order. Faults that an LPA has to live with end in an installed profile.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError, EuiccError, LpaError, NetworkError, ServerError, TrustError } from '../../../src/errors.ts';
import { parseServerFault, SERVER_FAULTS } from '../../../src/lab/smdp/faults.ts';
import type { OrderState } from '../../../src/lab/smdp/order.ts';
import { openBench } from './harness.ts';

/** What the LPA raises, shortly. */
function kindOf(error: unknown): string {
  if (error instanceof TrustError) return `trust ${error.check}`;
  if (error instanceof NetworkError) return `network ${error.problem}`;
  if (error instanceof ServerError) return `server ${error.subjectCode}/${error.reasonCode}`;
  if (error instanceof EuiccError) return `euicc ${error.result}`;
  if (error instanceof DecodeError) return 'decode';
  return error instanceof LpaError ? error.code : String(error);
}

interface Row {
  readonly fault: string;
  /** `installed`, or the error. */
  readonly ends: string;
  /** Initials of the functions that were carried out: Initiate, Authenticate, Get, Handle; Cancel with its reason. */
  readonly served: string;
  readonly order: OrderState;
}

const rows = (table: string): Row[] =>
  table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [fault = '', ends = '', served = '', order = ''] = line.split('|').map((cell) => cell.trim());
      return { fault, ends, served, order: order as OrderState };
    });

const TABLE = rows(`
  tls-expired              | trust tlsExpired            |                           | released
  tls-not-yet-valid        | trust tlsNotYetValid        |                           | released
  tls-wrong-name           | trust tlsName               |                           | released
  tls-cn-only              | trust tlsName               |                           | released
  tls-wrong-role           | trust tlsRole               |                           | released
  tls-key-usage            | trust tlsKeyUsage           |                           | released
  tls-client-only          | trust tlsKeyUsage           |                           | released
  tls-sha384               | trust tlsPath               |                           | released
  tls-critical-extension   | trust tlsCriticalExtension  |                           | released
  tls-foreign-ci           | trust tlsAnchor             |                           | released
  tls-self-made            | trust tlsAnchor             |                           | released
  tls-signed-by-server     | trust tlsRole               |                           | released
  tls-signed-by-eum        | trust tlsRole               |                           | released
  tls-path-length          | trust tlsPath               |                           | released
  tls-shuffled             | installed                   | I A G H                   | installed

  dpauth-expired           | euicc invalidCertificate    | I                         | released
  dpauth-not-yet-valid     | euicc invalidCertificate    | I                         | released
  dpauth-wrong-role        | trust certificateRole       | I                         | released
  dpauth-other-oid         | trust smdpOid               | I                         | released
  dpauth-foreign-ci        | trust certificateCi         | I                         | released
  dpauth-forged            | euicc invalidCertificate    | I                         | released
  dpauth-stolen            | euicc invalidSignature      | I                         | released
  dppb-expired             | euicc invalidCertificate    | I A C:undefinedReason     | error
  dppb-wrong-role          | euicc invalidCertificate    | I A C:undefinedReason     | error
  dppb-other-oid           | trust dpPbOid               | I A C:undefinedReason     | error
  dppb-foreign-ci          | euicc invalidCertificate    | I A C:undefinedReason     | error
  dppb-stolen              | euicc invalidSignature      | I A C:undefinedReason     | error

  relay                    | trust serverAddress         | I                         | released
  wrong-address            | trust serverAddress         | I                         | released
  wrong-challenge          | trust euiccChallenge        | I                         | released
  wrong-transaction        | trust transactionId         | I                         | released
  wrong-transaction@authenticateClient      | trust transactionId | I A C:undefinedReason   | error
  wrong-transaction@getBoundProfilePackage  | trust transactionId | I A G C:undefinedReason | error
  signed2-transaction      | trust transactionId         | I A C:undefinedReason     | error
  unlisted-ci              | trust euiccCiPKIdToBeUsed   | I                         | released
  wrong-signature1         | euicc invalidSignature      | I                         | released
  wrong-signature2         | euicc invalidSignature      | I A C:undefinedReason     | error

  metadata-unlike                         | trust metadata | I A G C:metadataMismatch      | error
  metadata-unlike:serviceProviderName     | trust metadata | I A G C:metadataMismatch      | error
  metadata-unlike:iccid                   | trust metadata | I A G C:metadataMismatch      | error
  metadata-unlike:profileClass            | trust metadata | I A G C:metadataMismatch      | error
  metadata-unlike:profileOwner            | trust metadata | I A G C:metadataMismatch      | error
  metadata-unlike:icon                    | trust metadata | I A G C:metadataMismatch      | error
  metadata-unlike:notificationConfigurationInfo | trust metadata | I A G C:metadataMismatch | error
  metadata-order           | installed                   | I A G H                   | installed
  metadata-explicit-default | installed                  | I A G H                   | installed
  metadata-twice           | decode                      | I A                       | released
  metadata-malformed       | decode                      | I A                       | released
  metadata-hostile         | installed                   | I A G H                   | installed

  package-truncated        | decode                      | I A G C:loadBppExecutionError | error
  package-trailing         | decode                      | I A G C:loadBppExecutionError | error
  package-no-metadata      | decode                      | I A G C:loadBppExecutionError | error
  package-order            | decode                      | I A G C:loadBppExecutionError | error
  package-wrong-tag        | decode                      | I A G C:loadBppExecutionError | error
  package-empty            | decode                      | I A G C:loadBppExecutionError | error
  package-overrun          | decode                      | I A G C:loadBppExecutionError | error
  package-huge             | network size                | I A G C:timeout           | released
  package-transaction      | decode                      | I A G C:loadBppExecutionError | error
  package-mac              | euicc scp03tSecurityError   | I A G H                   | error
  package-metadata-mac     | euicc scp03tSecurityError   | I A G H                   | error
  package-signature        | euicc invalidSignature      | I A G H                   | error
  package-other-eid        | euicc scp03tSecurityError   | I A G H                   | error
  segments-1036            | installed                   | I A G H                   | installed

  status:8.2.6/3.8         | server 8.2.6/3.8            | I A:8.2.6/3.8             | released
  status:8.8.2/3.1@initiateAuthentication | server 8.8.2/3.1 | I:8.8.2/3.1           | released
  status:8.2/3.7@getBoundProfilePackage | server 8.2/3.7 | I A G:8.2/3.7             | released
  expired                  | server 8.8.5/4.10           | I A:8.8.5/4.10            | released
  no-header                | decode                      | I                         | released
  no-header@authenticateClient | decode                  | I A                       | released
  base64-lines             | installed                   | I A G H                   | installed
  no-padding               | installed                   | I A G H                   | installed
  member-order             | installed                   | I A G H                   | installed
  lower-case               | installed                   | I A G H                   | installed
  tobe-used                | installed                   | I A G H                   | installed
  unknown-members          | installed                   | I A G H                   | installed
  warning                  | installed                   | I A G H                   | installed

  delay:50ms               | installed                   | I A G H                   | installed
  http                     | network http                |                           | released
  http:503@authenticateClient | network http             | I C:8.10.1/3.9            | released
  http:503@getBoundProfilePackage | network http         | I A C:timeout             | released
  html                     | decode                      |                           | released
  redirect                 | network http                |                           | released
  silent                   | network timeout             |                           | released
  silent@getBoundProfilePackage | network timeout        | I A C:timeout             | released
  hangup                   | network reset               |                           | released
  hangup@authenticateClient | network reset              | I C:8.10.1/3.9            | released
  no-body                  | decode                      | I                         | released
  cut                      | network reset               | I                         | released
  cut@getBoundProfilePackage | network reset             | I A G C:timeout           | released
  slow-drip@getBoundProfilePackage | network timeout     | I A G C:timeout           | released
  slow-drip:1ms@initiateAuthentication | installed                   | I A G H                   | installed
  huge-body                | network size                | I                         | released
  huge-length              | network size                | I                         | released
  deep-json                | installed                   | I A G H                   | installed
  dies-after-package       | installed, 1 undelivered    | I A G                     | downloaded
`);

for (const { fault, ends, served, order } of TABLE) {
  test(`${fault}: ${ends}, the order is ${order}`, async () => {
    await using bench = await openBench({
      faults: [fault],
      // A real chip has no clock; this one looks at dates.
      euicc: { now: () => new Date() },
      // Short where the time-out is what ends it, long where a slow machine must not.
      door: ends.startsWith('installed') ? {} : { timeoutMs: 2500, packageTimeoutMs: 2500 },
    });
    // Small, so that a drip of it comes to an end.
    const created = bench.smdp.createOrder({ withOid: fault === 'dpauth-other-oid', package: { size: 2400 } });
    let ended = 'installed';
    try {
      await bench.download(created);
    } catch (error) {
      ended = kindOf(error);
    }
    const missed = (await bench.deliver()).filter(({ delivered }) => !delivered);
    if (missed.length > 0) ended += `, ${missed.length} undelivered`;
    const { order: record } = created;
    assert.deepEqual({ ends: ended, served: whatWasServed(bench.log), order: record.state }, { ends, served, order });
  });
}

/** Initials of the functions that the log tells of, with the reason of a cancellation and the code of a refusal. */
function whatWasServed(log: readonly { who: string; data?: Readonly<Record<string, unknown>> }[]): string {
  return log
    .filter(({ who, data }) => who === 'sm-dp+' && typeof data?.['function'] === 'string')
    .map(({ data = {} }) => {
      const { function: name, reason, subjectCode, reasonCode } = data as Record<string, string | undefined>;
      const detail = reason ?? (subjectCode && `${subjectCode}/${reasonCode}`);
      return `${name?.split('.')[1]?.[0]}${detail ? `:${detail}` : ''}`;
    })
    .join(' ');
}

test('every fault has a row in the table above, and a line that says what it does', () => {
  const tried = new Set(TABLE.map(({ fault }) => fault.split(/[:@]/)[0]));
  assert.deepEqual(
    Object.keys(SERVER_FAULTS).filter((name) => !tried.has(name)),
    [],
  );
  for (const { says } of Object.values(SERVER_FAULTS)) assert.ok(says.length > 10 && says.length < 100, says);
});

test('a fault that there is not, or without its argument, is told to whoever asks for it', () => {
  assert.throws(() => parseServerFault('no-such'), /no such fault of a server: no-such/);
  assert.throws(() => parseServerFault('__proto__'), /no such fault/);
  assert.throws(() => parseServerFault('status'), /expected subject code and reason code/);
  assert.throws(() => parseServerFault('delay:soon'), /expected a time/);
  assert.throws(() => parseServerFault('metadata-unlike:colour'), /one of profileName/);
  assert.throws(() => parseServerFault('http@nowhere'), /no such function/);
});

test('faults can be changed while the server runs; a wrong certificate meets the next connection', async () => {
  await using bench = await openBench();
  await bench.smdp.setFaults(['status:8.2/1.2']);
  await assert.rejects(bench.download(), (error) => kindOf(error) === 'server 8.2/1.2');
  await bench.smdp.setFaults([]);
  await bench.download();
});
