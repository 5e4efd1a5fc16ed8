import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MASK, Secrets } from '../../src/cli/capture/secrets.ts';
import { traceTo } from '../../src/cli/capture/trace.ts';
import { buildDer } from '../../src/lpa/asn1/schema.ts';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { toBase64, toHex, utf8Bytes } from '../../src/lpa/bytes.ts';
import { iso7816Card } from '../../src/lpa/card/iso7816.ts';
import { tracedLink } from '../../src/lpa/card/trace.ts';
import { AuthenticateServer, hashConfirmationCode, PrepareDownload } from '../../src/lpa/es10/es10b.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { ServerSigned1 } from '../../src/lpa/sgp22/authentication.ts';
import { SmdpSigned2 } from '../../src/lpa/sgp22/download.ts';
import { lpa, scriptedLink } from './harness.ts';
import { listed } from './profiles.ts';

const MATCHING_ID = 'SECRET-MATCHING-ID-0001';

/** Runs `act` on a traced card and returns every line of the trace. */
async function traced(
  script: Record<string, string>,
  act: (isdr: Isdr) => Promise<unknown>,
  secrets = new Secrets(),
): Promise<string> {
  const lines: string[] = [];
  const trace = traceTo((text) => lines.push(text), secrets);
  const isdr = await Isdr.open(iso7816Card(tracedLink(scriptedLink(script), trace.listener)), undefined, trace.listener);
  await act(isdr);
  await isdr[Symbol.asyncDispose]();
  trace.end();
  return lines.join('\n');
}

const serverSigned1 = buildDer(ServerSigned1, {
  transactionId: 'A1A2',
  euiccChallenge: new Uint8Array(16),
  serverAddress: 'smdp.example.com',
  serverChallenge: new Uint8Array(16),
});

test('a matching ID is masked in words and in APDUs, also where it runs from one block into the next', async () => {
  // Certificates of growing length move the secret over the border between two blocks, octet by octet.
  for (let padding = 60; padding < 120; padding++) {
    const text = await traced({ BF38: 'BF3809A1078002A1A2020101' }, (isdr) =>
      isdr.call(AuthenticateServer, {
        serverSigned1,
        serverSignature1: encodeTlv(0x5f37, new Uint8Array(64)),
        euiccCiPKIdToBeUsed: '81370F5125D0B1D408D4C3B232E6D25E795BEBFB',
        serverCertificate: encodeTlv(0x30, encodeTlv(0x04, new Uint8Array(padding))),
        ctxParams1: { matchingId: MATCHING_ID, deviceInfo: { tac: '35290611', deviceCapabilities: {} } },
      }),
    );
    const octets = [...text.matchAll(/^ {2}> 81E2....(..)(.*)00$/gm)].map(([, , data]) => data).join('');
    assert.ok(octets.includes('8017' + '••'.repeat(MATCHING_ID.length) + 'A1'), String(padding));
    assert.ok(!text.includes(MATCHING_ID));
    assert.match(text, new RegExp(`"matchingId":"${MASK}"`));
  }
});

test('the hash of a confirmation code is masked in the request, and where the card repeats it', async () => {
  const hashCc = await hashConfirmationCode('1234', 'A1A2');
  const signed2 = encodeTlv(0x30, Uint8Array.from(Buffer.from(`8002A1A25F4901040420${toHex(hashCc)}`, 'hex')));
  const answer = encodeTlv(0xbf21, encodeTlv(0xa0, Buffer.concat([signed2, encodeTlv(0x5f37, new Uint8Array(64))])));
  const text = await traced({ BF21: toHex(answer) }, (isdr) =>
    isdr.call(PrepareDownload, {
      smdpSigned2: buildDer(SmdpSigned2, { transactionId: 'A1A2', ccRequiredFlag: true }),
      smdpSignature2: encodeTlv(0x5f37, new Uint8Array(64)),
      hashCc,
      smdpCertificate: encodeTlv(0x30, encodeTlv(0x04, new Uint8Array(10))),
    }),
  );
  assert.equal(text.split('••'.repeat(32)).length, 3);
  assert.ok(!text.includes(toHex(hashCc)));
  assert.equal(text.split(`"hashCc":"${MASK}"`).length, 3);
});

test('secrets are masked in base64 whatever stands before them', () => {
  const secrets = new Secrets();
  secrets.addText(MATCHING_ID);
  for (let before = 0; before < 6; before++) {
    const text = toBase64(Buffer.concat([Buffer.alloc(before, 0x55), utf8Bytes(MATCHING_ID), Buffer.from('after')]));
    const masked = secrets.maskText(`{"authenticateServerResponse":"${text}"}`);
    assert.ok(masked.includes(MASK), String(before));
    const left = masked.split(MASK).join('');
    assert.ok(!Buffer.from(left.replace(/.*":"|"}/g, ''), 'base64').includes(MATCHING_ID.slice(2, -2)));
  }
});

test('a short secret is masked in APDUs where it is a data object of its own, and nowhere else', () => {
  const secrets = new Secrets();
  secrets.addText('12');
  assert.deepEqual(secrets.hexOf([Uint8Array.of(0x80, 2, 0x31, 0x32, 0x31, 0x32)]), ['8002••••3132']);
});

test('--trace tells functions, requests, answers and APDUs on stderr; the result alone stands on stdout', async () => {
  const { code, out, err } = await lpa(['list', '--trace', '--json'], {
    card: { BF2D: listed({ iccid: '8949000000000000011' }) },
  });
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).length, 1);
  assert.equal(
    err.replaceAll(/\(\d+ ms\)/g, '(0 ms)'),
    `\
card
  > 80AA000007A9058100830107
  < 9000
  > 0070000001
  < 019000
  > 01A4040010A0000005591010FFFFFFFF890000010000
  < 6F07E00582030202029000
ES10c.GetProfilesInfo {"tagList":"5A4F9F7090919295"}
  > 81E291000DBF2D0A5C085A4F9F709091929500
  < BF2D10A00EE30C5A0A989400000000000010F19000
  = {"profileInfoListOk":[{"iccid":"8949000000000000011"}]} (0 ms)
card
  > 00708001
  < 9000
`,
  );
});

test('--trace-file writes the same to a file that nobody else may read', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'lpa-trace-')), 'trace.txt');
  const { err } = await lpa(['list', '--trace-file', file], { card: { BF2D: listed() } });
  assert.equal(err, '');
  assert.match(readFileSync(file, 'utf8'), /^ES10c\.GetProfilesInfo /m);
  assert.equal(statSync(file).mode & 0o077, 0);
});

test('a file that was there for all to read is closed to others', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'lpa-trace-')), 'trace.txt');
  writeFileSync(file, 'old', { mode: 0o644 });
  await lpa(['list', '--trace-file', file], { card: { BF2D: listed() } });
  assert.equal(statSync(file).mode & 0o777, 0o600);
});
