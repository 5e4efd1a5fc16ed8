/** Pictures of codes as people take them: at least a hundred, the same in every run. */
import type { Pixels } from '../../../src/cli/input/picture/picture.ts';
import {
  bmp,
  dice,
  gif,
  inverted,
  jpeg,
  type Point,
  photograph,
  png,
  type Scene,
  square,
  transparentPng,
  webp,
} from './raster.ts';

export interface Picture {
  readonly name: string;
  readonly texts: readonly string[];
  readonly file: () => Promise<Uint8Array>;
}

const CODES = [
  'LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815',
  'LPA:1$rsp.operator.example$QR-G-5C-1LS-1W1Z9P7$1.3.6.1.4.1.31746$1',
  'LPA:1$localhost:8443$ABC',
  `LPA:1$sm-dp-plus.long-name-of-a-server.example.com$${'K7Q2-'.repeat(16)}END`,
  '1$smdp.example.com$',
];

export const corpus: Picture[] = [];

function add(kind: string, count: number, take: (i: number, random: () => number, text: string) => Promise<Uint8Array>): void {
  for (let i = 0; i < count; i++) {
    const text = CODES[i % CODES.length] ?? '';
    corpus.push({ name: `${kind} ${i + 1}`, texts: [text], file: () => take(i, dice(1000 * kind.length + i), text) });
  }
}

/** One code in the middle of a picture, as wide as two thirds of it. */
const middle = (text: string, degrees = 0, side = 400): Scene => ({
  width: 600,
  height: 600,
  codes: [[text, square([300, 300], side, degrees)]],
});

const skewed = (corners: readonly Point[], random: () => number, reach: number): Point[] =>
  corners.map(([x, y]) => [x + (random() - 0.5) * 2 * reach, y + (random() - 0.5) * 2 * reach]);

add('clean', 10, async (i, _random, text) => png(await photograph(middle(text, 0, [75, 150, 200, 300, 590][i % 5]))));
add('rotated', 14, async (i, _random, text) => png(await photograph(middle(text, 7 + 26 * i, 180 + 20 * i))));
add('JPEG at quality 10', 12, async (i, _random, text) => jpeg(await photograph(middle(text, 5 * i, 150 + 35 * i)), 10));
add('blurred', 12, async (i, _random, text) =>
  png(await photograph({ ...middle(text, 3 * i, 300 + 15 * i), blur: 1 + (i % 3) })),
);
add('low contrast', 12, async (i, _random, text) =>
  png(await photograph({ ...middle(text, i), ink: 126 - i, paper: 131 + i, table: 134, noise: 3 })),
);
add('dim', 6, async (i, _random, text) =>
  jpeg(await photograph({ ...middle(text, 90 * i), ink: 8, paper: 20 + 4 * i, table: 15, noise: 5 }), 70),
);
add('perspective', 14, async (i, random, text) =>
  png(await photograph({ ...middle(text), codes: [[text, skewed(square([300, 300], 400), random, 50 + 4 * i)]], table: 180 })),
);
add('gradient', 10, async (i, random, text) =>
  png(await photograph({ ...middle(text, 40 * random()), light: (x, y) => 0.08 + (0.92 * (i % 2 ? x : (x * y) / 600)) / 600 })),
);
add('inverted', 8, async (i, _random, text) => png(inverted(await photograph(middle(text, 11 * i)))));
add('small in a big picture', 6, async (i, random, text) =>
  png(
    await photograph({
      width: 1600,
      height: 1200,
      codes: [[text, square([300 + 1000 * random(), 300 + 600 * random()], 150 + 15 * i, 20 * random())]],
      table: 90,
      noise: 10,
    }),
  ),
);
add('photograph of a screen', 12, async (i, random, text) =>
  jpeg(
    await photograph(
      {
        width: 1200,
        height: 900,
        codes: [[text, skewed(square([600, 450], 420 + 20 * i, 30 * random()), random, 60)]],
        ink: 50,
        paper: 190,
        table: 20,
        blur: 1 + (i % 2),
        noise: 25,
        light: (x, y) => 0.5 + (0.5 * (x + y)) / 2100 + 0.12 * Math.sin(x / 3 + y / 7),
      },
      i,
    ),
    40,
  ),
);
add('transparent PNG', 2, async (i, _random, text) => transparentPng(await photograph(middle(text, 20 * i))));
add('WebP', 3, async (i, _random, text) => webp(await photograph(middle(text, 15 * i))));
add('GIF', 3, async (i, _random, text) => gif(await photograph(middle(text, 15 * i))));
add('BMP', 3, async (i, _random, text) => bmp(await photograph(middle(text, 15 * i))));
add('noise of 12 megapixels, PNG', 2, async (i, random, text) => png(await noisy(i, random, text)));
add('noise of 12 megapixels, JPEG', 2, async (i, random, text) => jpeg(await noisy(i, random, text), 80));

const noisy = (i: number, random: () => number, text: string): Promise<Pixels> =>
  photograph(
    {
      width: 4000,
      height: 3000,
      codes: [[text, skewed(square([2000, 1500], 900 + 300 * i, 30 * random()), random, 60)]],
      ink: 40,
      paper: 200,
      table: 120,
      noise: 60,
    },
    i,
  );

for (let i = 0; i < 10; i++) {
  const texts = [CODES[i % CODES.length] ?? '', CODES[(i + 1 + (i % 3)) % CODES.length] ?? ''];
  const places: readonly (readonly [Point, Point])[] = [
    [
      [300, 300],
      [900, 300],
    ],
    [
      [300, 300],
      [300, 900],
    ],
    [
      [300, 300],
      [900, 900],
    ],
  ];
  const [a, b] = places[i % places.length] ?? [
    [300, 300],
    [900, 300],
  ];
  const scene: Scene = {
    width: 1200,
    height: i % 3 === 0 ? 600 : 1200,
    codes: [
      [texts[0] ?? '', square(a, 400, 4 * i)],
      [texts[1] ?? '', square(b, 300 + 10 * i, -3 * i)],
    ],
  };
  corpus.push({ name: `two codes ${i + 1}`, texts, file: async () => png(await photograph(scene)) });
}
