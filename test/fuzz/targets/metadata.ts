/** The comparison of metadata: two inputs side by side; what differs in meaning is found, what is the same is not. */
import { isDeepStrictEqual } from 'node:util';
import { differingField } from '../../../src/lpa/procedures/metadata.ts';
import { StoreMetadataRequest } from '../../../src/lpa/sgp22/profile.ts';
import { mutatePieces, mutateTlv, pack, unpack } from '../mutate.ts';
import { randomOf } from '../random.ts';
import { sampleOf } from '../sample.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

export const metadata: Target = {
  name: 'metadata',
  mutate: mutatePieces(mutateTlv),
  seeds() {
    const random = randomOf(2);
    return Array.from({ length: 12 }, (_, i) => {
      const one = sampleOf(StoreMetadataRequest, random, i / 11);
      return pack([one, one]);
    });
  },
  run: (input) =>
    outcomeNow(() => {
      const [shown = new Uint8Array(), packed = new Uint8Array()] = unpack(input);
      const [a, b] = [StoreMetadataRequest.decode(shown), StoreMetadataRequest.decode(packed)];
      const field = differingField(shown, packed);
      if ((field === undefined) !== (differingField(packed, shown) === undefined))
        throw new Finding('it matters which stands first');
      if (differingField(shown, shown) !== undefined) throw new Finding('it differs from itself');
      if (field === undefined && !isDeepStrictEqual(a, b)) throw new Finding('a difference was passed over');
    }),
};
