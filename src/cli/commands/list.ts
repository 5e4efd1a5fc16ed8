/** lpa list: the profiles on the eUICC. SGP.22 v2.5 §5.7.15. */
import { getProfilesInfo, LIST_FIELDS, type ProfileInfoField } from '../../lpa/es10/es10c.ts';
import type { ProfileInfo } from '../../lpa/sgp22/profile.ts';
import { displayText, displayWidth } from '../../terminal/safe-text.ts';
import { plainPaint } from '../../terminal/style.ts';
import { type Cell, table } from '../../terminal/table.ts';
import { wrapped } from '../../terminal/wrap.ts';
import type { App } from '../app.ts';
import { command, type Look } from '../command.ts';
import { titleOf } from '../input/select-profile.ts';
import { classOf, eventText, nameOf, operatorText, plural } from '../output/profile-names.ts';

/** What `--wide` adds. */
const WIDE_FIELDS = ['profileOwner', 'profilePolicyRules', 'notificationConfigurationInfo'] as const satisfies ProfileInfoField[];

export const list = command({
  usage: 'list',
  summary: 'List the profiles on the eUICC',
  everyReader: true,
  details:
    'The name is the nickname where there is one. Icons are read from the card only when --icons asks for them; files that are ' +
    'there are not written over.',
  examples: ['lpa list', 'lpa list --wide', 'lpa list --json | jq -r \'.[] | select(.profileState == "enabled").iccid\''],
  options: {
    wide: { flags: '--wide', text: 'also AID, owner, policy rules and notification addresses' },
    icons: {
      flags: '--icons <dir>',
      text: 'write each icon to a file in this folder, which is made if it is missing; the ICCID is its name',
    },
  },
  async run(app, { wide, icons }) {
    if (icons !== undefined) (await import('../output/icons.ts')).makeFolder(icons);
    const isdr = await app.openIsdr();
    const fields = [
      ...LIST_FIELDS,
      ...(wide ? WIDE_FIELDS : []),
      ...(icons === undefined ? [] : (['iconType', 'icon'] as const)),
    ];
    const profiles = await getProfilesInfo(isdr, fields);
    const files = icons === undefined ? undefined : await writeIcons(app, icons, profiles);
    return profiles.map(({ icon, ...profile }) => {
      const iconFile = files?.get(profile.iccid ?? profile.isdpAid);
      return { ...profile, profileClass: classOf(profile), ...(iconFile !== undefined && { iconFile }) };
    });
  },
  text(profiles, look, { wide = false }) {
    if (profiles.length === 0) return 'No profiles. Get one with `lpa download`.';
    if (!wide) return profilesTable(profiles, look, false);
    const whole = profilesTable(profiles, { paint: look.paint }, true);
    const { columns } = look;
    const width = Math.max(...profilesTable(profiles, PLAIN, true).split('\n').map(displayWidth));
    return columns === undefined || width <= columns ? whole : profileBlocks(profiles, { ...look, columns });
  },
  next(profiles) {
    const [first] = profiles;
    if (!first || profiles.some(({ profileState }) => profileState === 'enabled')) return undefined;
    return `none is in use; \`lpa enable ${first.iccid ?? first.isdpAid}\``;
  },
});

type Listed = Omit<ProfileInfo, 'profileClass' | 'icon'> & { readonly profileClass: string };

const HEAD = ['ICCID', 'STATE', 'NAME', 'PROVIDER', 'CLASS'];
const WIDE_HEAD = ['AID', 'OWNER', 'RULES', 'NOTIFIES'];
const PLAIN: Look = { paint: plainPaint };

const profilesTable = (profiles: readonly Listed[], { paint, columns }: Look, wide: boolean): string =>
  table(
    [...HEAD, ...(wide ? WIDE_HEAD : [])],
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
    columns,
  );

/** On a terminal that is too narrow for a line a profile: what `--wide` adds stands below it. */
const profileBlocks = (profiles: readonly Listed[], look: Look & { readonly columns: number }): string => {
  const [head = '', ...lines] = profilesTable(profiles, look, false).split('\n');
  const width = Math.max(...WIDE_HEAD.map(({ length }) => length));
  return [
    head,
    ...profiles.flatMap((profile, i) => [
      lines[i] ?? '',
      ...wideCells(profile).flatMap((text, j) => {
        const label = `  ${WIDE_HEAD[j]?.padEnd(width)}  `;
        return text === '' ? [] : [wrapped(label + displayText(text, MAX_TEXT), label.length, look.columns)];
      }),
    ]),
  ].join('\n');
};

/** Columns of a list of addresses. */
const MAX_TEXT = 400;

const wideCells = (profile: Listed): string[] => [
  profile.isdpAid ?? '',
  profile.profileOwner ? operatorText(profile.profileOwner) : '',
  profile.profilePolicyRules?.join(',') ?? '',
  notifiedText(profile.notificationConfigurationInfo ?? []),
];

/** Each address once, with the events that it is told of. */
function notifiedText(configured: NonNullable<ProfileInfo['notificationConfigurationInfo']>): string {
  const events = new Map<string, string[]>();
  for (const { notificationAddress, profileManagementOperation } of configured) {
    events.set(notificationAddress, [...(events.get(notificationAddress) ?? []), ...profileManagementOperation]);
  }
  return [...events].map(([address, names]) => `${address} (${eventText([...new Set(names)])})`).join(' ');
}

/** @returns the files, by the identifier of their profile */
async function writeIcons(
  app: App,
  dir: string,
  profiles: readonly ProfileInfo[],
): Promise<ReadonlyMap<string | undefined, string>> {
  const { writeIcon } = await import('../output/icons.ts');
  const files = new Map<string | undefined, string>();
  for (const profile of profiles) {
    const icon = await writeIcon(dir, profile);
    if (icon && 'file' in icon) files.set(profile.iccid ?? profile.isdpAid, icon.file);
    else if (icon) app.warn(`${titleOf(profile)}: ${icon.refused}`);
  }
  app.say(`${plural(files.size, 'icon')} in the folder`);
  return files;
}
