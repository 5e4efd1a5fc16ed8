/** The story of each manner, by the command line in this process. The built programs tell some of them in e2e/stories.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MANNERS } from '../../src/lab/euicc/quirks.ts';
import { buildProfilePackage } from '../../src/lab/profile/build.ts';
import { type ChangingLab, openChangingLab } from '../cli/changing-lab.ts';
import { EID } from '../lab/smdp/harness.ts';
import { MANNER_ROWS, tellStory, type World } from './manners.ts';

test('every manner has a story', () => {
  assert.deepEqual(Object.keys(MANNER_ROWS).sort(), Object.keys(MANNERS).sort());
});

for (const [name, row] of Object.entries(MANNER_ROWS)) {
  test(`${name}: ${row.notOurs ? 'is told for what it is' : 'a whole story ends well'}`, async () => {
    await using lab = await openChangingLab({ manners: [name], ...(row.hurried && { behaviour: row.hurried }) });
    await tellStory(worldOf(lab), row);
  });
}

const worldOf = ({ run, smdp }: ChangingLab): World => ({
  eid: EID,
  async lpa(...argv) {
    const { code, out, err } = await run(argv);
    return { code, stdout: out, stderr: err };
  },
  order: async ({ name, size, rules, class: profileClass, algorithm }) =>
    smdp.createOrder({
      profileName: name,
      ...(algorithm && { package: buildProfilePackage({ algorithm }) }),
      ...(size !== undefined && { package: { size } }),
      ...(rules && { rules: [rules] }),
      ...(profileClass && { profileClass }),
    }).activationCode,
  heard: async () =>
    smdp.state.notifications
      .filter(({ verified, result = 'ok' }) => verified && result === 'ok')
      .map(({ operation, iccid }) => `${operation.replace('notification', '').toLowerCase()} ${iccid}`),
});
