/** Text from a card, a server or a code on its way to a terminal: nothing in it acts, nothing hides, widths are what was computed. */
import { displayText, displayWidth, jsonText } from '../../../src/terminal/safe-text.ts';
import { table } from '../../../src/terminal/table.ts';
import { mutateOctets } from '../mutate.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

const TEXTS = [
  'Operator',
  '\x1b]52;c;aGk=\x07\x1b[2J\x1b[1;1H',
  '\u202Egnp.exe\u2066\u200b\u200d\ufeff',
  'a\r\nb\tc\u0085\u2028\u2029',
  '日本語テキスト\u{1F1E9}\u{1F1EA}\u{1F44D}\u{1F3FD}\u2764\uFE0F',
  'e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  'กำ\u0E33 한글 ᄒ\u1161\u11ab',
  '\u{E0041}\u{FFF00}\ud800\udfff\udc00',
];

/** What moves a cursor, ends a line, turns the direction of reading or takes no room. By number, not by property: two lists have to agree. */
// biome-ignore format: a table
const HIDDEN: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f], [0x7f, 0x9f], [0xad, 0xad], [0x61c, 0x61c], [0x115f, 0x1160], [0x17b4, 0x17b5], [0x180b, 0x180f], [0x200b, 0x200f],
  [0x2028, 0x202e], [0x2060, 0x206f], [0x3164, 0x3164], [0xd800, 0xdfff], [0xfe00, 0xfe0f], [0xfeff, 0xfeff], [0xffa0, 0xffa0],
  [0xfff0, 0xfffb], [0xe0000, 0xe0fff],
];

/** UTF-16 as it comes: two octets a unit, so that lone surrogates are among it. */
const toUnits = (text: string): Uint8Array =>
  Uint8Array.from([...Array(text.length).keys()].flatMap((i) => [text.charCodeAt(i) >> 8, text.charCodeAt(i) & 0xff]));
const fromUnits = (input: Uint8Array): string => {
  let text = '';
  for (let at = 0; at + 1 < input.length; at += 2) text += String.fromCharCode(input[at]! * 0x100 + input[at + 1]!);
  return text;
};

export const text: Target = {
  name: 'text',
  mutate: mutateOctets,
  words: TEXTS.map(toUnits),
  seeds: () => TEXTS.map(toUnits),
  run(input) {
    const foreign = fromUnits(input);
    return outcomeNow(() => {
      for (const columns of [0, 1, 2, 7, 80, 2000]) {
        const shown = displayText(foreign, columns);
        checkHarmless(shown);
        if (displayWidth(shown) > columns) throw new Finding(`${displayWidth(shown)} columns, ${columns} at most`);
        if (displayText(shown, columns) !== shown) throw new Finding('shown again it is another text');
      }
      const json = jsonText({ [foreign]: [foreign] });
      checkHarmless(json);
      const back: unknown = Object.entries(JSON.parse(json) as object)[0];
      if (JSON.stringify(back) !== JSON.stringify([foreign, [foreign]])) throw new Finding('a parser reads another text');
      const [head = '', row = ''] = table(['A', 'B'], [[foreign, 'x']], 40).split('\n');
      checkHarmless(head);
      checkHarmless(row);
      if (displayWidth(row) > 40) throw new Finding('a line of a table is too wide');
    });
  },
};

/** @throws {Finding} when something in it would act on a terminal, or hide */
export function checkHarmless(shown: string): void {
  // An emoji may carry the selector that makes it one.
  for (const character of shown.replace(/\p{Extended_Pictographic}\uFE0F/gu, '')) {
    const point = character.codePointAt(0) ?? 0;
    if (HIDDEN.some(([first, last]) => point >= first && point <= last))
      throw new Finding(`U+${point.toString(16)} reaches the terminal`);
  }
}
