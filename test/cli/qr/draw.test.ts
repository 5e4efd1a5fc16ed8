import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCodes } from '../../../src/cli/input/picture/decode.ts';
import { greyPng } from '../../../src/lab/cli/picture.ts';
import { UsageError } from '../../../src/lpa/errors.ts';
import { drawCode } from '../../../src/terminal/qr-code.ts';

const CODE = 'LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815';

/** What a camera sees of half blocks: `ink` is the grey of the text colour, `paper` that of the background. */
function photograph(lines: readonly string[], ink: number, paper: number): Uint8Array {
  const scale = 6;
  const width = (lines[0]?.length ?? 0) * scale;
  const height = lines.length * 2 * scale;
  const grey = Uint8Array.from({ length: width * height }, (_, at) => {
    const row = Math.floor(Math.floor(at / width) / scale);
    const cell = lines[row >> 1]?.[Math.floor((at % width) / scale)] ?? ' ';
    return (row % 2 === 0 ? '█▀' : '█▄').includes(cell) ? ink : paper;
  });
  return greyPng(width, height, grey);
}

test('a code drawn on a dark terminal is read from a picture of it', async () => {
  const lines = (await drawCode(CODE)).split('\n');
  assert.deepEqual(await readCodes(photograph(lines, 230, 30)), [CODE]);
  assert.ok(lines.every((line) => line.length === lines[0]?.length && /^[█▀▄ ]+$/.test(line)));
});

test('a code of 255 characters is drawn; what no QR code can hold is a usage error', async () => {
  const long = `LPA:1$smdp.example.com$${'A'.repeat(236)}`;
  assert.deepEqual(await readCodes(photograph((await drawCode(long)).split('\n'), 255, 0)), [long]);
  await assert.rejects(drawCode('A'.repeat(2954)), UsageError);
});
