import assert from 'node:assert/strict';
import { test } from 'node:test';
import { euiccResult } from '../../src/failures/euicc-results.ts';
import { explain } from '../../src/failures/explain-error.ts';
import { installationFailure } from '../../src/failures/installation.ts';
import { serverCode } from '../../src/failures/server-codes.ts';
import type { Shape } from '../../src/lpa/asn1/schema.ts';
import {
  CancelledError,
  CardError,
  EuiccError,
  NetworkError,
  ServerError,
  StatusWordError,
  TrustError,
  UsageError,
} from '../../src/lpa/errors.ts';
import { EUICCResponse } from '../../src/lpa/saip/response.ts';
import { authenticateErrorCode } from '../../src/lpa/sgp22/authentication.ts';
import { downloadErrorCode } from '../../src/lpa/sgp22/download.ts';
import { errorReason } from '../../src/lpa/sgp22/notification.ts';
import {
  DeleteProfileResponse,
  DisableProfileResponse,
  EnableProfileResponse,
  SetNicknameResponse,
} from '../../src/lpa/sgp22/profile.ts';

/** Every name of an enumeration, wherever it stands in a type. */
function namesIn(shape: Shape): string[] {
  if (shape.kind === 'enumerated') return Object.keys(shape.names);
  if (shape.kind === 'sequence' || shape.kind === 'choice') {
    return Object.values(shape.fields).flatMap((field) => namesIn(field.type.shape));
  }
  return [];
}

test('every result of the functions that change a card has a cause in words', () => {
  const results: (readonly [string, Shape])[] = [
    ['ES10b.AuthenticateServer', authenticateErrorCode.shape],
    ['ES10b.PrepareDownload', downloadErrorCode.shape],
    ['ES10c.EnableProfile', EnableProfileResponse.type.shape],
    ['ES10c.DisableProfile', DisableProfileResponse.type.shape],
    ['ES10c.DeleteProfile', DeleteProfileResponse.type.shape],
    ['ES10c.SetNickname', SetNicknameResponse.type.shape],
  ];
  const silent = results.flatMap(([fn, shape]) =>
    namesIn(shape)
      .filter((name) => name !== 'ok' && !euiccResult(fn, name)?.cause)
      .map((name) => `${fn}: ${name}`),
  );
  assert.deepEqual(silent, []);
});

test('every reason of a failed installation has words and a remedy, and its codes', () => {
  for (const reason of namesIn(errorReason.shape)) {
    const { message, remedy } = installationFailure('loadProfileElements', reason);
    assert.match(message, /^installation failed in loadProfileElements: .+ \(5\/\d+\)$/);
    assert.ok(remedy, reason);
  }
});

test('a failed installation names the element, what it lacks and where', () => {
  const simaResponse = EUICCResponse.encode({
    peStatus: [{ status: 'ok' }, { status: 'feature-not-supported', identification: 7, offset: 42 }],
    statusMessage: 'MILENAGE only',
  });
  const error = new EuiccError('ES10b.LoadBoundProfilePackage', 'installFailedDueToPEProcessingError', {
    details: { bppCommandId: 'loadProfileElements', errorReason: 'installFailedDueToPEProcessingError', simaResponse },
  });
  error.codeState = 'used';
  assert.deepEqual(explain(error, 'linux'), {
    message: 'installation failed in loadProfileElements: PE processing error (5/12)',
    lines: [
      'profile element with identification 7: feature not supported (10), offset 42',
      'the eUICC says: MILENAGE only',
      'the activation code is used; whether it can be used again is up to the operator',
    ],
    remedy:
      "this eUICC lacks something that the profile needs. Compare `lpa info` with the profile's mandatory services, and ask " +
      'the operator for another variant',
  });
});

