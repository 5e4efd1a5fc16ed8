/** Operations on the card alone: list, enable, disable, delete, rename, reset; and dropping a notification. */
import { removeNotificationFromList } from '../../src/lpa/es10/es10b.ts';
import { getProfilesInfo } from '../../src/lpa/es10/es10c.ts';
import type { Lpa } from '../../src/lpa/procedures/lpa.ts';
import { readMemory, resetMemory } from '../../src/lpa/procedures/reset.ts';
import { type ProfileState, removeProfile, renameProfile, switchProfile } from '../../src/lpa/procedures/switch.ts';
import type { ProfileInfo } from '../../src/lpa/sgp22/profile.ts';
import type { Random } from '../fuzz/random.ts';
import { addEvents, type Model, type ModelProfile } from './model.ts';
import { allOrNothing, changed, type Operation } from './operation.ts';

const LIST = 'GetProfilesInfo';

const hasRule = ({ facts }: Model, { iccid }: ModelProfile, rule: 'ppr1' | 'ppr2'): boolean =>
  facts.get(iccid)?.rules.includes(rule) ?? false;

const NAMES = ['', 'work', 'Reise nach Lissabon', 'ü'.repeat(32), '日本', 'a'] as const;

async function find({ isdr }: Lpa, iccid: string): Promise<ProfileInfo> {
  const found = (await getProfilesInfo(isdr)).find((profile) => profile.iccid === iccid);
  if (!found) throw new Error(`${iccid} is not listed`);
  return found;
}

export const list = (): Operation => ({
  name: 'list',
  card: [LIST],
  server: [],
  run: ({ isdr }) => getProfilesInfo(isdr),
  judge: (_model, seen) => allOrNothing(seen, { ends: 'ok', picture: seen.before }),
});

export function switchTo(random: Random, profiles: readonly ModelProfile[], wanted: ProfileState): Operation {
  const { iccid } = random.pick(profiles);
  return {
    name: `${wanted} ${iccid}`,
    card: [LIST, wanted === 'enabled' ? 'EnableProfile' : 'DisableProfile'],
    server: [],
    run: async (lpa) => switchProfile(lpa.isdr, wanted, await find(lpa, iccid)),
    judge(model, seen) {
      const enabled = seen.before.profiles.find((each) => each.enabled);
      const target = seen.before.profiles.find((each) => each.iccid === iccid);
      const isThere = (target?.enabled ?? false) === (wanted === 'enabled');
      const refused = !isThere && enabled !== undefined && hasRule(model, enabled, 'ppr1');
      const picture = changed(seen.before, (next) => {
        if (isThere || refused) return;
        for (const profile of next.profiles) profile.enabled = wanted === 'enabled' && profile.iccid === iccid;
        addEvents(model, next, [
          ...(enabled ? [['notificationDisable', enabled.iccid] as const] : []),
          ...(wanted === 'enabled' ? [['notificationEnable', iccid] as const] : []),
        ]);
      });
      allOrNothing(seen, { ends: refused ? 'euicc disallowedByPolicy' : 'ok', picture });
    },
  };
}

export function remove(random: Random, profiles: readonly ModelProfile[]): Operation {
  const profile = random.pick(profiles);
  const { iccid } = profile;
  return {
    name: `delete ${iccid}`,
    card: [LIST, 'DeleteProfile'],
    server: [],
    run: async (lpa) => removeProfile(lpa.isdr, await find(lpa, iccid)),
    judge(model, seen) {
      const ends = profile.enabled
        ? 'euicc profileNotInDisabledState'
        : hasRule(model, profile, 'ppr2')
          ? 'euicc disallowedByPolicy'
          : 'ok';
      const picture = changed(seen.before, (next) => {
        if (ends !== 'ok') return;
        next.profiles = next.profiles.filter((each) => each.iccid !== iccid);
        next.free += model.facts.get(iccid)?.size ?? 0;
        addEvents(model, next, [['notificationDelete', iccid]]);
      });
      allOrNothing(seen, { ends, picture });
    },
  };
}

export function rename(random: Random, profiles: readonly ModelProfile[]): Operation {
  const { iccid } = random.pick(profiles);
  const nickname = random.pick(NAMES);
  return {
    name: `rename ${iccid} ${JSON.stringify(nickname)}`,
    card: [LIST, 'SetNickname'],
    server: [],
    run: async (lpa) => renameProfile(lpa.isdr, await find(lpa, iccid), nickname),
    judge(_model, seen) {
      const picture = changed(seen.before, (next) => {
        for (const profile of next.profiles) if (profile.iccid === iccid) profile.nickname = nickname;
      });
      allOrNothing(seen, { ends: 'ok', picture });
    },
  };
}

export const reset = (): Operation => ({
  name: 'reset',
  card: [LIST, 'eUICCMemoryReset'],
  server: [],
  run: async ({ isdr }) => resetMemory(isdr, ['deleteOperationalProfiles'], await readMemory(isdr)),
  judge(model, seen) {
    const picture = changed(seen.before, (next) => {
      addEvents(
        model,
        next,
        next.profiles.map(({ iccid }) => ['notificationDelete', iccid] as const),
      );
      next.free += next.profiles.reduce((sum, { iccid }) => sum + (model.facts.get(iccid)?.size ?? 0), 0);
      next.profiles = [];
    });
    allOrNothing(seen, { ends: 'ok', picture });
  },
});

/** The user drops one: nobody is told of it. */
export function drop(random: Random, numbers: readonly number[]): Operation {
  const seqNumber = random.pick(numbers);
  return {
    name: `drop notification ${seqNumber}`,
    card: ['RemoveNotificationFromList'],
    server: [],
    run: ({ isdr }) => removeNotificationFromList(isdr, seqNumber),
    judge(_model, seen) {
      const picture = changed(seen.before, (next) => {
        next.pending = next.pending.filter((each) => each.seqNumber !== seqNumber);
      });
      allOrNothing(seen, { ends: 'ok', picture });
    },
  };
}
