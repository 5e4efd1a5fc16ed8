import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { displayText, displayWidth, jsonText } from '../../src/terminal/safe-text.ts';

const shown: readonly [string, string, string][] = [
  ['plain text', 'Vodafone D2', 'Vodafone D2'],
  ['letters of any script', 'Česká Ελλάς Россия 中国移动 ไทย ভারত 日本', 'Česká Ελλάς Россия 中国移动 ไทย ভারত 日本'],
  ['emoji', '📶👍🏽🇩🇪❤️', '📶👍🏽🇩🇪❤️'],
  ['a backslash', 'a\\x1B', 'a\\x1B'],
  ['a window title', '\x1b]0;owned\x07', '\\x1B]0;owned\\x07'],
  ['a clipboard write (OSC 52)', '\x1b]52;c;aGk=\x1b\\', '\\x1B]52;c;aGk=\\x1B\\'],
  ['a cursor move', 'a\x1b[2A\x1b[2Kb', 'a\\x1B[2A\\x1B[2Kb'],
  ['C1 controls', '\x9b31m\x85', '\\x9B31m\\x85'],
  ['line breaks', 'a\r\nb\tc\u2028d\u2029e', 'a\\r\\nb\\tc\\u2028d\\u2029e'],
  ['NUL and DEL', '\x00\x7f', '\\x00\\x7F'],
  ['right-to-left overrides', '\u202egnp.\u202c\u2066x\u2069\u200f\u061c', '\\u202Egnp.\\u202C\\u2066x\\u2069\\u200F\\u061C'],
  ['zero width', 'a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg', 'a\\u200Bb\\u200Cc\\u200Dd\\u2060e\\uFEFFf\\xADg'],
  ['a joiner between emoji', '👩\u200d🔧', '👩\\u200D🔧'],
  ['letters that fonts leave out', '\u115f\u3164\uffa0\u034f', '\\u115F\\u3164\\uFFA0\\u034F'],
  ['the tags block', 'a\u{e0041}\u{e007f}', 'a\\u{E0041}\\u{E007F}'],
  ['variation selectors but the one of emoji', 'a\ufe0f\ufe00\u{e0100}', 'a\\uFE0F\\uFE00\\u{E0100}'],
  ['surrogates that stand alone', 'a\ud83db\udca9', 'a\\uD83Db\\uDCA9'],
  ['private, unassigned, no characters', '\ue000\u0378\uffff', '\\uE000\\u0378\\uFFFF'],
  ['a mark with nothing to stand on', '\u0301a\u0301', '\\u0301a\u0301'],
  ['a tower of marks', `a${'\u0301'.repeat(6)}`, `a${'\u0301'.repeat(4)}\\u0301\\u0301`],
];

for (const [what, text, expected] of shown) {
  test(`${what}: ${expected}`, () => {
    assert.equal(displayText(text), expected);
    assert.equal(displayText(expected), expected, 'what was shown may be shown again');
  });
}

test('text that is too long ends in an ellipsis, counted in columns, escapes and wide characters never halved', () => {
  assert.equal(displayText('abcdef', 6), 'abcdef');
  assert.equal(displayText('abcdefg', 6), 'abcde…');
  assert.equal(displayText('中国移动', 8), '中国移动');
  assert.equal(displayText('中国移动', 7), '中国移…');
  assert.equal(displayText('中国移动', 6), '中国…');
  assert.equal(displayText('ab\x1bcd', 6), 'ab…');
  assert.equal(displayText('ab\x1bcd', 7), 'ab\\x1B…');
  assert.equal(displayText('e\u0301e\u0301e\u0301', 2), 'e\u0301…');
  assert.equal(displayText('🇩🇪🇫🇷', 3), '🇩🇪…');
  assert.equal(displayText('abc', 1), '…');
  assert.equal(displayText('abc', 0), '');
  assert.equal(displayText('x'.repeat(1000)).length, 80);
});

test('widths are those of a terminal', () => {
  const widths: readonly [string, number][] = [
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['中国移动', 8],
    ['ﾃｽﾄ', 3],
    ['ＡＢ', 4],
    ['한국', 4],
    ['\u1112\u1161\u11ab', 2],
    ['ไทย', 3],
    ['กำ', 2],
    ['क्षि', 3],
    ['📶', 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['❤', 1],
    ['❤️', 2],
    ['\x1b', 4],
  ];
  for (const [text, width] of widths) assert.equal(displayWidth(text), width, text);
});

test('the width of every single character that is shown is that of string-width', () => {
  const unlike: string[] = [];
  for (let code = 0x20; code <= 0x3ffff; code++) {
    const character = String.fromCodePoint(code);
    if (displayText(character) !== character) continue;
    if (displayWidth(character) !== stringWidth(character))
      unlike.push(`${code.toString(16)} ${displayWidth(character)} ${stringWidth(character)}`);
  }
  assert.deepEqual(unlike, []);
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '\x1b[2J',
        '\u202e',
        '\u200d',
        '👩',
        '🏽',
        '❤',
        '\ufe0f',
        '🇩',
        '中',
        'a',
        '\u0301',
        '\n',
        '\ud83d',
        '\u1100',
        '\u1161',
      ),
    )
    .map((parts) => parts.join('')),
);

test('whatever the text, what is shown fits, has no control in it, and is shown the same again', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, columns) => {
      const once = displayText(text, columns);
      assert.ok(displayWidth(once) <= columns);
      assert.doesNotMatch(once, /[\p{Cc}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u);
      assert.equal(displayText(once, columns), once);
      assert.equal(displayWidth(displayText(text, 1000)), displayWidth(text));
    }),
    { numRuns: 3000 },
  );
});

test('four million characters are cut at once', () => {
  const started = performance.now();
  for (const piece of ['a', '\u0301', '\x1b', '中', '\ud83d', '🇩']) displayText(piece.repeat(4_000_000 / piece.length));
  assert.ok(performance.now() - started < 500, `${performance.now() - started} ms`);
});

test('JSON escapes what hides, and a parser reads what was meant', () => {
  assert.equal(
    jsonText({ name: '\x1b]52;c;x\x07 \u202eevil\u2069 \u200b \x9b \u2028 中 👩\u200d🔧 \u{e0041} \ud83d "\\' }),
    '{"name":"\\u001b]52;c;x\\u0007 \\u202eevil\\u2069 \\u200b \\u009b \\u2028 中 👩\\u200d🔧 \\udb40\\udc41 \\ud83d \\"\\\\"}',
  );
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = jsonText(value, indent);
      assert.doesNotMatch(text, /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      assert.equal(jsonText(JSON.parse(text)), jsonText(value));
      assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(value));
    }),
    { numRuns: 2000 },
  );
});

test('octets are base64 in JSON, absent members are absent, lines are indented on request', () => {
  assert.equal(
    jsonText({ icon: Uint8Array.of(1, 2, 255), same: Buffer.from([1, 2, 255]), gone: undefined }),
    '{"icon":"AQL/","same":"AQL/"}',
  );
  assert.equal(jsonText([Uint8Array.of(0)]), '["AA=="]');
  assert.equal(jsonText({ a: ['x\ny'] }, 2), '{\n  "a": [\n    "x\\ny"\n  ]\n}');
  assert.equal(jsonText(undefined), 'null');
});
