/**
 * The worst inputs that the limits let through, or stop: each small, each made to take as much memory or time as it can.
 * Run one at a time, in a process of its own (`bomb-process.ts`), which tells what it took.
 */

import { readCodes } from '../../src/cli/input/picture/decode.ts';
import { treeText } from '../../src/cli/output/tree.ts';
import { textTree } from '../../src/inspect/text.ts';
import { greyPng } from '../../src/lab/cli/picture.ts';
import { mintCi, mintDpTls } from '../../src/lab/pki/mint.ts';
import { encodePackage, profileElements } from '../../src/lab/profile/build.ts';
import { fileSystemOf, recordsOf } from '../../src/lab/profile/file-system.ts';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, concatAll, fromHex, toBase64, utf8Bytes } from '../../src/lpa/bytes.ts';
import { exchange } from '../../src/lpa/card/iso7816.ts';
import * as es9p from '../../src/lpa/es9/es9p.ts';
import { callRsp, MAX_JSON, type Params, type RspFunction } from '../../src/lpa/es9/function.ts';
import { verifyServerChain } from '../../src/lpa/pki/trust.ts';
import { parseActivationCode } from '../../src/lpa/procedures/activation-code.ts';
import { checkProfilePackage } from '../../src/lpa/saip/check/check.ts';
import { readProfilePackage } from '../../src/lpa/saip/package.ts';
import { metadataOf, readBoundProfilePackage, segmentsOf } from '../../src/lpa/sgp22/bpp.ts';
import { ProfileInfoListResponse } from '../../src/lpa/sgp22/profile.ts';
import { displayText, jsonText } from '../../src/terminal/safe-text.ts';
import { plainPaint } from '../../src/terminal/style.ts';
import { table } from '../../src/terminal/table.ts';
import { jpeg } from '../cli/qr/raster.ts';
import { outcomeOf } from './target.ts';

export interface Bomb {
  /** MiB that the process may have at most. */
  readonly mebibytes: number;
  /** Made before the clock starts. */
  readonly make: () => unknown;
  readonly run: (input: any) => unknown;
  /** How it has to end: `ok`, or what the error says. */
  readonly ends: RegExp;
}

/** What node and the code themselves take is some 60 of it. */
const MIB = 320;
/** Pixels of a telephone's camera, four octets each, three times; and what it took to make the picture. */
const PICTURE_MIB = 768;

const run = (count: number, item: (i: number) => Uint8Array): Uint8Array =>
  concatAll(Array.from({ length: count }, (_, i) => item(i)));
const EMPTY = new Uint8Array();

/** One answer of a server to `fn`, in the 4 MiB that the door lets through. */
const answered =
  (fn: RspFunction<any, any>) =>
  (members: string): Promise<unknown> =>
    callRsp<Params, Params>(
      async () => ({
        status: 200,
        body: `{"header":{"functionExecutionStatus":{"status":"Executed-Success"}},${members}}`.slice(0, MAX_JSON),
      }),
      'smdp.example.com',
      { ...fn, request: {} },
      {},
    );

const asMetadata = (content: Uint8Array): string =>
  `"transactionId":"00","profileMetadata":"${toBase64(encodeTlv(0xbf25, content))}","smdpSigned2":"","smdpSignature2":"","smdpCertificate":""`;

const THREE_MIB = 3 * 1024 * 1024 - 2048;

const GOOD = profileElements();
const element = (name: string): Uint8Array => encodePackage(GOOD.filter((each) => name in each).slice(0, 1));
const header = (i: number): Uint8Array => encodeTlv(0xa0, encodeTlv(0x81, Uint8Array.of((i >> 8) & 0x7f, i & 0xff)));
const profile = (...parts: Uint8Array[]): Uint8Array => concat(element('header'), element('mf'), ...parts, element('end'));
const commands = (list: readonly Uint8Array[]): Uint8Array =>
  encodeTlv(0xa1, concat(header(1), encodeTlv(0xa1, encodeTlv(0x30, concatAll(list)))));
const file = (i: number, ...members: Uint8Array[]): Uint8Array =>
  encodeTlv(0x62, concat(encodeTlv(0x83, Uint8Array.of(0x20 + ((i >> 8) & 0x5f), i & 0xff)), ...members));
const field = (tag: number, hex: string): Uint8Array => encodeTlv(tag, fromHex(hex));

function install(upp: Uint8Array): void {
  const pkg = readProfilePackage(upp);
  checkProfilePackage(pkg);
  for (const each of fileSystemOf(pkg).files.values()) recordsOf(each);
}

