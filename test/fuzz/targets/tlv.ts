/** The reader of BER-TLV: what it gives are the octets that it was given, whole and in order. */
import { MAX_NESTING, parseTlvs, type Tlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, equalBytes, fromHex } from '../../../src/lpa/bytes.ts';
import { mutateTlv } from '../mutate.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

export const tlv: Target = {
  name: 'tlv',
  mutate: mutateTlv,
  seeds: () =>
    ['BF2D0AE308810101BF22028000', '30030101FF', '5F494104', '3080', '9F7001009F8101020304', '84000000', 'A003A001A0'].map(
      fromHex,
    ),
  run: (input) =>
    outcomeNow(() => {
      const run = parseTlvs(input);
      if (!equalBytes(concat(...run.map(({ bytes }) => bytes)), input)) throw new Finding('octets are lost between data objects');
      for (const each of run) check(each, 0);
    }),
};

function check({ bytes, content, children }: Tlv, depth: number): void {
  if (depth > MAX_NESTING) throw new Finding('nested deeper than allowed');
  if (!equalBytes(bytes.subarray(bytes.length - content.length), content)) throw new Finding('the content is not at the end');
  if (children.length === 0) return;
  if (!equalBytes(concat(...children.map((child) => child.bytes)), content)) throw new Finding('children are not the content');
  for (const child of children) check(child, depth + 1);
}
