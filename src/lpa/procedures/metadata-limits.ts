/**
 * The limits of profile metadata, checked before PrepareDownload. SGP.22 v2.5 §5.5.3. The eUICC checks them too, but only
 * when the package is being installed: the order is used up then.
 */
import { parseTlv } from '../asn1/tlv.ts';
import { equalBytes, utf8Bytes } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import { AuthenticateClient } from '../es9/es9p.ts';
import { iconFormat, MAX_ICON } from '../sgp22/icon.ts';
import { NAME_LIMITS, type ProfileMetadata } from '../sgp22/profile.ts';
import { endingWith } from './session.ts';

/** Entries that a list may have. The specification has no limit; real profiles have fewer than ten. */
const MAX_ENTRIES = 64;

const LISTS = [
  'notificationConfigurationInfo',
  'serviceSpecificDataStoredInEuicc',
  'serviceSpecificDataNotStoredInEuicc',
] as const satisfies readonly (keyof ProfileMetadata)[];

/** What the limits mean for one profile. */
export interface MetadataFindings {
  /** Present where every eUICC refuses the metadata. It ends the session as postponed. */
  readonly refusal?: DecodeError;
  /** Deviations that some eUICCs accept: sentences for the user. */
  readonly warnings: readonly string[];
}

/** Checks the metadata of AuthenticateClient against the limits of the specification. */
export function checkMetadataLimits(bytes: Uint8Array, metadata: ProfileMetadata): MetadataFindings {
  const refused = refusalOf(metadata);
  if (refused) return { refusal: endingWith(refused, 'postponed', 'good'), warnings: [] };
  return { warnings: [...nameWarnings(bytes), ...iconWarnings(metadata)] };
}

function refusalOf(metadata: ProfileMetadata): DecodeError | undefined {
  for (const name of ['serviceProviderName', 'profileName'] as const) {
    const characters = [...metadata[name]].length;
    if (characters > NAME_LIMITS[name]) return refusal(name, `${characters} characters, limit ${NAME_LIMITS[name]}`);
  }
  const { icon, iconType, iccid } = metadata;
  if (icon && icon.length > MAX_ICON) return refusal('icon', `${icon.length} octets, limit ${MAX_ICON}`);
  if (icon && iconType === undefined) return refusal('iconType', 'missing, and there is an icon');
  if (iccid === '') return refusal('iccid', 'no digits');
  const list = LISTS.find((name) => (metadata[name]?.length ?? 0) > MAX_ENTRIES);
  return list && refusal(list, `${metadata[list]?.length} entries, limit ${MAX_ENTRIES}`);
}

const refusal = (field: string, problem: string): DecodeError =>
  new DecodeError(`${AuthenticateClient.name}/profileMetadata/${field}`, problem, {
    remedy: 'the eUICC would refuse this profile; ask the operator to correct its metadata, then use the same activation code',
  });

/** By the octets as received: text that is not valid UTF-8 has other octets once it is decoded. */
function nameWarnings(bytes: Uint8Array): string[] {
  const { children } = parseTlv(bytes);
  return (['serviceProviderName', 'profileName'] as const).flatMap((name) => {
    const content = children.find(({ tag }) => tag === NAME_TAGS[name])?.content ?? new Uint8Array();
    const limit = NAME_LIMITS[name];
    return [
      ...(content.length > limit
        ? [
            `${name} has ${content.length} octets; an eUICC that counts octets (limit ${limit}) refuses the profile at installation`,
          ]
        : []),
      ...(equalBytes(utf8Bytes(new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)), content)
        ? []
        : [`${name} is not valid UTF-8; an eUICC that checks it refuses the profile at installation`]),
    ];
  });
}

const NAME_TAGS = { serviceProviderName: 0x91, profileName: 0x92 } as const;

function iconWarnings({ icon, iconType }: ProfileMetadata): string[] {
  if (!icon || icon.length === 0) return [];
  const format = iconFormat(icon);
  if (format === iconType) return [];
  return [`iconType is ${iconType}, the icon is ${format ?? 'neither PNG nor JPEG'}`];
}
