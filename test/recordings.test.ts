/**
 * Recorded sessions as fixtures: `test/recordings/<name>.txt` is what `--record` wrote, `<name>.console` the command and what it
 * printed. Each is played back and has to print the same, so a change that asks cards or servers for something else is seen
 * here. A card that does something odd comes with a recording of it. UPDATE_RECORDINGS=1 makes those of the lab anew.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseRecording, printEntry } from '../src/lpa/recording.ts';
import { lpa, type Ran } from './cli/harness.ts';
import { type Lab, openLab } from './cli/lab.ts';

// From build/test.
const FOLDER = fileURLToPath(new URL('../../test/recordings/', import.meta.url));

interface Recorded {
  /** Of the card. */
  readonly manners?: readonly string[];
  readonly serverFaults?: readonly string[];
  /** What is done before. @returns the command */
  prepare(lab: Lab): Promise<readonly string[]>;
}

async function install(lab: Lab): Promise<string> {
  const { order, activationCode } = lab.smdp.createOrder({ package: { size: 2400 } });
  const { code, err } = await lab.run(['download', activationCode, '--yes', '--no-notify']);
  assert.equal(code, 0, err);
  return order.iccid;
}
const order = (lab: Lab, options: Parameters<Lab['smdp']['createOrder']>[0] = {}): string =>
  lab.smdp.createOrder({ package: { size: 2400 }, ...options }).activationCode;

const OF_THE_LAB: Readonly<Record<string, Recorded>> = {
  info: { prepare: async () => ['info', '--json'] },
  list: {
    async prepare(lab) {
      await install(lab);
      await install(lab);
      return ['list'];
    },
  },
  download: { prepare: async (lab) => ['download', order(lab), '--yes', '--json'] },
  'download-metadata-differ': {
    serverFaults: ['metadata-unlike'],
    prepare: async (lab) => ['download', order(lab), '--yes', '--json'],
  },
  'download-refused': { serverFaults: ['expired'], prepare: async (lab) => ['download', order(lab), '--yes'] },
  'download-in-small-blocks': { manners: ['small-blocks'], prepare: async (lab) => ['download', order(lab), '--yes'] },
  'enable-with-refresh': { prepare: async (lab) => ['enable', await install(lab)] },
  'enable-by-aid-alone': { manners: ['aid-only'], prepare: async (lab) => ['enable', await install(lab), '--json'] },
  'enable-6f00-after-refresh': { manners: ['refresh-6f00'], prepare: async (lab) => ['enable', await install(lab)] },
  'info-basic-channel': { manners: ['basic-channel'], prepare: async () => ['info', 'eid'] },
  'notifications-send': {
    async prepare(lab) {
      await install(lab);
      return ['notifications', 'send'];
    },
  },
};

/** A line for the shell, and what followed. Secrets were masked in the recording, so any code of as many characters does. */
const consoleOf = (argv: readonly string[], { code, out, err }: Ran): string =>
  [`$ lpa ${argv.join(' ')}`, `${out}${err}(exit code ${code})`, ''].join('\n');

async function record(name: string, { manners = [], serverFaults = [], prepare }: Recorded): Promise<void> {
  await using lab = await openLab({ euicc: { manners } });
  const argv = await prepare(lab);
  await lab.smdp.setFaults(serverFaults);
  await lab.run([...argv, '--record', join(FOLDER, `${name}.txt`)]);
  await lab.smdp.setFaults([]);
  const shown = argv.map((word) => word.replace(/(LPA:1\$[^$]*\$).*/, '$1ABCD-EFGH-IJKL-MNOP'));
  writeFileSync(join(FOLDER, `${name}.console`), consoleOf(shown, await replay(name, shown)));
}

const replay = (name: string, argv: readonly string[]): Promise<Ran> =>
  lpa([...argv, '--reader', `replay:${join(FOLDER, `${name}.txt`)}`]);

if (process.env['UPDATE_RECORDINGS']) {
  for (const [name, recorded] of Object.entries(OF_THE_LAB)) await record(name, recorded);
}

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.replace(/\.txt$/, ''));

for (const name of names) {
  test(`${name}: played back, it prints what it printed`, async () => {
    const wanted = readFileSync(join(FOLDER, `${name}.console`), 'utf8');
    const [, line = ''] = /^\$ lpa (.*)\n/.exec(wanted) ?? [];
    const argv = line.split(' ');
    assert.equal(consoleOf(argv, await replay(name, argv)), wanted);
  });

  test(`${name}: it is written as it would be today`, () => {
    const text = readFileSync(join(FOLDER, `${name}.txt`), 'utf8');
    assert.equal(parseRecording(text).map(printEntry).join(''), text);
  });
}

test('every session of the lab is there', () => {
  assert.deepEqual(
    Object.keys(OF_THE_LAB).filter((name) => !names.includes(name)),
    [],
  );
});
