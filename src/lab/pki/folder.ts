/** Certificates and private keys in a folder of files: found whatever their names, written with names that speak. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../lpa/bytes.ts';
import { type Certificate, readCertificate } from '../../lpa/pki/certificate.ts';
import { curveOf, publicPoint } from '../../lpa/pki/ecdsa.ts';
import { pemCertificates, toPem } from '../../lpa/pki/pem.ts';
import { makeFolders } from '../../lpa/whole-file.ts';
import type { Identity } from './mint.ts';

/** What a folder holds. */
export interface Found {
  readonly certificates: readonly Certificate[];
  /** Private keys by their public point in hex. */
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** PEM files that could not be read: encrypted or damaged. */
  readonly unread: readonly string[];
}

/** Larger files are neither a certificate nor a key. */
const MAX_FILE = 64 * 1024;

/** Read every certificate and every private key below `folder`, PEM or DER; other files are passed over. */
export async function readFolder(folder: string): Promise<Found> {
  const certificates: Certificate[] = [];
  const keys = new Map<string, KeyObject>();
  const unread: string[] = [];
  for (const path of filesBelow(folder)) {
    const octets = Uint8Array.from(readFileSync(path));
    const text = new TextDecoder('latin1').decode(octets);
    try {
      const found = text.includes('-----BEGIN ') ? await readPemFile(text) : await readDerFile(octets);
      certificates.push(...found.certificates);
      for (const key of found.keys) if (curveOf(key)) keys.set(toHex(publicPoint(key)), key);
    } catch {
      // Encrypted, or damaged: told to the operator, who can do without it or not.
      unread.push(path);
    }
  }
  return { certificates, keys, unread };
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile() && stat.size <= MAX_FILE;
    })
    .sort();

interface InFile {
  readonly certificates: readonly Certificate[];
  readonly keys: readonly KeyObject[];
}

async function readPemFile(text: string): Promise<InFile> {
  const keys = [...text.matchAll(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----/g)].map(([block]) =>
    createPrivateKey(block),
  );
  return { certificates: await Promise.all(pemCertificates(text).map(readCertificate)), keys };
}

/** A certificate, a key in one of its two forms, or nothing of ours. */
async function readDerFile(octets: Uint8Array): Promise<InFile> {
  const readKey = async (type: 'pkcs8' | 'sec1'): Promise<InFile> => ({
    certificates: [],
    keys: [createPrivateKey({ key: Buffer.from(octets), format: 'der', type })],
  });
  return readCertificate(octets)
    .then((certificate): InFile => ({ certificates: [certificate], keys: [] }))
    .catch(() => readKey('pkcs8'))
    .catch(() => readKey('sec1'))
    .catch(() => ({ certificates: [], keys: [] }));
}

/** Write a certificate as `<name>.pem` and its key, where there is one, as `<name>.key`, readable by its owner alone. */
export function writeIdentity(
  folder: string,
  name: string,
  { certificate, privateKey }: Partial<Identity> & Pick<Identity, 'certificate'>,
): void {
  writeWhole(join(folder, `${name}.pem`), toPem(certificate), 0o644);
  if (privateKey) writeWhole(join(folder, `${name}.key`), String(privateKey.export({ format: 'pem', type: 'pkcs8' })), 0o600);
}

/** Under another name first, so that a file is there whole or not at all. */
export function writeWhole(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}

export const makeFolder = (path: string): void => {
  makeFolders(path, 0o700);
};
