/**
 * Every fault of the SM-DP+ over a whole `lpa download`: exit code, the functions that the server answered, what became of the
 * order and of the card, and what the next command makes of it; and the same fault at an SM-DS, over `lpa discover`. Faults that
 * an LPA has to live with end in an installed profile. faults.test.ts goes through it in this process, `npm run story --
 * --every-server-fault` by the built programs.
 */
import type { OrderState } from '../../../src/lab/smdp/order.ts';

export interface FaultRow {
  readonly fault: string;
  /** Exit code, and what the error names. */
  readonly ends: string;
  /** Initials of the functions that were carried out: Initiate, Authenticate, Get, Handle; Cancel with its reason. */
  readonly served: string;
  readonly order: OrderState;
  /** What the user is told of the activation code. */
  readonly code: string;
  /** What is on the card: P for the profile, +1 for a notification that waits. */
  readonly card: string;
  /** How the same code ends at the server without its fault. */
  readonly again: string;
  /** How `lpa discover` ends where an SM-DS has this fault. */
  readonly discover: string;
}

const rows = (table: string): FaultRow[] =>
  table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [fault = '', ends = '', served = '', order = '', code = '', card = '', again = '', discover = ''] = line
        .split('|')
        .map((cell) => cell.trim());
      return { fault, ends, served, order: order as OrderState, code, card, again, discover };
    });

