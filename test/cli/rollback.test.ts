import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Euicc } from '../../src/lab/euicc/euicc.ts';
import { preloadProfile } from '../../src/lab/euicc/state.ts';
import { toHex } from '../../src/lpa/bytes.ts';
import type { Link } from '../../src/lpa/card/card.ts';
import { bench, linkTo } from '../lab/euicc/harness.ts';
import { lpa } from './harness.ts';

const OLD = '8949000000000000011';
const NEW = '8949000000000000029';
const NEW_ON_CARD = '989400000000000020F9'; // nibbles swapped
const OPTIONS = ['--no-notify'];

async function cardWithTwo(): Promise<Euicc> {
  const { card } = await bench();
  const metadata = { serviceProviderName: 'Operator', profileName: '', profileClass: 'operational' as const };
  preloadProfile(card.state, { ...metadata, iccid: OLD, profileName: 'Old' }, { enabled: true });
  preloadProfile(card.state, { ...metadata, iccid: NEW, profileName: 'New' });
  return card;
}

/** Enabling the new profile disables the old one, says ok, and the new one does not come up. */
async function halfWay(card: Euicc): Promise<Link> {
  const link = await linkTo(card);
  const [before, after] = card.state.profiles;
  return {
    ...link,
    async transmit(command) {
      const response = await link.transmit(command);
      const text = toHex(command);
      const meansNew = text.includes(NEW_ON_CARD)
        ? text.includes('0020F9') || text.includes('92')
        : text.includes(after!.isdpAid);
      if (text.startsWith('81E2') && text.includes('BF31') && meansNew) {
        before!.enabled = false;
        after!.enabled = false;
        card.state.pendingSwitch = undefined;
      }
      return response;
    },
  };
}

const stateOf = ({ state }: Euicc): string[] => state.profiles.filter(({ enabled }) => enabled).map(({ iccid }) => iccid);

test('enable --rollback puts the previous profile back when the new one does not come up', async () => {
  const card = await cardWithTwo();
  const doors = { openLink: () => halfWay(card) };
  const { code, out, err } = await lpa(['enable', NEW, '--rollback', ...OPTIONS], { doors });
  assert.deepEqual([code, out], [4, '']);
  assert.match(err, new RegExp(`^warning: the previous profile is back: ${OLD} \\(Old\\)\n`));
  assert.match(err, /lpa: ES10c\.EnableProfile: the eUICC said ok, and the profile is still not enabled\n/);
  assert.deepEqual(stateOf(card), [OLD]);
});

test('without --rollback the card is left as it is found; with --json the error says what was put back', async () => {
  const card = await cardWithTwo();
  const left = await lpa(['enable', NEW, ...OPTIONS], { doors: { openLink: () => halfWay(card) } });
  assert.equal(left.code, 4);
  assert.deepEqual(stateOf(card), []);
  const other = await cardWithTwo();
  const json = await lpa(['enable', NEW, '--rollback', '--json'], { doors: { openLink: () => halfWay(other) } });
  assert.equal(JSON.parse(json.err.trimEnd().split('\n').at(-1)!).error.rolledBack, OLD);
});

test('a refusal that left the old profile in use needs no rollback', async () => {
  const { card } = await bench({ faults: ['refuse@EnableProfile:disallowedByPolicy'] });
  const metadata = { serviceProviderName: 'Operator', profileName: 'Plan', profileClass: 'operational' as const };
  preloadProfile(card.state, { ...metadata, iccid: OLD }, { enabled: true });
  preloadProfile(card.state, { ...metadata, iccid: NEW });
  const { code, err } = await lpa(['enable', NEW, '--rollback', ...OPTIONS], { doors: { openLink: () => linkTo(card) } });
  assert.equal(code, 4);
  assert.doesNotMatch(err, /previous profile/);
  assert.deepEqual(stateOf(card), [OLD]);
});

test('a previous profile that does not come back either is told', async () => {
  const card = await cardWithTwo();
  const doors = {
    openLink: async (): Promise<Link> => {
      const link = await halfWay(card);
      return {
        ...link,
        // Nothing can be enabled any more.
        async transmit(command) {
          const response = await link.transmit(command);
          for (const profile of card.state.profiles) profile.enabled = profile.enabled && !toHex(command).includes('BF31');
          if (toHex(command).includes('BF31')) card.state.pendingSwitch = undefined;
          return response;
        },
      };
    },
  };
  const { code, err } = await lpa(['enable', NEW, '--rollback', ...OPTIONS], { doors });
  assert.equal(code, 4);
  assert.match(err, /^warning: the previous profile could not be put back: ES10c\.EnableProfile: /);
});
