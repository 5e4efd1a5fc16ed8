/** How much is said to the card, counted before it: whoever has a slow reader waits for each of these. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseTlv, type Tlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, toHex } from '../../src/lpa/bytes.ts';
import { type CardRelay, relayTo } from './card-relay.ts';
import { labUp } from './programs.ts';

const BLOCK = 255;
const LIST_APDUS = 9;
const DOWNLOAD_APDUS = 45;

/** A series of STORE DATA: its octets, and the blocks that they came in. */
interface Series {
  readonly data: Uint8Array;
  readonly blocks: number;
}

function seriesIn(commands: readonly Uint8Array[]): Series[] {
  const series: Series[] = [];
  let blocks: Uint8Array[] = [];
  for (const [, ins = 0, p1 = 0, p2, lc = 0, ...data] of commands) {
    if (ins !== 0xe2) continue;
    assert.equal(p2, blocks.length, 'the number of the block');
    blocks.push(Uint8Array.from(data.slice(0, lc)));
    if (p1 === 0x11) continue;
    assert.equal(p1, 0x91);
    series.push({ data: concat(...blocks), blocks: blocks.length });
    blocks = [];
  }
  return series;
}

/** The package among them: its segments, and the package itself. */
function loadIn(all: readonly Series[]): { readonly load: readonly Series[]; readonly bpp: Tlv } {
  const from = all.findIndex(({ data }) => toHex(data).startsWith('BF36'));
  assert.ok(from >= 0, 'a package was loaded');
  const [, , first = 0, ...more] = all[from]!.data;
  assert.ok(first > 0x80, 'a package is longer than 127 octets');
  const length = more.slice(0, first & 0x7f).reduce((value, octet) => value * 256 + octet, 0);
  const whole = 3 + (first & 0x7f) + length;
  let to = from;
  for (let octets = 0; octets < whole; to++) octets += all[to]!.data.length;
  const load = all.slice(from, to);
  return { load, bpp: parseTlv(concat(...load.map(({ data }) => data))) };
}

/** Octets of each segment, as SGP.22 v2.5 §2.5.5 cuts a package. */
function segmentSizes({ bytes, content, children }: Tlv): number[] {
  const [secureChannel, ...sequences] = children;
  const headerOf = (tlv: Tlv): number => tlv.bytes.length - tlv.content.length;
  return [
    bytes.length - content.length + secureChannel!.bytes.length,
    ...sequences.flatMap((sequence) => {
      const [first, ...others] = sequence.children.map((child) => child.bytes.length);
      // ConfigureISDP and ReplaceSessionKeys go with their header; the header of the others stands alone.
      const together = sequence.tag === 0xa0 || sequence.tag === 0xa2;
      return together ? [headerOf(sequence) + first!, ...others] : [headerOf(sequence), first!, ...others];
    }),
  ];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

test('a download: full blocks and no more of them, and 45 other commands at most; the other commands in few', {
  timeout: 110_000,
}, async (t) => {
  await using lab = await labUp();
  await using relay: CardRelay = await relayTo(String(lab.env['LPA_READER']));
  const counted = { env: { LPA_READER: relay.reader } };
  const icon = join(lab.dir, 'icon.png');
  writeFileSync(icon, Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...new Uint8Array(1016)));

  for (let i = 1; i <= 8; i++) {
    // Name, provider and nickname together: 48 octets.
    const code = await lab.order('--name', `Profile number ${i}`, '--provider', `Provider no. 00${i}`, '--icon', icon);
    const { code: exit, stderr } = await lab.lpa(['download', code, '--yes', '-q'], counted);
    assert.equal(exit, 0, stderr);
    const commands = relay.taken();
    const { load, bpp } = loadIn(seriesIn(commands));
    const sizes = segmentSizes(bpp);
    assert.deepEqual(
      load.map(({ data }) => data.length),
      sizes,
    );
    const blocks = sum(load.map((segment) => segment.blocks));
    assert.equal(blocks, sum(sizes.map((octets) => Math.ceil(octets / BLOCK))));
    const others = commands.length - blocks;
    t.diagnostic(`download ${i}: ${blocks} blocks, ${others} other commands`);
    assert.ok(others <= DOWNLOAD_APDUS, `${others} commands beside the load`);
    const named = await lab.lpa(['rename', `Profile number ${i}`, `Nickname no. 00${i}`, '-q']);
    assert.equal(named.code, 0, named.stderr);
  }

  // At T=0, where GET RESPONSE is a command of its own.
  for (const [most, ...words] of [
    [12, 'enable', 'Nickname no. 001', '--no-notify'],
    [12, 'disable', 'Nickname no. 001', '--no-notify'],
    [12, 'info'],
    [7, 'rename', 'Nickname no. 001', 'First'],
    [7, 'rename', 'First', 'Nickname no. 001'],
  ] as const) {
    const { code, stderr } = await lab.lpa([...words], counted);
    assert.equal(code, 0, stderr);
    const commands = relay.taken();
    t.diagnostic(`${words.join(' ')}: ${commands.length} commands`);
    // Of the list of eight profiles each further 256 octets are a command.
    const more = commands.filter(([, ins], i) => ins === 0xc0 && commands[i - 1]?.[1] === 0xc0).length;
    assert.ok(commands.length - more <= most, commands.map((command) => toHex(command)).join('\n'));
  }

  for (const options of [[], ['--json']]) {
    const { code, stdout } = await lab.lpa(['list', ...options], counted);
    assert.equal(code, 0);
    for (let i = 1; i <= 8; i++) assert.ok(stdout.includes(`Nickname no. 00${i}`), stdout);
    const commands = relay.taken();
    t.diagnostic(`list ${options.join(' ')}: ${commands.length} commands`);
    assert.ok(commands.length <= LIST_APDUS, commands.map((command) => toHex(command)).join('\n'));
  }
});

test('a download holds 90 MB of memory at most', { timeout: 60_000 }, async (t) => {
  await using lab = await labUp();
  const hook = "process.on('exit',()=>process.stderr.write('maxRSS='+process.resourceUsage().maxRSS))";
  const NODE_OPTIONS = `--import=data:text/javascript,${hook}`;
  const { code, stderr } = await lab.lpa(['download', await lab.order(), '--yes'], { env: { NODE_OPTIONS } });
  assert.equal(code, 0, stderr);
  const megabytes = Number(/maxRSS=(\d+)/.exec(stderr)?.[1]) / 1024;
  t.diagnostic(`${megabytes.toFixed(1)} MB`);
  assert.ok(megabytes < 90, `${megabytes} MB`);
});
