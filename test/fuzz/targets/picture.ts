/** Pictures that a user was sent: codes are found, or it is said why not, in bounded time and memory. */
import { readCodes } from '../../../src/cli/input/picture/decode.ts';
import { codePicture } from '../../../src/lab/cli/picture.ts';
import { bmp, gif, jpeg, photograph, png, square, webp } from '../../cli/qr/raster.ts';
import { mutateOctets } from '../mutate.ts';
import { outcomeOf, type Target } from '../target.ts';

const CODE = 'LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815';

export const picture: Target = {
  name: 'picture',
  mutate: mutateOctets,
  limitMs: 5000,
  words: [
    Uint8Array.of(0xff, 0xc0),
    Uint8Array.of(0xff, 0xda),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0x2c),
    Uint8Array.of(0, 0, 0, 1),
  ],
  async seeds() {
    const pixels = await photograph({ width: 90, height: 90, codes: [[CODE, square([45, 45], 90)]] });
    return [
      await codePicture(CODE, 2),
      await png(pixels),
      await jpeg(pixels, 60),
      await gif(pixels),
      await webp(pixels),
      await bmp(pixels),
    ];
  },
  async run(input) {
    const outcome = await outcomeOf(() => readCodes(input));
    return outcome.slice(0, 60);
  },
};
