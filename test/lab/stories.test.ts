/** A whole story with each manner of the card: info, download, enable, disable, rename, delete, notifications; nothing has to be asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listNotification } from '../../src/es10/es10b.ts';
import { getEid, getProfilesInfo } from '../../src/es10/es10c.ts';
import { MANNERS, type Manners, type MannersName } from '../../src/lab/euicc/manners.ts';
import { sendNotifications } from '../../src/procedures/notifications.ts';
import { removeProfile, renameProfile, switchProfile } from '../../src/procedures/switch.ts';
import { EID } from './smdp/harness.ts';
import { type Whole, wholeLab } from './whole.ts';

/** What takes its time in life takes less of it here. */
const HURRIED: Partial<Record<MannersName, Partial<Manners>>> = {
  'slow-authenticate': { authenticateServerMs: 200 },
  'slow-load': { loadMs: 300 },
};

const NO_EUICC: Partial<Record<MannersName, string>> = { 'plain-uicc': 'noEuicc', m2m: 'm2m' };

const names = Object.keys(MANNERS) as MannersName[];

for (const name of names.filter((each) => !(each in NO_EUICC))) {
  test(`${name}: a whole story ends well`, async () => {
    const behaviour = HURRIED[name];
    await using lab = await wholeLab({ manners: [name], ...(behaviour && { behaviour }) });
    const codes = ['Alpha', 'Beta'].map((profileName) => lab.bench.smdp.createOrder({ profileName, package: { size: 2400 } }));

    await step(lab, async (found) => assert.equal(await getEid(found.isdr), EID));
    for (const code of codes) await step(lab, (found) => lab.download(found, code));
    await step(lab, (found) => switchTo(found, 'Alpha', 'enabled'));
    // A card that falls back does so at the next start: the profile that was enabled is disabled again.
    if (name === 'falls-back') await step(lab, async (found) => assert.deepEqual(await states(found), ['disabled', 'disabled']));
    await step(lab, (found) => switchTo(found, 'Beta', 'enabled'));
    if (name !== 'falls-back') {
      await step(lab, async (found) => assert.deepEqual(await states(found), ['disabled', 'enabled']));
      await step(lab, (found) => switchTo(found, 'Beta', 'disabled'));
    }
    await step(lab, async ({ isdr }) => {
      const beta = await profileNamed(isdr, 'Beta');
      await renameProfile(isdr, beta, 'Work');
      await removeProfile(isdr, beta);
    });
    await step(lab, async (found) => {
      assert.deepEqual(await states(found), ['disabled']);
      const left = await listNotification(found.isdr);
      assert.deepEqual(left, []);
    });
  });
}

for (const [name, problem] of Object.entries(NO_EUICC)) {
  test(`${name}: is told for what it is`, async () => {
    await using lab = await wholeLab({ manners: [name] });
    await assert.rejects(lab.open(), { problem });
  });
}

type Found = Awaited<ReturnType<Whole['open']>>;

/** One command of `lpa`: the card is powered, used, its notifications delivered, and let go. */
async function step(lab: Whole, work: (found: Found) => Promise<unknown>): Promise<void> {
  await using found = await lab.open();
  await work(found);
  const deliveries = await sendNotifications(lab.lpaWith(found));
  assert.deepEqual(
    deliveries.filter(({ delivered }) => !delivered),
    [],
  );
}

async function profileNamed(isdr: Found['isdr'], name: string) {
  const found = (await getProfilesInfo(isdr)).find(({ profileName }) => profileName === name);
  assert.ok(found, name);
  return found;
}

async function switchTo({ isdr }: Found, name: string, wanted: 'enabled' | 'disabled'): Promise<void> {
  const { changed } = await switchProfile(isdr, wanted, await profileNamed(isdr, name));
  assert.equal(changed, true);
  assert.equal((await profileNamed(isdr, name)).profileState, wanted);
}

const states = async ({ isdr }: Found) => (await getProfilesInfo(isdr)).map(({ profileState }) => profileState);
