/** `--pcap`: what Wireshark's dissector of GSM SIM makes of it, frame by frame, beside what a recording of the same run says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseRecording } from '../../src/lpa/recording.ts';
import { type LabUp, labUp } from './programs.ts';

/** One frame as tshark reads it. */
interface Frame {
  readonly protocols: string;
  readonly ins: number;
  readonly sw: string;
  /** What is wrong with it, from a note upwards. */
  readonly expert: string;
}

const FIELDS = ['frame.protocols', 'gsm_sim.apdu.ins', 'gsm_sim.apdu.sw', '_ws.expert', '_ws.malformed'];

function dissected(file: string): Frame[] {
  const fields = FIELDS.flatMap((field) => ['-e', field]);
  const { status, stdout, stderr, error } = spawnSync('tshark', ['-n', '-r', file, '-T', 'fields', ...fields], {
    encoding: 'utf8',
  });
  if (error) throw new Error(`tshark: ${error.message}; tools/check installs it`, { cause: error });
  assert.equal(status, 0, stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [protocols = '', ins = '', sw = '', ...expert] = line.split('\t');
      return { protocols, ins: Number(ins), sw: sw.replace('0x', '').toUpperCase(), expert: expert.join('') };
    });
}

/** The commands of a recording as T=0 carries them, which is how the lab's card is spoken to. */
const recorded = (file: string): { ins: number; sw: string }[] =>
  parseRecording(readFileSync(file, 'utf8')).flatMap((entry) =>
    entry.type === 'apdu' && typeof entry.answer === 'string'
      ? [{ ins: Number.parseInt(entry.command.slice(2, 4), 16), sw: entry.answer.slice(-4) }]
      : [],
  );

describe('--pcap', () => {
  let lab: LabUp;
  before(async () => {
    lab = await labUp();
  });
  after(() => lab[Symbol.asyncDispose]());

  const captured = async (name: string, ...argv: readonly string[]): Promise<Frame[]> => {
    const [pcap, record] = [join(lab.dir, `${name}.pcap`), join(lab.dir, `${name}.txt`)];
    const { code, stderr } = await lab.lpa([...argv, '--pcap', pcap, '--record', record]);
    assert.equal(code, 0, stderr);
    const frames = dissected(pcap);
    assert.deepEqual(
      frames.map(({ ins, sw }) => ({ ins, sw })),
      recorded(record),
      'one frame for each command with its answer',
    );
    for (const { protocols, expert } of frames) assert.deepEqual([protocols, expert], ['ip:udp:gsmtap:gsm_sim', '']);
    return frames;
  };
  const count = (frames: readonly Frame[], wanted: number): number => frames.filter(({ ins }) => ins === wanted).length;

  test('every frame of `lpa info` is GSM SIM, one per command, with its status word', async () => {
    const frames = await captured('info', 'info');
    assert.deepEqual(
      frames.slice(0, 3).map(({ ins }) => ins),
      [0xaa, 0x70, 0xa4],
    );
    assert.ok(count(frames, 0xe2) >= 3, 'STORE DATA');
    assert.ok(count(frames, 0xc0) >= 3, 'GET RESPONSE');
    assert.equal(frames.at(-1)?.ins, 0xc0, 'the power is taken from the card, which closes the channel');
  });

  test('every frame of a download too; no secret is in the capture', async () => {
    const code = await lab.order('--confirmation-code', '1234-5678');
    const frames = await captured('download', 'download', code, '--yes', '--confirmation-code', '1234-5678');
    assert.ok(count(frames, 0xe2) > 20, `${count(frames, 0xe2)} blocks`);
    const octets = readFileSync(join(lab.dir, 'download.pcap'), 'latin1');
    assert.ok(!octets.includes(code.split('$')[2]!));
    assert.ok(!octets.includes('1234-5678'));
    assert.equal(statusWords(frames).size, new Set(recorded(join(lab.dir, 'download.txt')).map(({ sw }) => sw)).size);
  });
});

const statusWords = (frames: readonly Frame[]): Set<string> => new Set(frames.map(({ sw }) => sw));
