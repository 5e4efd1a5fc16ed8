/** The files that a card shows: its own few without a profile, the profile's with one enabled. ETSI TS 102 221 §13, 3GPP TS 31.102 §4.2. */
import { encodeTlv } from '../../asn1/tlv.ts';
import { concat, fromBase64, fromHex, utf8Bytes } from '../../bytes.ts';
import { readProfilePackage } from '../../saip/package.ts';
import { iccid as iccidType } from '../../sgp22/identifiers.ts';
import { type CardFile, type FileTree, fileTree } from './files.ts';
import { filesOfPackage } from './package-files.ts';
import { type CardState, metadataOf, type ProfileRecord } from './state.ts';

const MF: CardFile = { path: '3F00', kind: 'df' };
/** Power consumption of the UICC: 60 mA at most, no idle current told. */
const EF_UMPC: CardFile = { path: '3F00/2F08', kind: 'transparent', sfi: 8, content: fromHex('3C00000000') };

/** Always, and never: access rules 1 and 2 of EF.ARR. */
const EF_ARR: CardFile = {
  path: '3F00/2F06',
  kind: 'linearFixed',
  sfi: 6,
  records: [padded(fromHex('8001019000'), 8), padded(fromHex('8001009700'), 8)],
};

/** What the card shows now: the files of the enabled profile, or its own few. */
export function filesOf({ profiles }: CardState): FileTree {
  const enabled = profiles.find((profile) => profile.enabled);
  return enabled ? filesOfProfile(enabled) : bareFiles;
}

/** The package stays as it was installed, so its files are read from it once. */
const known = new WeakMap<ProfileRecord, FileTree>();

function filesOfProfile(profile: ProfileRecord): FileTree {
  const found = known.get(profile) ?? readFiles(profile);
  known.set(profile, found);
  return found;
}

const readFiles = (profile: ProfileRecord): FileTree =>
  profile.package === undefined
    ? plainProfileFiles({ iccid: profile.iccid, name: metadataOf(profile).serviceProviderName })
    : filesOfPackage(readProfilePackage(fromBase64(profile.package)), OWN_FILES);

/** SGP.22 §2.4: without an enabled profile there is an MF with what belongs to the card. */
const OWN_FILES: readonly CardFile[] = [MF, EF_UMPC];
const bareFiles: FileTree = fileTree(OWN_FILES);

const USIM_AID = fromHex('A0000000871002FFFFFFFF8907090000');

/** The files of a profile that is known by its numbers alone. */
export function plainProfileFiles({ iccid, imsi, name }: { iccid: string; imsi?: string; name: string }): FileTree {
  const label = utf8Bytes(name).slice(0, 16);
  const entry = encodeTlv(0x61, concat(encodeTlv(0x4f, USIM_AID), encodeTlv(0x50, label)));
  return fileTree([
    MF,
    { path: '3F00/2FE2', kind: 'transparent', sfi: 2, content: iccidType.encode(iccid) },
    { path: '3F00/2F00', kind: 'linearFixed', sfi: 30, records: [padded(entry, 48)] },
    { path: '3F00/2F05', kind: 'transparent', sfi: 5, content: utf8Bytes('en') },
    EF_ARR,
    EF_UMPC,
    { path: '3F00/7FF0', kind: 'adf', aid: USIM_AID },
    ...(imsi === undefined
      ? []
      : [{ path: '3F00/7FF0/6F07', kind: 'transparent', sfi: 7, content: imsiOctets(imsi) } satisfies CardFile]),
    { path: '3F00/7FF0/6FAD', kind: 'transparent', sfi: 3, content: fromHex('00000002') },
    { path: '3F00/7FF0/6F46', kind: 'transparent', content: padded(concat(Uint8Array.of(0x01), label), 17) },
  ]);
}

/** EF.IMSI: length, then the digits in swapped nibbles, the first beside the parity (TS 31.102 §4.2.2). */
function imsiOctets(imsi: string): Uint8Array {
  const digits = `${imsi.length % 2 ? '9' : '1'}${imsi}`.padEnd(16, 'F');
  const octets = fromHex(digits.replace(/(.)(.)/g, '$2$1'));
  return Uint8Array.of(Math.ceil((imsi.length + 1) / 2), ...octets);
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const octets = new Uint8Array(length).fill(0xff);
  octets.set(bytes.subarray(0, length));
  return octets;
}
