/** lpa rename: the user's own name for a profile. SGP.22 v2.5 §3.2.4. */
import { checkNickname, renameProfile } from '../../lpa/procedures/switch.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { command } from '../command.ts';
import { selectProfile, titleOf } from '../input/select-profile.ts';

export const rename = command({
  usage: 'rename <profile> <nickname>',
  summary: 'Give a profile a nickname of your own',
  details: "At most 64 octets of UTF-8; '' takes the nickname away.",
  examples: ['lpa rename 8949000000000000011 work', "lpa rename work ''"],
  arguments: {
    profile: 'ICCID, its end or beginning (4 digits or more), ISD-P AID, nickname or name, or its unique beginning',
    nickname: 'the new name',
  },
  changes: true,
  async run(app, _options, wanted: string, nickname: string) {
    checkNickname(nickname);
    const isdr = await app.openIsdr();
    const profile = await selectProfile(isdr, wanted);
    return { profile, nickname, ...(await renameProfile(isdr, profile, nickname)) };
  },
  text: ({ profile, nickname, changed }, { paint }) => {
    if (!changed) return `${titleOf(profile)} has this name already`;
    const iccid = profile.iccid ?? '';
    return nickname === ''
      ? `${paint.good('Removed')} the nickname of ${iccid}`
      : `${paint.good('Renamed')} ${iccid} to ${displayText(nickname)}`;
  },
  json: ({ profile: { iccid }, nickname, changed }) => ({ iccid, profileNickname: nickname, changed }),
  next: ({ changed }) => (changed ? '`lpa list`' : undefined),
});
