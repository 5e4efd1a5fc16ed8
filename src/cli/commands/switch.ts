/** lpa enable, disable: which profile the card uses. SGP.22 v2.5 §3.2.1, §3.2.2. */
import { LpaError } from '../../lpa/errors.ts';
import { getProfilesInfo, STATE_FIELDS } from '../../lpa/es10/es10c.ts';
import { type ProfileState, switchProfile } from '../../lpa/procedures/switch.ts';
import type { ProfileInfo } from '../../lpa/sgp22/profile.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { chooseProfile, SELECT_FIELDS, selectProfile, titleOf } from '../input/select-profile.ts';
import { alsoTell } from '../output/present.ts';

interface Switched {
  readonly profile: ProfileInfo;
  readonly profileState: ProfileState;
  readonly changed: boolean;
  readonly notificationsPending?: number;
}

const PROFILE = 'ICCID, its end or beginning (4 digits or more), ISD-P AID, nickname or name, or its unique beginning';

export const enable = command({
  usage: 'enable <profile>',
  summary: 'Enable a profile and disable the one in use',
  details:
    'The card is restarted and read again: enabled is what it then shows. The servers that want to know are told afterwards.',
  examples: ['lpa enable 8949000000000000011', 'lpa enable 0011', 'lpa enable work --rollback'],
  arguments: { profile: PROFILE },
  options: { rollback: { flags: '--rollback', text: 'put the previous profile back when the new one does not come up' } },
  changes: true,
  async run(app, { rollback }, wanted: string): Promise<Switched> {
    const isdr = await app.openIsdr();
    const profiles = await getProfilesInfo(isdr, SELECT_FIELDS);
    const profile = chooseProfile(profiles, wanted);
    const previous = profiles.find(({ profileState }) => profileState === 'enabled');
    try {
      return { profile, profileState: 'enabled', ...(await switchProfile(isdr, 'enabled', profile)) };
    } catch (error) {
      if (rollback && previous && error instanceof LpaError && (await putBack(app, previous))) {
        alsoTell(error, { rolledBack: previous.iccid ?? previous.isdpAid });
        const { deliverPending } = await import('../downloads/send-notifications.ts');
        await deliverPending(app); // two switches more than the caller knows of
      }
      throw error;
    }
  },
  text: ({ profile, changed }, { paint }) =>
    changed ? `${paint.good('Enabled')} ${titleOf(profile)}` : `${titleOf(profile)} is already enabled`,
  next: ({ changed }) => (changed ? '`lpa list`' : undefined),
  json: jsonOf,
  afterwards: deliverAfterwards,
});

export const disable = command({
  usage: 'disable <profile>',
  summary: 'Disable a profile; the card is left without one',
  examples: ['lpa disable 8949000000000000011', 'lpa disable work'],
  arguments: { profile: PROFILE },
  changes: true,
  async run(app, _options, wanted: string): Promise<Switched> {
    const isdr = await app.openIsdr();
    const profile = await selectProfile(isdr, wanted);
    return { profile, profileState: 'disabled', ...(await switchProfile(isdr, 'disabled', profile)) };
  },
  text: ({ profile, changed }, { paint }) =>
    changed ? `${paint.good('Disabled')} ${titleOf(profile)}` : `${titleOf(profile)} is already disabled`,
  next: ({ profile, changed }) => (changed ? `\`lpa enable ${profile.iccid ?? profile.isdpAid}\` takes it back` : undefined),
  json: jsonOf,
  afterwards: deliverAfterwards,
});

function jsonOf({ profile, profileState, changed, notificationsPending }: Switched): unknown {
  const { iccid, isdpAid } = profile;
  return { ...(iccid ? { iccid } : { isdpAid }), profileState, changed, notificationsPending };
}

/** Also when nothing was sent: what an earlier command could not deliver is delivered now. */
async function deliverAfterwards(app: App, result: Switched): Promise<Switched> {
  const { deliverPending } = await import('../downloads/send-notifications.ts');
  const notificationsPending = await deliverPending(app, { counts: false });
  return { ...result, ...(notificationsPending !== undefined && { notificationsPending }) };
}

/** @returns whether the card had left the previous profile, and has it again */
async function putBack(app: App, previous: ProfileInfo): Promise<boolean> {
  const isdr = await app.openIsdr();
  try {
    const now = (await getProfilesInfo(isdr, STATE_FIELDS)).find(
      ({ iccid, isdpAid }) => iccid === previous.iccid && isdpAid === previous.isdpAid,
    );
    if (!now || now.profileState === 'enabled') return false;
    await switchProfile(isdr, 'enabled', now);
    app.warn(`the previous profile is back: ${titleOf(previous)}`);
    return true;
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    const { explain } = await import('../../failures/explain-error.ts');
    app.warn(`the previous profile could not be put back: ${explain(error, app.io.platform).message}`);
    return false;
  }
}
