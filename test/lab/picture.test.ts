import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codePicture, greyPng } from '../../src/lab/cli/picture.ts';
import { toHex } from '../../src/lpa/bytes.ts';
import { codeModules } from '../../src/terminal/qr-code.ts';

test('a PNG has its signature, header, pixels and end, each with its CRC', () => {
  const png = toHex(greyPng(1, 1, Uint8Array.of(0)));
  assert.match(png, /^89504E470D0A1A0A0000000D49484452000000010000000108000000003A7E9B55/);
  assert.match(png, /0000000049454E44AE426082$/);
});

test('a picture is the modules, enlarged, with four light modules around', async () => {
  const modules = await codeModules('LPA:1$localhost:8443$ABC');
  assert.equal(modules.length, 25);
  assert.deepEqual(modules[0]?.slice(0, 8), [true, true, true, true, true, true, true, false], 'a finder pattern in the corner');
  const header = new DataView((await codePicture('LPA:1$localhost:8443$ABC', 3)).buffer);
  assert.deepEqual([header.getUint32(16), header.getUint32(20)], [99, 99]);
});
