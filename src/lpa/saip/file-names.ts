/**
 * The names of files that a package makes by file management: of the templates, of EF.PBR, and of the few directories that
 * have no template. 3GPP TS 31.102 §4.2 to §4.6, TS 31.103 §4.2, TS 51.011 §10.5.
 */
import { parseTlvs } from '../asn1/tlv.ts';
import { toHex } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import { MF } from './created-files.ts';
import type { ProfilePackage } from './package.ts';
import { templateIds, templateOf } from './templates.ts';

/** Names of the files in one directory, by file identifier. */
type Names = Map<string, string>;

/** Returns the name of the file at a path, `ef-ursp`, where one is known. */
export function fileNamesOf(pkg: ProfilePackage): (path: string) => string | undefined {
  const adfs = adfsOf(pkg);
  const phonebooks = new Map<string, Names>();
  for (const { files } of pkg.elements) {
    for (const { path, fcp, content } of files) {
      if (!path.endsWith('/5F3A/4F30')) continue;
      const filled = content[0]?.bytes ?? fcp?.proprietaryEFInfo?.fillPattern ?? fcp?.proprietaryEFInfo?.repeatPattern;
      if (filled) phonebooks.set(path.slice(0, -'/4F30'.length), namesInPbr(filled));
    }
  }
  return (path) => {
    const segments = path.split('/');
    let directory = 'mf';
    for (const [i, fid] of segments.entries()) {
      if (i === 0) continue;
      const here = segments.slice(0, i + 1).join('/');
      const name = adfs.get(here) ?? phonebooks.get(segments.slice(0, i).join('/'))?.get(fid) ?? NAMES.get(directory)?.get(fid);
      if (name === undefined) return undefined;
      if (i === segments.length - 1) return name;
      directory = name;
    }
    return path === MF ? 'mf' : undefined;
  };
}

const ADF_AIDS: readonly (readonly [prefix: string, name: string])[] = [
  ['A0000000871002', 'adf-usim'],
  ['A0000000871004', 'adf-isim'],
  ['A0000003431002', 'adf-csim'],
];

/** ADFs by path: what their element or their AID says. */
function adfsOf({ elements }: ProfilePackage): Names {
  const found: Names = new Map();
  for (const { path, kind, field, fcp } of elements.flatMap(({ files }) => files)) {
    if (kind !== 'adf') continue;
    const name = field.startsWith('adf-') ? field : ADF_AIDS.find(([prefix]) => fcp?.dfName?.startsWith(prefix))?.[1];
    if (name !== undefined) found.set(path, name);
  }
  return found;
}

/** Tags of EF.PBR (TS 31.102 §4.4.2.1), and what the file is. */
const PBR_NAMES: Readonly<Record<number, string>> = {
  192: 'ef-adn',
  193: 'ef-iap',
  194: 'ef-ext1',
  195: 'ef-sne',
  196: 'ef-anr',
  197: 'ef-pbc',
  198: 'ef-grp',
  199: 'ef-aas',
  200: 'ef-gas',
  201: 'ef-uid',
  202: 'ef-email',
  203: 'ef-ccp1',
  204: 'ef-puri',
};

function namesInPbr(content: Uint8Array): Names {
  const names: Names = new Map();
  const end = content.findLastIndex((octet) => octet !== 0xff) + 1;
  try {
    for (const { children } of parseTlvs(content.subarray(0, end), 'EF.PBR')) {
      for (const { tag, content: reference } of children) {
        const name = PBR_NAMES[tag];
        if (name !== undefined && reference.length >= 2) names.set(toHex(reference.subarray(0, 2)), name);
      }
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return new Map(); // an EF.PBR that cannot be read names no file
  }
  return names;
}

/** Directories without a template, and files of TELECOM that 2G devices read. */
const MORE: Readonly<Record<string, string>> = {
  mf: '7F20 df-gsm',
  'df-telecom':
    '6F3A ef-adn 6F3B ef-fdn 6F3C ef-sms 6F3D ef-ccp 6F40 ef-msisdn 6F42 ef-smsp 6F43 ef-smss 6F44 ef-lnd 6F47 ef-smsr ' +
    '6F49 ef-sdn 6F4A ef-ext1 6F4B ef-ext2 6F4C ef-ext3 6F4D ef-bdn 6F4E ef-ext4 6F4F ef-eccp 6F58 ef-cmi',
  'adf-usim': '5F3C df-mexe 5F40 df-wlan 5F50 df-hnb 5F70 df-solsa',
  'df-mexe': '4F40 ef-mexe-st 4F41 ef-orpk 4F42 ef-arpk 4F43 ef-tprpk',
  'df-wlan':
    '4F41 ef-pseudo 4F42 ef-uplmnwlan 4F43 ef-oplmnwlan 4F44 ef-uwsidl 4F45 ef-owsidl 4F46 ef-wri 4F47 ef-hwsidl ' +
    '4F48 ef-wehplmnpi 4F49 ef-whpi 4F4A ef-wlrplmn 4F4B ef-hplmndai',
  'df-hnb': '4F81 ef-acsgl 4F82 ef-csgt 4F83 ef-hnbn 4F84 ef-ocsgl 4F85 ef-ocsgt 4F86 ef-ohnbn',
  'df-solsa': '4F30 ef-sai 4F31 ef-sll',
};

/** Elements whose files stand in other directories, or have names of their own, beside those of the full profile. */
const NOT_NAMED: ReadonlySet<string> = new Set(['iot', 'opt-iot', 'eap']);

/** By directory. A file whose identifier a template leaves open is named by the profile alone. */
const NAMES: ReadonlyMap<string, Names> = (() => {
  const found = new Map<string, Names>();
  const add = (directory: string, fid: string, name: string): void => {
    const names = found.get(directory) ?? new Map<string, string>();
    names.set(fid, name);
    found.set(directory, names);
  };
  for (const { element, parent, files } of templateIds.flatMap((oid) => templateOf(oid) ?? [])) {
    if (NOT_NAMED.has(element)) continue;
    const outside = parent === 'none' || parent === 'mf' ? 'mf' : `adf-${parent}`;
    for (const { field, fid, lastFid, directory } of files?.values() ?? []) {
      if (fid !== undefined && lastFid === undefined && field !== 'mf') add(directory ?? outside, fid, field);
    }
  }
  for (const [directory, text] of Object.entries(MORE)) {
    for (const [, fid = '', name = ''] of text.matchAll(/(\w{4}) (\S+)/g)) add(directory, fid, name);
  }
  return found;
})();
