/** What `lpa explain` makes of anything: a tree that can be printed, never an error, whatever is pasted or in a file. */

import { treeText } from '../../../src/cli/output/tree.ts';
import { everyNode, type Node } from '../../../src/inspect/node.ts';
import { bytesTree, textTree } from '../../../src/inspect/text.ts';
import { concat, toBase64, toHex, utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import { jsonText } from '../../../src/terminal/safe-text.ts';
import { plainPaint } from '../../../src/terminal/style.ts';
import { FAILED_INSTALLATION, PROFILE_LIST, REAL_EUICC_INFO2, REAL_FCI, samplesOfEveryObject } from '../../explain/samples.ts';
import { type Mutator, mutateOctets, mutateTlv } from '../mutate.ts';
import { Finding, outcomeOf, type Target } from '../target.ts';
import { samplePackage } from './bpp.ts';
import { checkHarmless } from './text.ts';

/** The first octet says whether it is text. */
const octets = (bytes: Uint8Array): Uint8Array => concat(Uint8Array.of(0), bytes);
const text = (pasted: string): Uint8Array => concat(Uint8Array.of(1), utf8Bytes(pasted));

const BODY = {
  header: { functionExecutionStatus: { status: 'Failed', statusCodeData: { subjectCode: '8.2.6', reasonCode: '3.8' } } },
};

const mutateEither: Mutator = (input, random, pool, words) =>
  concat(
    input.subarray(0, 1),
    (input[0] === 0 ? mutateTlv : mutateOctets)(
      input.subarray(1),
      random,
      pool.map((each) => each.subarray(1)),
      words,
    ),
  );

export const explained: Target = {
  name: 'explained',
  mutate: mutateEither,
  limitMs: 3000,
  words: ['> ', '< ', '\n', ' ', ':', '0x', '••', '{"', '"}', '-----BEGIN CERTIFICATE-----', '6A82', 'BF2D', '00000000: '].map(
    utf8Bytes,
  ),
  seeds: () => [
    ...samplesOfEveryObject().map((sample) => octets(sample.bytes)),
    ...[REAL_EUICC_INFO2, REAL_FCI, PROFILE_LIST, FAILED_INSTALLATION, samplePackage(true)].map(octets),
    text(toHex(PROFILE_LIST)),
    text(toBase64(PROFILE_LIST)),
    text(JSON.stringify({ ...BODY, boundProfilePackage: toBase64(samplePackage(false)), eventEntries: [{ eventId: 'X' }] })),
    text(`card\n  > 81E2910003BF2D00\n  < 6110\n  > 01C0000010\n  < ${toHex(PROFILE_LIST.subarray(0, 16))}9000 (3 ms)`),
    text('00000000: bf2d 02a0 0090 00  .-......\n'),
    text(`-----BEGIN CERTIFICATE-----\n${toBase64(REAL_FCI)}\n-----END CERTIFICATE-----`),
    text('ES10c.EnableProfile: catBusy'),
  ],
  async run(input) {
    const rest = input.subarray(1);
    let node: Node | undefined;
    const outcome = await outcomeOf(async () => {
      node = await ((input[0] ?? 0) % 2 === 0 ? bytesTree(rest, {}) : textTree(utf8Text(rest), { platform: 'linux' }));
    });
    if (outcome !== 'ok') throw new Finding(`an error and no tree: ${outcome}`);
    if (!node) return 'nothing';
    const lines = treeText(node, { paint: plainPaint, columns: 100 });
    for (const line of lines.split('\n')) checkHarmless(line);
    checkHarmless(jsonText(node));
    return [...everyNode(node)]
      .flatMap(({ name, errors = [] }) => [name, ...errors.map((error) => error.replace(/[0-9A-F]{2,}|\d+/g, '#'))])
      .join(' ')
      .slice(0, 300);
  },
};