/** A chip has no clock, so it sees no dates; `with a clock` it does. */
export const SERVER_FAULT_ROWS = rows(`
  tls-expired                              | 8 tlsExpired           |                               | released   | untouched   | -    | 0                    | 8 tlsExpired
  tls-not-yet-valid                        | 8 tlsNotYetValid       |                               | released   | untouched   | -    | 0                    | 8 tlsNotYetValid
  tls-wrong-name                           | 8 tlsName              |                               | released   | untouched   | -    | 0                    | 8 tlsName
  tls-cn-only                              | 8 tlsName              |                               | released   | untouched   | -    | 0                    | 8 tlsName
  tls-wrong-role                           | 8 tlsRole              |                               | released   | untouched   | -    | 0                    | 8 tlsRole
  tls-no-role                              | 8 tlsRoleMissing       |                               | released   | untouched   | -    | 0                    | 8 tlsRoleMissing
  tls-any-policy                           | 8 tlsRoleMissing       |                               | released   | untouched   | -    | 0                    | 8 tlsRoleMissing
  tls-sub-ca-no-role                       | 8 tlsRoleMissing       |                               | released   | untouched   | -    | 0                    | 8 tlsRoleMissing
  tls-key-usage                            | 8 tlsKeyUsage          |                               | released   | untouched   | -    | 0                    | 8 tlsKeyUsage
  tls-client-only                          | 8 tlsKeyUsage          |                               | released   | untouched   | -    | 0                    | 8 tlsKeyUsage
  tls-sha384                               | 8 tlsPath              |                               | released   | untouched   | -    | 0                    | 8 tlsPath
  tls-critical-extension                   | 8 tlsCriticalExtension |                               | released   | untouched   | -    | 0                    | 8 tlsCriticalExtension
  tls-foreign-ci                           | 8 tlsAnchor            |                               | released   | untouched   | -    | 0                    | 8 tlsAnchor
  tls-self-made                            | 8 tlsSignature         |                               | released   | untouched   | -    | 0                    | 8 tlsSignature
  tls-signed-by-server                     | 8 tlsRole              |                               | released   | untouched   | -    | 0                    | 8 tlsRole
  tls-signed-by-eum                        | 8 tlsRole              |                               | released   | untouched   | -    | 0                    | 8 tlsRole
  tls-path-length                          | 8 tlsPath              |                               | released   | untouched   | -    | 0                    | 8 tlsPath
  tls-shuffled                             | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0

  dpauth-expired                           | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  dpauth-not-yet-valid                     | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  dppb-expired                             | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  dpauth-expired, with a clock             | 4 invalidCertificate   | I                             | released   | untouched   | -    | 0                    | 4 invalidCertificate
  dpauth-not-yet-valid, with a clock       | 4 invalidCertificate   | I                             | released   | untouched   | -    | 0                    | 4 invalidCertificate
  dpauth-wrong-role                        | 8 certificateRole      | I                             | released   | untouched   | -    | 0                    | 8 certificateRole
  dpauth-other-oid                         | 8 smdpOid              | I                             | released   | untouched   | -    | 0                    | 0
  dpauth-foreign-ci                        | 8 certificateCi        | I                             | released   | untouched   | -    | 0                    | 8 certificateCi
  dpauth-forged                            | 4 invalidCertificate   | I                             | released   | untouched   | -    | 0                    | 4 invalidCertificate
  dpauth-stolen                            | 4 invalidSignature     | I                             | released   | untouched   | -    | 0                    | 4 invalidSignature
  dppb-expired, with a clock               | 4 invalidCertificate   | I A C:undefinedReason         | error      | likelyEnded | -    | 5 8.2.6/3.8          | 0
  dppb-wrong-role                          | 4 invalidCertificate   | I A C:undefinedReason         | error      | likelyEnded | -    | 5 8.2.6/3.8          | 0
  dppb-other-oid                           | 8 dpPbOid              | I A C:undefinedReason         | error      | likelyEnded | -    | 5 8.2.6/3.8          | 0
  dppb-foreign-ci                          | 4 invalidCertificate   | I A C:undefinedReason         | error      | likelyEnded | -    | 5 8.2.6/3.8          | 0
  dppb-stolen                              | 4 invalidSignature     | I A C:undefinedReason         | error      | likelyEnded | -    | 5 8.2.6/3.8          | 0

  relay                                    | 8 serverAddress        | I                             | released   | untouched   | -    | 8 serverAddress      | 0
  wrong-address                            | 8 serverAddress        | I                             | released   | untouched   | -    | 0                    | 8 serverAddress
  wrong-challenge                          | 8 euiccChallenge       | I                             | released   | untouched   | -    | 0                    | 8 euiccChallenge
  wrong-transaction                        | 8 transactionId        | I                             | released   | untouched   | -    | 0                    | 8 transactionId
  wrong-transaction@authenticateClient     | 8 transactionId        | I A C:undefinedReason         | error      | likelyEnded | -    | 5 8.2.6/3.8          | 8 transactionId
  wrong-transaction@getBoundProfilePackage | 8 transactionId        | I A G C:undefinedReason       | error      | likelyEnded | -    | 5 8.2.6/3.8          | 0
  signed2-transaction                      | 8 transactionId        | I A C:undefinedReason         | error      | likelyEnded | -    | 5 8.2.6/3.8          | 0
  unlisted-ci                              | 8 euiccCiPKIdToBeUsed  | I                             | released   | untouched   | -    | 0                    | 8 euiccCiPKIdToBeUsed
  wrong-signature1                         | 4 invalidSignature     | I                             | released   | untouched   | -    | 0                    | 4 invalidSignature
  wrong-signature2                         | 4 invalidSignature     | I A C:undefinedReason         | error      | likelyEnded | -    | 5 8.2.6/3.8          | 0

  metadata-unlike                          | 8 metadata             | I A G C:metadataMismatch      | error      | ended       | -    | 5 8.2.6/3.8          | 0
  metadata-unlike:serviceProviderName      | 8 metadata             | I A G C:metadataMismatch      | error      | ended       | -    | 5 8.2.6/3.8          | 0
  metadata-unlike:iccid                    | 8 metadata             | I A G C:metadataMismatch      | error      | ended       | -    | 5 8.2.6/3.8          | 0
  metadata-unlike:profileClass             | 8 metadata             | I A G C:metadataMismatch      | error      | ended       | -    | 5 8.2.6/3.8          | 0
  metadata-unlike:profileOwner             | 8 metadata             | I A G C:metadataMismatch      | error      | ended       | -    | 5 8.2.6/3.8          | 0
  metadata-unlike:icon                     | 8 metadata             | I A G C:metadataMismatch      | error      | ended       | -    | 5 8.2.6/3.8          | 0
  metadata-unlike:notificationConfigurationInfo | 8 metadata             | I A G C:metadataMismatch      | error      | ended       | -    | 5 8.2.6/3.8          | 0
  metadata-order                           | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  metadata-explicit-default                | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  metadata-address-space                   | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  metadata-twice                           | 7 decode               | I A                           | released   | likelyGood  | -    | 0                    | 0
  metadata-malformed                       | 7 decode               | I A                           | released   | likelyGood  | -    | 0                    | 0
  metadata-hostile                         | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0

  package-truncated                        | 7 decode               | I A G C:loadBppExecutionError | error      | ended       | -    | 5 8.2.6/3.8          | 0
  package-trailing                         | 7 decode               | I A G C:loadBppExecutionError | error      | ended       | -    | 5 8.2.6/3.8          | 0
  package-no-metadata                      | 7 decode               | I A G C:loadBppExecutionError | error      | ended       | -    | 5 8.2.6/3.8          | 0
  package-order                            | 7 decode               | I A G C:loadBppExecutionError | error      | ended       | -    | 5 8.2.6/3.8          | 0
  package-wrong-tag                        | 7 decode               | I A G C:loadBppExecutionError | error      | ended       | -    | 5 8.2.6/3.8          | 0
  package-empty                            | 7 decode               | I A G C:loadBppExecutionError | error      | ended       | -    | 5 8.2.6/3.8          | 0
  package-overrun                          | 7 decode               | I A G C:loadBppExecutionError | error      | ended       | -    | 5 8.2.6/3.8          | 0
  package-huge                             | 6 size                 | I A G C:timeout               | released   | likelyGood  | -    | 0                    | 0
  package-transaction                      | 7 decode               | I A G C:loadBppExecutionError | error      | ended       | -    | 5 8.2.6/3.8          | 0
  package-mac                              | 4 scp03tSecurityError  | I A G H                       | error      | used        | -    | 5 8.2.6/3.8          | 0
  package-metadata-mac                     | 4 scp03tSecurityError  | I A G H                       | error      | used        | -    | 5 8.2.6/3.8          | 0
  package-signature                        | 4 invalidSignature     | I A G H                       | error      | used        | -    | 5 8.2.6/3.8          | 0
  package-other-eid                        | 4 scp03tSecurityError  | I A G H                       | error      | used        | -    | 5 8.2.6/3.8          | 0
  segments-1036                            | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0

  status:8.2.6/3.8                         | 5 8.2.6/3.8            | I A:8.2.6/3.8                 | released   | unknown     | -    | 0                    | 0
  status:8.8.2/3.1@initiateAuthentication  | 5 8.8.2/3.1            | I:8.8.2/3.1                   | released   | untouched   | -    | 0                    | 5 8.8.2/3.1
  status:8.2/3.7@getBoundProfilePackage    | 5 8.2/3.7              | I A G:8.2/3.7                 | released   | unknown     | -    | 0                    | 0
  expired                                  | 5 8.8.5/4.10           | I A:8.8.5/4.10                | released   | ended       | -    | 0                    | 5 8.8.5/4.10
  no-header                                | 7 decode               | I                             | released   | untouched   | -    | 0                    | 7 decode
  no-header@authenticateClient             | 7 decode               | I A                           | released   | likelyGood  | -    | 0                    | 7 decode
  base64-lines                             | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  no-padding                               | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  member-order                             | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  lower-case                               | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  tobe-used                                | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  unknown-members                          | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  warning                                  | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0

  delay:50ms                               | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  http                                     | 6 http                 |                               | released   | untouched   | -    | 0                    | 6 http
  http:503@authenticateClient              | 6 http                 | I C:8.10.1/3.9                | released   | likelyGood  | -    | 0                    | 6 http
  http:503@getBoundProfilePackage          | 6 http                 | I A C:timeout                 | released   | likelyGood  | -    | 0                    | 0
  html                                     | 7 decode               |                               | released   | untouched   | -    | 0                    | 7 decode
  redirect                                 | 6 http                 |                               | released   | untouched   | -    | 0                    | 6 http
  silent                                   | 6 timeout              |                               | released   | untouched   | -    | 0                    | 6 timeout
  silent@getBoundProfilePackage            | 6 timeout              | I A C:timeout                 | released   | likelyGood  | -    | 0                    | 0
  hangup                                   | 6 reset                |                               | released   | untouched   | -    | 0                    | 6 reset
  hangup@authenticateClient                | 6 reset                | I C:8.10.1/3.9                | released   | likelyGood  | -    | 0                    | 6 reset
  no-body                                  | 7 decode               | I                             | released   | untouched   | -    | 0                    | 7 decode
  cut                                      | 6 reset                | I                             | released   | untouched   | -    | 0                    | 6 reset
  cut@getBoundProfilePackage               | 6 reset                | I A G C:timeout               | released   | likelyGood  | -    | 0                    | 0
  slow-drip@getBoundProfilePackage         | 6 timeout              | I A G C:timeout               | released   | likelyGood  | -    | 0                    | 0
  slow-drip:1ms@initiateAuthentication     | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  huge-body                                | 6 size                 | I                             | released   | untouched   | -    | 0                    | 6 size
  huge-length                              | 6 size                 | I                             | released   | untouched   | -    | 0                    | 6 size
  deep-json                                | 0                      | I A G H                       | installed  | -           | P    | 5 8.2.6/3.8          | 0
  dies-after-package                       | 0                      | I A G                         | downloaded | -           | P +1 | 4 iccidAlreadyExists | 0
`);

/** Initials of the functions that the log tells of, with the reason of a cancellation and the code of a refusal. */
export function whatWasServed(log: readonly { who: string; data?: Readonly<Record<string, unknown>> }[]): string {
  return log
    .filter(({ who, data }) => who === 'sm-dp+' && typeof data?.['function'] === 'string')
    .map(({ data = {} }) => {
      const { function: name, reason, subjectCode, reasonCode } = data as Record<string, string | undefined>;
      const detail = reason ?? (subjectCode && `${subjectCode}/${reasonCode}`);
      return `${name?.split('.')[1]?.[0]}${detail ? `:${detail}` : ''}`;
    })
    .join(' ');
}
