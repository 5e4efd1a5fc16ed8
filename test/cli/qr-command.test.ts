import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { codePicture } from '../../src/lab/cli/picture.ts';
import { lpa } from './harness.ts';
import { jpeg, photograph, png, square } from './qr/raster.ts';

const CODE = 'LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815';
const OTHER = 'LPA:1$other.example.com$OTHER-CODE$$1';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpa-qr-'));
});
after(() => rm(folder, { recursive: true }));

async function file(name: string, octets: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), octets);
  return join(folder, name);
}

const both = () =>
  photograph({
    width: 700,
    height: 350,
    codes: [
      [CODE, square([175, 175], 300)],
      [OTHER, square([525, 175], 300)],
    ],
  });

test('qr draws a code: plain in a pipe, white on black on a terminal', async () => {
  const piped = await lpa(['qr', CODE]);
  assert.deepEqual([piped.code, piped.err], [0, '']);
  assert.match(piped.out, /^([█▀▄ ]{33}\n){17}$/);
  const shown = await lpa(['qr', CODE], { columns: 80, env: { TERM: 'xterm' } });
  assert.equal(shown.out.replaceAll('\x1b[97m\x1b[40m', '').replaceAll('\x1b[49m\x1b[39m', ''), piped.out);
  assert.equal(shown.out.split('\x1b[97m').length, 18);
});

test('qr reads a picture, from a file or from stdin, and prints the code', async () => {
  const picture = await codePicture(CODE);
  const result = { code: 0, out: `${CODE}\n`, err: '', asked: [] };
  assert.deepEqual(await lpa(['qr', await file('code.png', picture)]), result);
  assert.deepEqual(
    await lpa([
      'qr',
      await file(
        'photo',
        await jpeg(await photograph({ width: 400, height: 400, codes: [[CODE, square([200, 200], 280, 33)]] }), 30),
      ),
    ]),
    result,
  );
  assert.deepEqual(await lpa(['qr', '-'], { stdin: picture }), result);
  const { code, out } = await lpa(['qr', await file('code.png', picture), '--json']);
  assert.deepEqual(
    [code, JSON.parse(out)],
    [0, { smdpAddress: 'smdp.example.com', matchingId: '04386-AGYFT-A74Y8-3F815', confirmationCodeRequired: false }],
  );
});

test('a code as text on stdin is drawn', async () => {
  assert.equal((await lpa(['qr', '-'], { stdin: `${CODE}\n` })).out, (await lpa(['qr', CODE])).out);
});

test('two different codes in a picture are asked for, and are an error where nobody can be asked', async () => {
  const picture = await file('both.png', png(await both()));
  const piped = await lpa(['qr', picture]);
  assert.deepEqual([piped.code, piped.out], [2, '']);
  assert.match(piped.err, /^lpa: the picture holds 2 different activation codes\nhint: /);
  const asked = await lpa(['qr', picture], { typed: '2\n' });
  assert.equal(asked.code, 0);
  const line = / 2 {2}(\S+) /.exec(asked.err)?.[1] ?? '';
  assert.ok([CODE, OTHER].includes(asked.out.trim()) && asked.out.includes(line));
});

test('a picture without a code and a code with a mistake say what is wrong, and never the code', async () => {
  const none = await lpa(['qr', await file('none.png', png(await photograph({ width: 90, height: 60, codes: [] })))]);
  assert.deepEqual([none.code, none.out], [2, '']);
  assert.match(
    none.err,
    /^lpa: picture: no QR code found in 90 x 60 pixels of PNG \(tried ZXing, ZXing with more contrast, jsqr\)\nhint: /,
  );
  const wrong = await lpa(['qr', 'LPA:1$smdp.example.com$HUNTER2é']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /^lpa: activation code: the matching ID: expected printable ASCII other than \$ \(column 31\)\nhint: /);
  assert.doesNotMatch(wrong.err, /HUNTER/);
});
