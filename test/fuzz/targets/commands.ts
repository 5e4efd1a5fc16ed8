/**
 * Commands from end to end, with a card and a server that say anything: the first octet tells which command, the pieces are
 * what the card answers to STORE DATA and what the server answers, one after the other. No exit code of a bug, and nothing
 * on stdout or stderr that acts on a terminal.
 */
import { concat, fromHex, utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import { REGISTRY } from '../../../src/lpa/sgp22/registry.ts';
import { lpa } from '../../cli/harness.ts';
import { mutatePieces, mutateTlv, pack, unpack } from '../mutate.ts';
import { randomOf } from '../random.ts';
import { sampleOf } from '../sample.ts';
import { Finding, type Target } from '../target.ts';
import { checkHarmless } from './text.ts';

const COMMANDS: readonly (readonly string[])[] = [
  ['list'],
  ['list', '--wide'],
  ['list', '--json'],
  ['info'],
  ['info', '--json'],
  ['info', 'eid'],
  ['notifications'],
  ['notifications', '--json'],
  ['notifications', 'send'],
  ['notifications', 'remove', '1', '--confirm', '1'],
  ['enable', '8910'],
  ['disable', 'work'],
  ['delete', '8910', '--confirm', '8910'],
  ['rename', '8910', 'x'],
  ['smdp'],
  ['readers'],
  ['discover'],
  ['inspect', 'LPA:1$smdp.example.com$X'],
  ['download', 'LPA:1$smdp.example.com$X', '--yes'],
  ['download', 'LPA:1$smdp.example.com$X', '--yes', '--json', '--trace'],
  ['reset', '--operational', '--confirm', '89049032123451234512345678901235'],
];

const OK = fromHex('9000');
const FCI = fromHex('6F07E0058203020202');

export const commands: Target = {
  name: 'commands',
  mutate: (input, random, pool, words) =>
    concat(
      Uint8Array.of(random.chance(0.3) ? random.int(COMMANDS.length) : (input[0] ?? 0)),
      mutatePieces(mutateTlv)(
        input.subarray(1),
        random,
        pool.map((each) => each.subarray(1)),
        words,
      ),
    ),
  limitMs: 15_000, // a card that is busy is waited for
  words: ['\x1b[2J', '\u202e', '\u200d', '\n', '__proto__'].map(utf8Bytes),
  seeds() {
    const random = randomOf(6);
    const answers = REGISTRY.filter(({ direction }) => direction === 'response').map(({ object }) => sampleOf(object, random));
    const body = utf8Bytes('{"header":{"functionExecutionStatus":{"status":"Executed-Success"}},"transactionId":"00"}');
    return COMMANDS.flatMap((_, i) => [
      concat(Uint8Array.of(i), pack(answers)),
      concat(Uint8Array.of(i), pack([random.pick(answers), body, random.pick(answers)])),
      ...answers.slice(i % 7, (i % 7) + 6).map((answer) => concat(Uint8Array.of(i), pack([answer]))),
    ]);
  },
  async run(input) {
    const argv = COMMANDS[(input[0] ?? 0) % COMMANDS.length]!;
    const given = unpack(input.subarray(1));
    const pieces = given.length > 0 ? given : [new Uint8Array()];
    let at = 0;
    let asked = 0;
    const next = (): Uint8Array => pieces[at++ % pieces.length]!;
    const { code, out, err } = await lpa(argv, {
      doors: {
        openLink: async () => ({
          name: 'hostile card',
          atr: fromHex('3B9F96803FC7828031E073FE211B57AA8660F0020001FD'),
          async transmit([, ins, p1]) {
            if (++asked > 20_000) throw new Finding('the card is asked without end');
            if (ins === 0x70) return p1 === 0 ? concat(Uint8Array.of(1), OK) : OK;
            if (ins === 0xa4) return concat(FCI, OK);
            return ins === 0xe2 && p1 !== 0x11 ? concat(next(), OK) : OK;
          },
          reset: async () => {},
          [Symbol.asyncDispose]: async () => {},
        }),
      },
      post: async () => ({ status: 200, body: utf8Text(next()) }),
    });
    if (![0, 2, 3, 4, 5, 6, 7, 8, 9, 130].includes(code)) throw new Finding(`${argv.join(' ')}: exit code ${code}: ${err}`);
    for (const line of [...out.split('\n'), ...err.split('\n')]) checkHarmless(line);
    return `${argv.join(' ')} ${code} ${err.replace(/"[^"]*"|[0-9A-F]{2,}|\d+/g, '#').slice(0, 150)}`;
  },
};
