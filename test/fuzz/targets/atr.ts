/** Answers to reset, and proactive commands. */
import { concat, fromHex } from '../../../src/lpa/bytes.ts';
import { readAtr } from '../../../src/lpa/card/atr.ts';
import { payloadReader } from '../../../src/lpa/card/socket/framing.ts';
import { mutateOctets } from '../mutate.ts';
import { hashOf, randomOf } from '../random.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

export const atr: Target = {
  name: 'atr',
  mutate: mutateOctets,
  seeds: () =>
    [
      '3B9F96803FC7828031E073FE211B57AA8660F0020001FD',
      '3B808131FE458B',
      '3F808171FE4501CA',
      '3B9F9681B1FE453FC7828031E073FE211B574C5041204C41427B',
      '3B00',
      '3BFF',
    ].map(fromHex),
  run: (input) =>
    outcomeNow(() => {
      checkFraming(input);
      const { protocols, historical } = readAtr(input);
      if (protocols.length === 0 || protocols.length > 15) throw new Finding(`${protocols.length} protocols`);
      if (historical.length > 15) throw new Finding(`${historical.length} historical bytes`);
    }),
};

/** What comes from a socket, in whatever pieces, gives the same payloads. */
function checkFraming(input: Uint8Array): void {
  const random = randomOf(hashOf(input));
  const whole: Uint8Array[] = [];
  payloadReader((payload) => whole.push(payload))(input);
  const pieces: Uint8Array[] = [];
  const reader = payloadReader((payload) => pieces.push(payload));
  for (let at = 0; at < input.length; ) {
    const length = 1 + random.int(5);
    reader(input.subarray(at, at + length));
    at += length;
  }
  if (Buffer.compare(concat(...whole), concat(...pieces)) !== 0 || whole.length !== pieces.length)
    throw new Finding('other pieces, other payloads');
}
