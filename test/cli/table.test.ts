import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { displayWidth } from '../../src/terminal/safe-text.ts';
import { table } from '../../src/terminal/table.ts';
import { wrapped } from '../../src/terminal/wrap.ts';

const green = (text: string): string => `\x1b[32m${text}\x1b[39m`;

test('one record a line, columns two spaces apart, nothing after the last word', () => {
  assert.equal(
    table(
      ['ICCID', 'STATE', 'NAME', 'PROVIDER'],
      [
        ['8910300000000000019', 'enabled', 'Alpha', ''],
        ['8910300000000000027', 'disabled', '', 'Example Mobile'],
        ['8910300000000000035'],
      ],
    ),
    `\
ICCID                STATE     NAME   PROVIDER
8910300000000000019  enabled   Alpha
8910300000000000027  disabled         Example Mobile
8910300000000000035`,
  );
});

test('wide characters, marks and emoji line up', () => {
  const lines = table(
    ['NAME', '|'],
    [
      ['中国移动', '|'],
      ['Ελλάς', '|'],
      ['e\u0301', '|'],
      ['👍🏽🇩🇪', '|'],
      ['ไทย', '|'],
    ],
  ).split('\n');
  assert.deepEqual(
    lines.map((line) => displayWidth(line.slice(0, line.indexOf('|')))),
    [10, 10, 10, 10, 10, 10],
  );
});

test('a style colours the words and not the spaces, and is not counted', () => {
  assert.equal(
    table(
      ['STATE', 'NAME'],
      [
        [{ text: 'on', style: green }, 'Alpha'],
        [{ text: 'disabled', style: green }, 'Beta'],
      ],
    ),
    'STATE     NAME\n\x1b[32mon\x1b[39m        Alpha\n\x1b[32mdisabled\x1b[39m  Beta',
  );
});

test('a cell cannot bring an escape sequence or a line break of its own', () => {
  assert.equal(table(['NAME', 'X'], [['\x1b[2Ja\nb', '1']]), 'NAME         X\n\\x1B[2Ja\\nb  1');
});

test('where the terminal is too narrow the widest columns are cut, and an ICCID is left whole', () => {
  const iccid = { text: '8910300000000000019', whole: true };
  const row = [iccid, 'disabled', 'a name of the length that people give', 'Some Provider with a long name, Ltd.'];
  assert.equal(
    table(['ICCID', 'STATE', 'NAME', 'PROVIDER'], [row], 72),
    `\
ICCID                STATE     NAME                 PROVIDER
8910300000000000019  disabled  a name of the leng…  Some Provider with …`,
  );
  assert.equal(
    table(['ICCID', 'STATE', 'NAME', 'PROVIDER'], [row], 10),
    'ICCID                STATE   NAME    PROVI…\n8910300000000000019  disab…  a nam…  Some …',
  );
});

test('no line is wider than the terminal, unless every column is at its least', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(
      fc.array(fc.array(text, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 40, max: 120 }),
      (rows, columns) => {
        const lines = table(['A', 'B', 'C', 'D', 'E'], rows, columns).split('\n');
        assert.equal(lines.length, rows.length + 1);
        for (const line of lines) assert.ok(displayWidth(line) <= columns, line);
      },
    ),
  );
});

test('a line that is too long for a terminal is broken at spaces, and what is to be typed stays whole', () => {
  assert.equal(wrapped('lpa: short', 5, 80), 'lpa: short');
  assert.equal(wrapped('lpa: one two three four', 5, 15), 'lpa: one two\n     three four');
  assert.equal(wrapped('hint: try `lpa help list` now', 6, 20), 'hint: try\n      `lpa help list`\n      now');
  assert.equal(wrapped('one `b c d e f` g', 2, 6), 'one\n  `b c d e f`\n  g');
  assert.equal(wrapped('中国移动 中国移动 中国移动', 0, 10), '中国移动\n中国移动\n中国移动');
  assert.equal(wrapped('x'.repeat(30), 2, 10), 'x'.repeat(30));
  assert.equal(wrapped('label     value and more', 10, 16), 'label     value\n          and\n          more');
  assert.equal(wrapped('no end of it', 4, undefined), 'no end of it');
});
