/** Profile packages from 3 KB to 500 KB, until the card is full: what it says then, and what it has afterwards. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { testLab } from '../lab/program.ts';
import { jsonErrorOf, type LabUp, labUp } from './programs.ts';

const SIZES = [3_000, 20_000, 100_000, 500_000];
/** What a profile takes besides its package: metadata and an ISD-P. */
const MOST_BESIDES = 4_000;

const iccidOf = (number: number): string => `898820100000${String(number).padStart(7, '0')}`;

describe('a card of 1.5 MB', () => {
  let lab: LabUp;
  let made = 0;
  before(async () => {
    lab = await labUp();
  });
  after(() => lab?.[Symbol.asyncDispose]());

  /** An order of a package that was written to a file first, as another SM-DP+ would be given it. */
  const orderOf = async (size: number): Promise<{ code: string; iccid: string; octets: number }> => {
    const iccid = iccidOf(++made);
    const path = join(lab.dir, `own-${made}.der`);
    await using program = testLab();
    const { code, stderr } = await program.run(['profile', '--size', String(size), '--iccid', iccid, '--output', path]);
    assert.equal(code, 0, stderr);
    const octets = statSync(path).size;
    assert.ok(octets <= size && octets >= size - 4, `${octets}`);
    return { code: await lab.order('--profile', path, '--name', `Number ${made}`), iccid, octets };
  };
  const freeMemory = async (): Promise<number> => {
    const { code, stdout } = await lab.lpa(['info', '--json']);
    assert.equal(code, 0);
    return JSON.parse(stdout).euiccInfo2.extCardResource.freeNonVolatileMemory;
  };
  const iccids = async (): Promise<string[]> =>
    JSON.parse((await lab.lpa(['list', '--json'])).stdout).map(({ iccid }: { iccid: string }) => iccid);
  const install = async (size: number): Promise<string> => {
    const { code, iccid, octets } = await orderOf(size);
    const free = await freeMemory();
    const { code: exit, stdout, stderr } = await lab.lpa(['download', code, '--yes', '--json']);
    assert.equal(exit, 0, stderr);
    assert.equal(JSON.parse(stdout).iccid, iccid);
    const taken = free - (await freeMemory());
    assert.ok(taken >= octets && taken <= octets + MOST_BESIDES, `${octets} octets took ${taken}`);
    return iccid;
  };

  for (const size of SIZES) {
    test(`a package of ${size / 1000} KB installs, and info tells what it took`, { timeout: 60_000 }, async () => {
      const iccid = await install(size);
      assert.equal((await iccids()).at(-1), iccid);
    });
  }

  test('one that does not fit is refused by its name and in words; the memory is as before; room is made, and it fits', {
    timeout: 90_000,
  }, async () => {
    const second = await install(500_000);
    const known = await iccids();
    const free = await freeMemory();
    assert.ok(free < 500_000, `${free} octets are free`);

    const { code, iccid } = await orderOf(500_000);
    const refused = await lab.lpa(['download', code, '--yes', '--json', '--progress', 'none']);
    assert.equal(refused.code, 4, refused.stderr);
    const error = jsonErrorOf(refused);
    assert.deepEqual([error.code, error['result']], ['euicc', 'installFailedDueToInsufficientMemoryForProfile']);
    assert.match(error.message, /not enough memory for the profile/);
    assert.match(String(error.remedy), /delete/);
    assert.equal(await freeMemory(), free);
    assert.deepEqual(await iccids(), known);
    const reported = (await lab.log()).filter(({ event }) => event === 'ES9+.HandleNotification').at(-1);
    assert.match(reported?.detail ?? '', /installFailedDueToInsufficientMemoryForProfile.*: verified$/);

    const again = await lab.lpa(['download', code, '--yes', '--progress', 'none']);
    assert.deepEqual([again.code, again.stdout], [4, '']);
    assert.match(
      again.stderr,
      /^lpa: installation failed in loadProfileElements: not enough memory for the profile \(5\/10\)\nthe same activation code may be tried again\nhint: `lpa info` shows the free memory; delete a profile/m,
    );

    const deleted = await lab.lpa(['delete', second, '--confirm', second]);
    assert.equal(deleted.code, 0, deleted.stderr);
    assert.ok((await freeMemory()) > free + 500_000);
    const fits = await lab.lpa(['download', code, '--yes']);
    assert.equal(fits.code, 0, fits.stderr);
    assert.equal((await iccids()).at(-1), iccid);
  });
});