async function explained(text: string): Promise<unknown> {
  const node = await textTree(text, { platform: 'linux' });
  return node && [treeText(node, { paint: plainPaint }), jsonText(node)];
}

const grey = (side: number): { width: number; height: number; grey: Uint8Array } => ({
  width: side,
  height: side,
  grey: new Uint8Array(side * side).fill(200),
});

export const BOMBS: Readonly<Record<string, Bomb>> = {
  'JSON nested a million deep': {
    mebibytes: MIB,
    make: () => `"transactionId":"00","x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`,
    run: answered(es9p.CancelSession),
    ends: /^ok/,
  },
  'JSON of a million empty arrays': {
    mebibytes: MIB,
    make: () => `"x":[${'[],'.repeat(1_390_000)}[]]`,
    run: answered(es9p.CancelSession),
    ends: /^ok/,
  },
  'JSON of a quarter of a million members': {
    mebibytes: MIB,
    make: () => Array.from({ length: 250_000 }, (_, i) => `"${i.toString(36)}":{}`).join(','),
    run: answered(es9p.CancelSession),
    ends: /^ok/,
  },
  'metadata of a million empty data objects': {
    mebibytes: MIB,
    make: () => asMetadata(new Uint8Array(THREE_MIB).map((_, i) => (i % 2 ? 0 : 0x04))),
    run: answered(es9p.AuthenticateClient),
    ends: /more than # data objects/,
  },
  'metadata with 24 million policy rules': {
    mebibytes: MIB,
    make: () =>
      asMetadata(concat(fromHex('5A0A9800103254769810321491009200'), encodeTlv(0x99, new Uint8Array(THREE_MIB).fill(0xff)))),
    run: answered(es9p.AuthenticateClient),
    ends: /a bit string of # octets/,
  },
  'a name of three megabytes, shown': {
    mebibytes: MIB,
    make: () => '\u202e\x1b'.repeat(THREE_MIB / 6),
    run: (name: string) => [displayText(name), jsonText({ name }), table(['A'], [[name]], 80)],
    ends: /^ok/,
  },
  'an activation code of two megabytes': {
    mebibytes: MIB,
    make: () => `LPA:1$${'a.'.repeat(1_000_000)}$`,
    run: parseActivationCode,
    ends: /too long/,
  },
  'a package in the smallest segments': {
    mebibytes: MIB,
    make: () => {
      const sealed = (tag: number): Uint8Array => encodeTlv(tag, new Uint8Array(9));
      return encodeTlv(
        0xbf36,
        concat(
          encodeTlv(0xbf23, EMPTY),
          encodeTlv(0xa0, sealed(0x87)),
          encodeTlv(
            0xa1,
            run(99_990, () => sealed(0x88)),
          ),
          encodeTlv(0xa3, sealed(0x86)),
        ),
      );
    },
    run: (bytes: Uint8Array) => {
      const bpp = readBoundProfilePackage(bytes);
      metadataOf(bpp);
      return [...segmentsOf(bpp)].length;
    },
    ends: /^ok/,
  },
  'a profile of two thousand applications': {
    mebibytes: MIB,
    make: () => profile(run(1_990, () => element('usim'))),
    run: install,
    ends: /files of more than # octets/,
  },
  'a profile of twenty thousand links to a file of four million records': {
    mebibytes: MIB,
    make: () =>
      profile(
        commands([
          file(0, field(0x82, '4121'), field(0x80, '3F0000')),
          ...Array.from({ length: 20_000 }, (_, i) => file(i + 1, field(0x82, '42210001'), field(0xc7, '2000'))),
        ]),
      ),
    run: install,
    ends: /^ok/,
  },
  'a profile of a thousand directories that share their PINs': {
    mebibytes: MIB,
    make: () => {
      const pin = encodeTlv(0x30, concat(field(0x80, '01'), field(0x81, '3030303030303030')));
      const pins = (inner: Uint8Array): Uint8Array => encodeTlv(0xa2, concat(header(2), encodeTlv(0xa1, inner)));
      const directory = (i: number): Uint8Array =>
        commands([field(0x80, ''), file(i, field(0x82, '7821'), field(0x8b, '2F0601'), field(0xc6, '900180830101'))]);
      return profile(
        pins(
          encodeTlv(
            0xa0,
            run(3_000, () => pin),
          ),
        ),
        run(990, (i) => concat(directory(i), pins(field(0x81, '3F00')))),
      );
    },
    run: install,
    ends: /^ok/,
  },
  'eight certificates of 64 KiB': {
    mebibytes: MIB,
    async make() {
      const ci = await mintCi({});
      const names = Array.from({ length: 3_500 }, (_, i) => `host-${i}.example.com`);
      const leaf = await mintDpTls(ci, 'smdp.example.com', { dnsNames: names.slice(0, 2_600) });
      return Array.from({ length: 8 }, (_, i) =>
        i === 0
          ? leaf.certificate
          : Uint8Array.from(leaf.certificate, (octet, at) => (at === leaf.certificate.length - i ? octet ^ 1 : octet)),
      );
    },
    run: (sent: readonly Uint8Array[]) =>
      verifyServerChain({
        sent,
        host: 'smdp.example.com',
        role: 'dp',
        anchors: { ciPKIds: [], ca: [], allowTestCi: false, strictCi: true },
        web: { authorized: false, error: 'X' },
        now: new Date(),
      }),
    ends: /trust/,
  },
  'a line of spaces, explained': {
    mebibytes: MIB,
    make: () => `> ${' '.repeat(1_000_000)}x`,
    run: explained,
    ends: /^ok/,
  },
  'sixteen megabytes of hexadecimal digits, explained': {
    mebibytes: MIB,
    make: () => '3000'.repeat(4 * 1024 * 1024),
    run: explained,
    ends: /^ok/,
  },
  'a body of a hundred thousand data objects, explained': {
    mebibytes: MIB,
    make: () =>
      JSON.stringify([...Array(100_000).fill('vy0AAAAA'), toBase64(concat(fromHex('BF2D83009C40'), new Uint8Array(40_000)))]),
    run: explained,
    ends: /^ok/,
  },
  'a package of sixteen thousand APDUs, explained': {
    mebibytes: MIB,
    make: () => `> 81E29100 07 BF36843B9ACA00\n< 9000\n${`> 81E29100FF${'AB'.repeat(255)}\n< 9000\n`.repeat(16_000)}`,
    run: explained,
    ends: /^ok/,
  },
  'a card with thirty thousand profiles': {
    mebibytes: MIB,
    make: () =>
      encodeTlv(
        0xbf2d,
        encodeTlv(
          0xa0,
          run(32_000, () => encodeTlv(0xe3, EMPTY)),
        ),
      ),
    run: (bytes: Uint8Array) => {
      const response = ProfileInfoListResponse.decode(bytes);
      return (
        'profileInfoListOk' in response &&
        jsonText(response.profileInfoListOk, 2) &&
        table(
          ['A'],
          response.profileInfoListOk.map(() => ['x']),
          80,
        )
      );
    },
    ends: /^ok/,
  },
  'a card that gives an octet at a time': {
    mebibytes: MIB,
    make: () => fromHex('AA6101'),
    run: (octets: Uint8Array) => exchange(async () => octets, 'ES10b.X', fromHex('80E2910000')),
    ends: /in more than # parts/,
  },
  'a PNG of 50,000 x 50,000': {
    mebibytes: MIB,
    make: () =>
      Uint8Array.from(greyPng(8, 8, new Uint8Array(64)), (octet, i) => ({ 18: 0xc3, 19: 0x50, 22: 0xc3, 23: 0x50 })[i] ?? octet),
    run: readCodes,
    ends: /# x # pixels are too many/,
  },
  'a PNG of 51 million pixels': {
    mebibytes: PICTURE_MIB,
    make: () => greyPng(8160, 6240, new Uint8Array(8160 * 6240)),
    run: readCodes,
    ends: /no QR code found/,
  },
  'a PNG of 25 million pixels, looked at twice': {
    mebibytes: PICTURE_MIB,
    make: () => greyPng(5000, 5000, new Uint8Array(5000 * 5000)),
    run: readCodes,
    ends: /no QR code found/,
  },
  'a JPEG of 25 million pixels, looked at twice': {
    mebibytes: PICTURE_MIB,
    make: () => jpeg(grey(5000), 30),
    run: readCodes,
    ends: /no QR code found/,
  },
  'a GIF of 51 million pixels in 35 octets': {
    mebibytes: PICTURE_MIB,
    make: () => fromHex('474946383961E41BE41B800000000000FFFFFF2C00000000E41BE41B00020244010 03B'.replaceAll(' ', '')),
    run: readCodes,
    ends: /no QR code found/,
  },
  'a GIF of two hundred thousand frames': {
    mebibytes: PICTURE_MIB,
    make: () =>
      concat(
        fromHex('474946383961E803E803800000000000FFFFFF'),
        run(200_000, () => fromHex('2C00000000E803E80300020244' + '0100')),
        utf8Bytes(';'),
      ),
    run: readCodes,
    ends: /no QR code found/,
  },
};

export const outcomeOfBomb = ({ run: work }: Bomb, input: unknown): Promise<string> => outcomeOf(() => work(input));
