/** docs/first-steps.md: a newcomer's first commands in a terminal of 100 columns, as they come out. UPDATE_DOCS=1 writes them there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codePicture } from '../../src/lab/cli/picture.ts';
import { startPcscd } from '../../src/lab/readers/pcscd.ts';
import { createSmdp } from '../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { makeCards } from '../cli/cards.ts';
import { sharedDomain } from '../lab/smdp/harness.ts';
import { cleanEnv } from './programs.ts';

// From build/test/e2e.
const DOC = fileURLToPath(new URL('../../../docs/first-steps.md', import.meta.url));
const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));
const BLOCK = /(?<=^```console\n)[\s\S]*?(?=^```$)/m;

/** As typed, and what is answered at the question. */
const STEPS: readonly (readonly [string, string?])[] = [
  ['lpa'],
  ['lpa readers'],
  ['lpa qr alpha.png'],
  ['lpa download alpha.png', 'y\n'],
  ['lpa list'],
  ['lpa enable Alpha'],
  ['lpa list'],
];

/** What is left on the screen of lines that were written over: of each column, what stood there last. */
function screenOf(written: string): string {
  return written
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => {
      let shown = '';
      for (const part of line.split('\r')) shown = part + shown.slice(part.length);
      return shown.trimEnd();
    })
    .join('\n')
    .replace(/\n+$/, '\n');
}

test('docs/first-steps.md shows what a newcomer sees', { timeout: 120_000 }, async () => {
  const domain = await sharedDomain();
  const smdp = await createSmdp({ pki: { domains: [domain] }, state: newSmdpState(), log: () => {} });
  await smdp.listen(0);
  const [one] = await makeCards(domain, 1);
  const pcscd = await startPcscd([{ name: 'Lab', card: one!.card }]);
  const dir = mkdtempSync(join(tmpdir(), 'lpa-first-'));
  try {
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin', 'lpa'), `#!/bin/sh\nexec '${process.execPath}' '${LPA}' "$@"\n`, { mode: 0o755 });
    const { activationCode } = smdp.createOrder({
      profileName: 'Alpha',
      serviceProviderName: 'Example Telecom',
      iccid: '8900044000000000019',
      matchingId: 'N5A8-3GXJ-JSDL-CVQJ',
    });
    writeFileSync(join(dir, 'alpha.png'), await codePicture(activationCode));
    const env = cleanEnv(dir, {
      PATH: [join(dir, 'bin'), process.env['PATH']].join(delimiter),
      PCSCLITE_CSOCK_NAME: pcscd.socketName,
      NO_PROXY: 'localhost',
      NO_COLOR: '1',
      TERM: 'xterm',
      SHELL: '/bin/sh',
    });
    let transcript = '';
    for (const [line, answer] of STEPS) {
      const child = spawn('script', ['-qec', `stty cols 100 && exec ${line}`, '/dev/null'], { cwd: dir, env });
      let written = '';
      let answered = answer === undefined;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        written += text;
        if (answered || !/: $/.test(written)) return;
        answered = true;
        child.stdin.write(answer ?? '');
      });
      const [code] = await once(child, 'close');
      assert.equal(code, 0, written);
      transcript += `$ ${line}\n${screenOf(written)}`;
    }
    const stable = transcript
      .replaceAll(smdp.address, 'localhost:30851')
      .replaceAll(domain.ciPKId, '30EA545B55B8012DA263F3071334775C00552BBD');
    const text = readFileSync(DOC, 'utf8');
    const filled = text.replace(BLOCK, () => stable);
    if (process.env['UPDATE_DOCS']) writeFileSync(DOC, filled);
    else assert.equal(text, filled, 'docs/first-steps.md is behind; UPDATE_DOCS=1 npm test -- first-steps');
  } finally {
    await pcscd[Symbol.asyncDispose]();
    await smdp.close();
    rmSync(dir, { recursive: true });
  }
});
