/** lpa list: the profiles on the eUICC. SGP.22 v2.5 §5.7.15. */
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { getProfilesInfo, LIST_FIELDS, type ProfileInfoField } from '../../es10/es10c.ts';
import type { ProfileInfo } from '../../sgp22/profile.ts';
import { command } from '../command.ts';
import { classOf, nameOf } from '../names.ts';
import { type Cell, table } from '../table.ts';

/** What `--wide` adds. */
const WIDE_FIELDS = ['profileOwner', 'profilePolicyRules', 'notificationConfigurationInfo'] as const satisfies ProfileInfoField[];

export const list = command({
  usage: 'list',
  summary: 'List the profiles on the eUICC',
  everyReader: true,
  details: 'The name is the nickname where there is one. Icons are read from the card only when --icons asks for them.',
  examples: ['lpa list', 'lpa list --wide', 'lpa list --json | jq -r \'.[] | select(.profileState == "enabled").iccid\''],
  options: {
    wide: { flags: '--wide', text: 'also AID, owner, policy rules and notification addresses' },
    icons: { flags: '--icons <dir>', text: 'write each icon to a file in this folder, named by the ICCID' },
  },
  async run(app, { wide, icons }) {
    const isdr = await app.openIsdr();
    const fields = [...LIST_FIELDS, ...(wide ? WIDE_FIELDS : []), ...(icons ? (['iconType', 'icon'] as const) : [])];
    const profiles = await getProfilesInfo(isdr, fields);
    if (icons) await Promise.all(profiles.map((profile) => writeIcon(icons, profile)));
    return profiles.map(({ icon, ...profile }) => ({ ...profile, profileClass: classOf(profile) }));
  },
  text: (profiles, { paint, columns }, { wide }) =>
    profiles.length === 0
      ? 'No profiles. Get one with `lpa download`.'
      : table(
          ['ICCID', 'STATE', 'NAME', 'PROVIDER', 'CLASS', ...(wide ? ['AID', 'OWNER', 'RULES', 'NOTIFIES'] : [])],
          profiles.map((profile): Cell[] => [
            { text: profile.iccid ?? '', whole: true },
            profile.profileState === 'enabled'
              ? { text: 'enabled', style: paint.good, whole: true }
              : { text: profile.profileState ?? '?', whole: true },
            nameOf(profile),
            profile.serviceProviderName ?? '',
            { text: profile.profileClass, whole: true },
            ...(wide ? wideCells(profile) : []),
          ]),
          wide ? undefined : columns,
        ),
});

const wideCells = (profile: Omit<ProfileInfo, 'profileClass'>): Cell[] => [
  profile.isdpAid ?? '',
  profile.profileOwner?.mccMnc ?? '',
  profile.profilePolicyRules?.join(',') ?? '',
  [...new Set(profile.notificationConfigurationInfo?.map(({ notificationAddress }) => notificationAddress))].join(','),
];

const MAGIC = { png: [0x89, 0x50, 0x4e, 0x47], jpg: [0xff, 0xd8, 0xff] } as const;

/** What the file holds decides its name's end, not what the card says it is. */
async function writeIcon(dir: string, { iccid, isdpAid, icon }: ProfileInfo): Promise<void> {
  if (!icon || icon.length === 0) return;
  const kind = (['png', 'jpg'] as const).find((type) => MAGIC[type].every((octet, i) => icon[i] === octet)) ?? 'bin';
  const { writeFile } = await import('node:fs/promises');
  try {
    await writeFile(join(dir, `${iccid ?? isdpAid ?? 'profile'}.${kind}`), icon);
  } catch (cause) {
    throw new UsageError(`--icons: cannot write to ${dir}`, { remedy: 'make the folder first', cause });
  }
}
