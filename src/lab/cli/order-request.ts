/** What an operator orders: from the options of `lpa-lab order` to the SM-DP+, also by way of a lab that runs. */
import { fromBase64, toBase64 } from '../../lpa/bytes.ts';
import { UsageError } from '../../lpa/errors.ts';
import { fileReason } from '../../lpa/file-error.ts';
import { readInput } from '../../lpa/input-file.ts';
import { iconFormat, MAX_ICON } from '../../lpa/sgp22/icon.ts';
import { NAME_LIMITS } from '../../lpa/sgp22/profile.ts';
import type { OptionsOf, OptionTable } from '../../terminal/option.ts';
import type { NewOrder } from '../smdp/order.ts';
import { timeFrom } from './time.ts';

export const ORDER_OPTIONS = {
  profile: { flags: '--profile <file>', text: 'a profile package (SAIP); without it the lab builds one' },
  name: { flags: '--name <name>', text: 'of the profile' },
  provider: { flags: '--provider <name>', text: 'who offers it' },
  class: {
    flags: '--class <class>',
    text: 'test, provisioning or operational',
    choices: ['test', 'provisioning', 'operational'],
  },
  iccid: { flags: '--iccid <digits>', text: '18 to 20 digits; without it the next one' },
  eid: { flags: '--eid <digits>', text: 'only this eUICC may download it' },
  confirmationCode: { flags: '--confirmation-code <code>', text: 'the server wants it, three tries' },
  noCcFlag: { flags: '--no-cc-flag', text: 'the activation code does not say that a confirmation code is wanted' },
  rules: { flags: '--rules <list>', text: 'profile policy rules: ppr1,ppr2 (not to be disabled, not to be deleted)' },
  smds: { flags: '--smds', text: "also register it at the SM-DS, for --eid or the lab's card" },
  defaultSmdp: { flags: '--default-smdp', text: "no matching ID: for --eid or the lab's card, which asks its default SM-DP+" },
  icon: { flags: '--icon <file>', text: 'a PNG or JPEG of at most 1024 octets' },
  withOid: { flags: '--with-oid', text: "the activation code names the server's OID" },
  expires: { flags: '--expires <time>', text: 'good for so long, such as 10m; 0s is over already' },
  downloads: { flags: '--downloads <number>', text: 'packages that are handed out at most, 10 without it' },
  noRebind: { flags: '--no-rebind', text: 'a package is not bound again to another one-time key of the eUICC' },
  noSessionKeys: { flags: '--no-session-keys', text: 'the package has no ReplaceSessionKeys (A2)' },
  segments: { flags: '--segments <octets>', text: 'the 86s of the package have so many at most, 1020 without it' },
  metadataSegments: { flags: '--metadata-segments <octets>', text: 'and its 88s' },
  allowInvalid: { flags: '--allow-invalid', text: 'accept values that break a limit of the specification' },
} as const satisfies OptionTable;

/** Plain JSON. Octets are base64. */
export type OrderRequest = Omit<OptionsOf<typeof ORDER_OPTIONS>, 'rules'> & { readonly rules?: readonly string[] };

/** Files are read here, where their names mean something. @throws {UsageError} */
export async function requestFrom({ rules, ...options }: OptionsOf<typeof ORDER_OPTIONS>): Promise<OrderRequest> {
  if (options.noCcFlag && options.confirmationCode === undefined) {
    throw new UsageError('--no-cc-flag goes with --confirmation-code');
  }
  if (options.defaultSmdp && options.smds) throw new UsageError('--default-smdp and --smds: an Event names a matching ID');
  return {
    ...options,
    ...(rules !== undefined && { rules: rules.split(',').map((rule) => rule.trim().toLowerCase()) }),
    ...(options.profile !== undefined && { profile: await fileOctets(options.profile) }),
    ...(options.icon !== undefined && { icon: await fileOctets(options.icon) }),
  };
}

