/** Bound packages for the tests: whole ones, and each part replaced by a wrong one. */

import { buildProfilePackage } from '../../../src/lab/profile/build.ts';
import { BspChannel, type BspKeys, deriveBspKeys, piecesFor, type SegmentTag } from '../../../src/lab/rsp/bsp.ts';
import { encodeTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, utf8Bytes } from '../../../src/lpa/bytes.ts';
import { loadBoundProfilePackage } from '../../../src/lpa/es10/es10b.ts';
import type { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { newPrivateKey, publicPoint, sharedSecret, sign } from '../../../src/lpa/pki/ecdsa.ts';
import { ConfigureISDPRequest, ReplaceSessionKeysRequest, readBoundProfilePackage } from '../../../src/lpa/sgp22/bpp.ts';
import { ProfileInstallationResult, type ProfileInstallationResultData } from '../../../src/lpa/sgp22/notification.ts';
import { type ProfileMetadata, StoreMetadataRequest } from '../../../src/lpa/sgp22/profile.ts';
import { EID } from './harness.ts';
import { authenticate, prepare, type Server } from './server.ts';

export const ICCID = '89000123456789012341';

export const METADATA: ProfileMetadata = {
  iccid: ICCID,
  serviceProviderName: 'Operator',
  profileName: 'Alpha',
  profileClass: 'operational',
  notificationConfigurationInfo: [
    { profileManagementOperation: ['notificationEnable'], notificationAddress: 'notify.example.com' },
    { profileManagementOperation: ['notificationDisable'], notificationAddress: 'notify.example.com' },
    { profileManagementOperation: ['notificationDelete'], notificationAddress: 'notify.example.com' },
  ],
};

export const PROTECTION_KEYS: BspKeys = {
  macChainingValue: new Uint8Array(16).fill(0x22),
  enc: new Uint8Array(16),
  mac: new Uint8Array(16).fill(0x11),
};

export interface PackageChanges {
  readonly metadata?: Partial<ProfileMetadata>;
  readonly metadataOctets?: Uint8Array;
  readonly upp?: Uint8Array;
  readonly remoteOpId?: string;
  readonly transactionId?: string;
  readonly controlRefTemplate?: string;
  readonly hostId?: Uint8Array;
  readonly smdpSign?: Uint8Array;
  readonly smdpOtpk?: Uint8Array;
  readonly configureIsdp?: Uint8Array;
  /** false: the profile goes under the session keys. */
  readonly replaceKeys?: BspKeys | false;
  /** Octets of a segment: how long an 86 is. */
  readonly segmentOctets?: number;
  /** 88s of so many octets of metadata. */
  readonly metadataPiece?: number;
  readonly eid?: string;
  /** Last say over the parts before they are put together. */
  readonly parts?: (parts: Parts) => Partial<Parts>;
}

interface Parts {
  bf23: Uint8Array;
  a0: Uint8Array[];
  a1: Uint8Array[];
  a2: Uint8Array[] | undefined;
  a3: Uint8Array[];
}

/** Bind a package to the one-time key of a card. */
export function bindPackage(
  server: Server,
  transactionId: string,
  euiccOtpk: Uint8Array,
  changes: PackageChanges = {},
): Uint8Array {
  const otSk = newPrivateKey(server.world.curve);
  const otPk = changes.smdpOtpk ?? publicPoint(otSk);
  const hostId = changes.hostId ?? utf8Bytes('mahlzeit');
  const bsp = new BspChannel(deriveBspKeys(sharedSecret(otSk, euiccOtpk), { hostId, eid: changes.eid ?? EID }));
  const protect = (tag: SegmentTag, pieces: Iterable<Uint8Array>): Uint8Array[] =>
    [...pieces].map((piece) => bsp.protect(tag, piece));

  const fields = concat(
    fromHex(changes.remoteOpId ?? '820101'),
    encodeTlv(0x80, fromHex(changes.transactionId ?? transactionId)),
    changes.controlRefTemplate
      ? fromHex(changes.controlRefTemplate)
      : encodeTlv(0xa6, concat(fromHex('800188810110'), encodeTlv(0x84, hostId))),
    encodeTlv(0x5f49, otPk),
  );
  const smdpSign = changes.smdpSign ?? sign(server.dpPb.privateKey, concat(fields, encodeTlv(0x5f49, euiccOtpk)));
  const metadata = changes.metadataOctets ?? StoreMetadataRequest.encode({ ...METADATA, ...changes.metadata });
  const keys = changes.replaceKeys ?? PROTECTION_KEYS;
  const upp = changes.upp ?? buildProfilePackage({ iccid: changes.metadata?.iccid ?? ICCID, size: 3000 });

  const good: Parts = {
    bf23: encodeTlv(0xbf23, concat(fields, encodeTlv(0x5f37, smdpSign))),
    a0: protect(0x87, [changes.configureIsdp ?? ConfigureISDPRequest.encode({})]),
    a1: protect(0x88, cut(metadata, changes.metadataPiece ?? 1008)),
    a2: undefined,
    a3: [],
  };
  if (keys) {
    const { macChainingValue: initialMacChainingValue, enc: ppkEnc, mac: ppkCmac } = keys;
    good.a2 = protect(0x87, [ReplaceSessionKeysRequest.encode({ initialMacChainingValue, ppkEnc, ppkCmac })]);
    if (ppkCmac.length === 16) bsp.replaceKeys(keys);
  }
  good.a3 = protect(0x86, piecesFor(0x86, upp, changes.segmentOctets));
  const parts = { ...good, ...changes.parts?.(good) };
  return encodeTlv(
    0xbf36,
    concat(
      parts.bf23,
      encodeTlv(0xa0, concat(...parts.a0)),
      encodeTlv(0xa1, concat(...parts.a1)),
      ...(parts.a2 ? [encodeTlv(0xa2, concat(...parts.a2))] : []),
      encodeTlv(0xa3, concat(...parts.a3)),
    ),
  );
}

function* cut(octets: Uint8Array, length: number): Iterable<Uint8Array> {
  for (let at = 0; at < octets.length; at += length) yield octets.subarray(at, at + length);
}

/** From a challenge to a package: everything but the loading. */
export async function boundPackage(isdr: Isdr, server: Server, changes: PackageChanges = {}) {
  const opened = await authenticate(isdr, server);
  const { euiccSigned2 } = await prepare(isdr, server, opened);
  const { euiccOtpk } = euiccSigned2.value;
  return { ...opened, euiccOtpk, bpp: bindPackage(server, opened.transactionId, euiccOtpk, changes) };
}

export interface Installed {
  readonly data: ProfileInstallationResultData;
  readonly bytes: Uint8Array;
  readonly dataBytes: Uint8Array;
  readonly signature: Uint8Array;
}

export function readResult(bytes: Uint8Array): Installed {
  const { profileInstallationResultData, euiccSignPIR } = ProfileInstallationResult.decode(bytes).value;
  return {
    data: profileInstallationResultData.value,
    dataBytes: profileInstallationResultData.bytes,
    signature: euiccSignPIR,
    bytes,
  };
}

/** The whole of it, as an LPA cuts it. */
export async function install(isdr: Isdr, server: Server, changes: PackageChanges = {}): Promise<Installed> {
  const { bpp } = await boundPackage(isdr, server, changes);
  return readResult(await loadBoundProfilePackage(isdr, readBoundProfilePackage(bpp)));
}

/** The whole of it, in segments cut elsewhere; a package that an LPA would not send. */
export async function installInSegments(isdr: Isdr, segments: Iterable<Uint8Array>): Promise<Installed> {
  for (const segment of segments) {
    const answer = await isdr.storeData(segment, 'segment');
    if (answer.length > 0) return readResult(answer);
  }
  throw new Error('no result');
}
