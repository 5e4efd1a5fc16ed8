/** Every data object that can stand by itself, by tag and direction: for whoever has octets and no context. */
import type { DataObject } from '../asn1/schema.ts';
import * as iot from '../sgp32/iot.ts';
import * as addresses from './addresses.ts';
import * as authentication from './authentication.ts';
import * as binding from './binding.ts';
import * as bpp from './bpp.ts';
import * as crl from './crl.ts';
import * as download from './download.ts';
import * as info from './euicc-info.ts';
import { SubjectKeyIdentifier } from './identifiers.ts';
import * as notification from './notification.ts';
import * as policy from './policy.ts';
import * as profile from './profile.ts';

/** To the eUICC or the server; from it; or a part of one of these, such as what is signed. */
export type Direction = 'request' | 'response' | 'part';

export interface Registered {
  readonly object: DataObject<any>;
  readonly direction: Direction;
}

const TABLES: readonly object[] = [
  addresses,
  authentication,
  binding,
  bpp,
  crl,
  download,
  info,
  { SubjectKeyIdentifier },
  iot,
  notification,
  policy,
  profile,
];

/** What is sent under a name that does not end in Request or Response. */
const DIRECTIONS: Readonly<Record<string, Direction>> = {
  BoundProfilePackage: 'request',
  HandleNotification: 'request',
  CancelSessionRequestEs9: 'request',
  AuthenticateClientResponseEs9: 'response',
  AuthenticateClientResponseEs11: 'response',
  CancelSessionResponseEs9: 'response',
  EUICCInfo1: 'response',
  EUICCInfo2: 'response',
  ProfileInstallationResult: 'response',
};

/** Pieces of a package that are no function's request, whatever their names say. */
const PARTS: ReadonlySet<DataObject<any>> = new Set<DataObject<any>>([
  bpp.InitialiseSecureChannelRequest,
  bpp.ConfigureISDPRequest,
  bpp.ReplaceSessionKeysRequest,
  profile.StoreMetadataRequest,
  profile.UpdateMetadataRequest,
]);

export const REGISTRY: readonly Registered[] = TABLES.flatMap((table) =>
  Object.values(table)
    .filter(isDataObject)
    .map((object) => ({ object, direction: directionOf(object) })),
);

function isDataObject(value: unknown): value is DataObject<any> {
  return typeof value === 'object' && value !== null && 'tag' in value && 'name' in value && 'decode' in value;
}

function directionOf(object: DataObject<any>): Direction {
  if (PARTS.has(object)) return 'part';
  const suffix = /(Request|Response)$/.exec(object.name)?.[1];
  return DIRECTIONS[object.name] ?? (suffix === 'Request' ? 'request' : suffix === 'Response' ? 'response' : 'part');
}

const byTag = new Map<number, Registered[]>();
for (const entry of REGISTRY) byTag.set(entry.object.tag, [...(byTag.get(entry.object.tag) ?? []), entry]);

/** What a tag may be at the top: BF2D is a request and a response, 30 one of several things that are signed. */
export const registered = (tag: number): readonly Registered[] => byTag.get(tag) ?? [];

/** Objects of v3 and SGP.32 that are known by name alone. */
// biome-ignore format: a table
const NAMES: Readonly<Record<number, string>> = {
  48964: 'LoadRpmPackage', 48965: 'VerifySmdsResponse', 48966: 'CheckEvent', 48970: 'AlertData', 48971: 'VerifyDeviceChange',
  48972: 'ConfirmDeviceChange', 48973: 'PrepareDeviceChange', 48974: 'TransferEimPackage', 48975: 'GetEimPackage',
  48976: 'ProvideEimPackageResult', 48977: 'EuiccPackage', 48978: 'IpaEuiccData', 48979: 'EimAcknowledgements',
  48980: 'ProfileDownloadTrigger', 48983: 'AddInitialEim', 48992: 'VerifySmdpResponse', 48993: 'CheckProgress',
  48994: 'VerifyProfileRecovery', 48995: 'DeleteNotificationForDc', 49014: 'RefArDo', 228: 'E4E',
};

/** What a tag is called wherever it stands, without its direction: `EnableProfile`. Tags below BF20 mean something else in each place. */
export function nameOfTag(tag: number): string | undefined {
  if (tag < 0xbf20) return undefined;
  const object = registered(tag)[0]?.object;
  return object?.name.replace(/(Request|Response)(Es9|Es11)?$/, '') ?? NAMES[tag];
}
