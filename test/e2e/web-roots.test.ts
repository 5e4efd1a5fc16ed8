/**
 * A server whose certificate only a web root signed, here one of NODE_EXTRA_CA_CERTS: each command that connects says so, the
 * sending of notifications and discovery included.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mintCi, mintDpTls } from '../../src/lab/pki/mint.ts';
import { offerAtSocket } from '../../src/lab/readers/socket.ts';
import { portOf } from '../../src/lab/state/address.ts';
import { toPem } from '../../src/lpa/pki/pem.ts';
import { openBench } from '../lab/smdp/harness.ts';
import { cleanEnv, jsonErrorOf, LPA, runNode } from './programs.ts';

/** Accepts each notification, and refuses each session. */
async function webServer(port: number, pem: { readonly key: string; readonly cert: string }): Promise<AsyncDisposable> {
  const server = https.createServer(pem, (request, response) => {
    request.resume();
    if (request.url?.endsWith('/handleNotification')) return void response.writeHead(204).end();
    const statusCodeData = { subjectCode: '8.8.5', reasonCode: '6.4', message: 'no' };
    response.end(JSON.stringify({ header: { functionExecutionStatus: { status: 'Failed', statusCodeData } } }));
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a server that only a web root signed is named as such: NODE_EXTRA_CA_CERTS adds to the web roots', {
  timeout: 60_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-web-roots-'));
  await using bench = await openBench();
  const { address } = bench.smdp;
  await bench.download(); // its notification stays on the card
  await bench.smdp.close();
  const root = await mintCi({ subject: [['commonName', 'Web Root']], policies: undefined });
  const leaf = await mintDpTls(root, 'localhost', { policies: undefined });
  const rootFile = join(dir, 'root.pem');
  writeFileSync(rootFile, toPem(root.certificate));
  await using _server = await webServer(portOf(address), {
    key: leaf.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: toPem(leaf.certificate),
  });
  await using card = await offerAtSocket(bench.card);
  const lpa = (argv: readonly string[], extra: Record<string, string> = { NODE_EXTRA_CA_CERTS: rootFile }) =>
    runNode([LPA, '--progress', 'none', ...argv], cleanEnv(dir, { LPA_READER: card.name, ...extra }));
  const note = `${address}: the server's certificate chains to a web root, not to a CI on this eUICC`;
  const notes = (stderr: string): number => stderr.replaceAll('\n', ' ').split(note).length - 1;
  const code = `LPA:1$${address}$X`;

  const unknown = await lpa(['download', code, '--yes', '--json'], {});
  assert.equal(jsonErrorOf(unknown)['check'], 'tlsInspected');
  assert.equal(notes(unknown.stderr), 0);
  const strict = await lpa(['notifications', 'send', '--strict-ci']);
  assert.deepEqual([strict.code, notes(strict.stderr)], [8, 0], strict.stderr);

  const download = await lpa(['download', code, '--yes']);
  assert.deepEqual([download.code, notes(download.stderr)], [5, 1], download.stderr);
  assert.equal((await lpa(['smdp', address])).code, 0);
  const discover = await lpa(['discover']);
  assert.equal(notes(discover.stderr), 1, discover.stderr);
  const sent = await lpa(['notifications', 'send']);
  assert.deepEqual([sent.code, notes(sent.stderr)], [0, 1], sent.stderr);
  rmSync(dir, { recursive: true });
});