test('a value that the eUICC refuses points at the package, and says what to send to the operator', () => {
  const simaResponse = EUICCResponse.encode({ peStatus: [{ status: 'invalid-parameter', identification: 13, offset: 5 }] });
  assert.deepEqual(installationFailure('loadProfileElements', 'installFailedDueToPEProcessingError', simaResponse), {
    message: 'installation failed in loadProfileElements: PE processing error (5/12)',
    lines: ['profile element with identification 13: parameter not valid (6), offset 5'],
    remedy:
      'check the profile package first, not the eUICC. Send the operator the ICCID, the profile version of `lpa info`, and the ' +
      'element, status and offset above',
  });
  const { remedy } = installationFailure('loadProfileElements', 'installFailedDueToPEProcessingError');
  assert.match(remedy ?? '', /^check the profile package first, not the eUICC/);
});

test('an element status that is a status word of the card reads as one', () => {
  const simaResponse = EUICCResponse.encode({ peStatus: [{ status: 'unknown(27268)', identification: 12 }] });
  assert.deepEqual(installationFailure('loadProfileElements', 'installFailedDueToPEProcessingError', simaResponse).lines, [
    'profile element with identification 12: status word 6A84',
  ]);
});

test('an EUICCResponse that is none is told, and does not hide the reason', () => {
  const { message, lines } = installationFailure('storeMetadata', 'unknown(99)', Uint8Array.of(0x30, 0x05));
  assert.equal(message, 'installation failed in storeMetadata: unknown(99) (2/99)');
  assert.match(lines[0] ?? '', /cannot be read/);
});

test('a refusal of the server, in words and codes, with what the server says', () => {
  const refused = new ServerError('ES9+.AuthenticateClient', { subjectCode: '8.2.6', reasonCode: '3.8', message: 'Refused' });
  refused.codeState = 'ended';
  assert.deepEqual(explain(refused, 'linux'), {
    message: 'ES9+.AuthenticateClient: matching ID refused (8.2.6/3.8)',
    lines: ['the server says: Refused', 'the activation code has ended'],
    remedy:
      'the matching ID is mistyped, or the activation code was used: compare it with the original, run `lpa list`, then ask the operator',
  });
});

test('codes without a row are put together from their halves, and unknown ones are shown', () => {
  assert.equal(serverCode('8.2.7', '6.3').cause, 'confirmation code expired');
  assert.equal(serverCode('8.2.6', '9.9').cause, 'matching ID reason 9.9');
  assert.equal(serverCode('?', '?').cause, 'refused without known codes');
  // 3.10 and 4.10 are not 3.1 and 4.1
  assert.notEqual(serverCode('8.8.5', '4.10').cause, serverCode('8.8.5', '4.8').cause);
});

test('a status word is explained, and keeps its number', () => {
  assert.deepEqual(explain(new StatusWordError('ES10c.EnableProfile', 0x6985), 'linux'), {
    message: 'ES10c.EnableProfile: status word 6985',
    lines: ['conditions of use not satisfied: the command does not fit the state of the card'],
    remedy: 'the card lost the session, or restarted in between: try again',
  });
});

test('hints about the PC/SC service differ by operating system', () => {
  const hints = (['linux', 'win32', 'darwin', 'freebsd'] as const).map(
    (platform) => explain(new CardError('the PC/SC service does not run', { problem: 'noService' }), platform).remedy,
  );
  assert.equal(new Set(hints).size, 4);
  assert.ok(hints.every((hint) => hint !== undefined));
});

test('what only the thrower knew goes before the table', () => {
  const error = new CardError('no reader', { problem: 'noReader', remedy: 'look there' });
  assert.equal(explain(error, 'linux').remedy, 'look there');
  assert.equal(explain(new UsageError('x'), 'linux').remedy, undefined);
});

test('trust, network and cancellation have their remedies; none of them advises to switch a check off', () => {
  assert.match(explain(new TrustError('tlsNotYetValid', 'x'), 'linux').remedy ?? '', /clock/);
  assert.match(explain(new NetworkError('x', { problem: 'http', httpStatus: 503 }), 'linux').remedy ?? '', /later/);
  const later = new CancelledError('postponed');
  later.codeState = 'good';
  assert.deepEqual(explain(later, 'linux').lines, ['the activation code is still good']);
});