/** Octets of a profile package: more than any card has room for. */
const MAX_FILE = 16 * 1024 * 1024;

async function fileOctets(path: string): Promise<string> {
  try {
    return toBase64(await readInput(path, MAX_FILE));
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${fileReason(error)}`, { cause: error });
  }
}

const RULES = ['ppr1', 'ppr2'] as const;
type Rule = (typeof RULES)[number];

/** @param lab whose SM-DS is told, and for which card where none is named @throws {UsageError} */
export function newOrderFrom(request: OrderRequest, lab: { readonly smdsAddress: string; readonly eid: string }): NewOrder {
  const { expires, downloads, segments, metadataSegments } = request;
  if (!request.allowInvalid) checkValues(request);
  return {
    ...(request.smds && lab),
    ...(request.defaultSmdp && { matchingId: '', eid: lab.eid }),
    ...(request.withOid && { withOid: true }),
    ...(expires !== undefined && { expires: new Date(Date.now() + timeFrom(expires, '--expires')) }),
    ...(downloads !== undefined && { maxDownloads: numberFrom(downloads, '--downloads', 1, 1000) }),
    binding: {
      ...(request.noRebind && { rebind: false }),
      ...(request.noSessionKeys && { ppk: false }),
      ...(segments !== undefined && { segmentOctets: numberFrom(segments, '--segments', 20, 1036) }),
      ...(metadataSegments !== undefined && {
        metadataSegmentOctets: numberFrom(metadataSegments, '--metadata-segments', 20, 1036),
      }),
    },
    ...(request.profile !== undefined && { package: fromBase64(request.profile) }),
    ...(request.name !== undefined && { profileName: request.name }),
    ...(request.provider !== undefined && { serviceProviderName: request.provider }),
    ...(request.class !== undefined && { profileClass: request.class }),
    ...(request.iccid !== undefined && { iccid: request.iccid }),
    ...(request.eid !== undefined && { eid: request.eid }),
    ...(request.confirmationCode !== undefined && { confirmationCode: request.confirmationCode }),
    ...(request.noCcFlag && { ccFlag: false }),
    ...(request.rules !== undefined && { rules: request.rules.map(ruleNamed) }),
    ...(request.icon !== undefined && { icon: iconOf(fromBase64(request.icon)) }),
  };
}

function numberFrom(text: string, flag: string, least: number, most: number): number {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least && number <= most)) throw new UsageError(`${flag}: a number from ${least} to ${most}`);
  return number;
}

function ruleNamed(name: string): Rule {
  const rule = RULES.find((each) => each === name);
  if (!rule) throw new UsageError(`--rules: ${name} is none of ${RULES.join(', ')}`);
  return rule;
}

const INVALID = 'add --allow-invalid to order it all the same';

/** A mistyped value would otherwise show only when an eUICC refuses the profile. @throws {UsageError} */
function checkValues({ name, provider, icon }: OrderRequest): void {
  checkCharacters('--name', name, NAME_LIMITS.profileName);
  checkCharacters('--provider', provider, NAME_LIMITS.serviceProviderName);
  if (icon === undefined) return;
  const bytes = fromBase64(icon);
  if (!iconFormat(bytes)) throw new UsageError('--icon: expected PNG or JPEG', { remedy: INVALID });
  if (bytes.length > MAX_ICON) {
    throw new UsageError(`--icon: ${bytes.length} octets, limit ${MAX_ICON}`, { remedy: INVALID });
  }
}

function checkCharacters(flag: string, text: string | undefined, limit: number): void {
  const { length } = [...(text ?? '')];
  if (length > limit) throw new UsageError(`${flag}: ${length} characters, limit ${limit}`, { remedy: INVALID });
}

function iconOf(bytes: Uint8Array): NonNullable<NewOrder['icon']> {
  const type = iconFormat(bytes);
  return { ...(type && { type }), bytes };
}
