/** lpa delete: remove a profile for good. SGP.22 v2.5 §3.2.3. */
import { EuiccError } from '../../lpa/errors.ts';
import { DeleteProfile } from '../../lpa/es10/es10c.ts';
import { removeProfile } from '../../lpa/procedures/switch.ts';
import type { ProfileInfo } from '../../lpa/sgp22/profile.ts';
import { command } from '../command.ts';
import { canConfirm, confirmSevere } from '../input/confirm.ts';
import { selectProfile, titleOf } from '../input/select-profile.ts';

interface Deleted {
  readonly profile: ProfileInfo;
  readonly notificationsPending?: number;
}

export const deleteCommand = command({
  usage: 'delete <profile>',
  summary: 'Delete a profile for good',
  details:
    'A profile in use is not deleted: disable it first. Its activation code does not bring it back, unless the operator says ' +
    'so; and the operator takes it for installed until the notification of the deletion is delivered.',
  examples: ['lpa delete 8949000000000000011', 'lpa delete 0011 --confirm 8949000000000000011'],
  arguments: { profile: 'ICCID, its end or beginning (4 digits or more), ISD-P AID, nickname or name, or its unique beginning' },
  options: { confirm: { flags: '--confirm <iccid>', text: 'the ICCID in full, instead of being asked' } },
  changes: true,
  async run(app, { confirm }, wanted: string): Promise<Deleted> {
    canConfirm(app, confirm, 'ICCID');
    const isdr = await app.openIsdr();
    const profile = await selectProfile(isdr, wanted);
    if (profile.profileState === 'enabled') {
      throw new EuiccError(DeleteProfile.name, 'profileNotInDisabledState', {
        remedy: `\`lpa disable ${profile.iccid ?? profile.isdpAid}\` first`,
      });
    }
    await confirmSevere(app, {
      what: `This deletes ${titleOf(profile)} from the card for good.`,
      identifier: 'ICCID',
      digits: profile.iccid ?? profile.isdpAid ?? '',
      confirm,
    });
    await removeProfile(isdr, profile);
    return { profile };
  },
  text: ({ profile }, { paint }) => `${paint.good('Deleted')} ${titleOf(profile)}`,
  json: ({ profile: { iccid, isdpAid }, notificationsPending }) => ({
    ...(iccid ? { iccid } : { isdpAid }),
    deleted: true,
    notificationsPending,
  }),
  next: () => '`lpa list`',
  async afterwards(app, result) {
    const { deliverPending } = await import('../downloads/send-notifications.ts');
    const notificationsPending = await deliverPending(app);
    return { ...result, ...(notificationsPending !== undefined && { notificationsPending }) };
  },
});
