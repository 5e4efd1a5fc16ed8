/** ES10b.LoadCRL on the card, and what revoked certificates cost. SGP.22 v2.5 §4.6, §5.7.12; RFC 5280 §5. */
import { encodeTlv } from '../../../lpa/asn1/tlv.ts';
import { concat, toHex } from '../../../lpa/bytes.ts';
import { DecodeError } from '../../../lpa/errors.ts';
import { LoadCrl } from '../../../lpa/es10/es10b.ts';
import { type DerNode, readDer } from '../../../lpa/pki/der.ts';
import { verify } from '../../../lpa/pki/ecdsa.ts';
import type { LoadCrlError } from '../../../lpa/sgp22/crl.ts';
import { type Chip, freeOn } from '../chip.ts';
import type { CrlRecord } from '../state.ts';
import { answer } from './es10.ts';

/** A CRL, or one part of a segmented one. */
interface Crl extends CrlRecord {
  readonly ciPKId: string;
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  /** Of a delta CRL: the number of the CRL it completes. */
  readonly base?: number;
}

const CRL_ENTRY_OCTETS = 40;

export const crlAnswers = [
  answer(
    LoadCrl,
    async (chip, { crl: sent }) => {
      const crl = await readCrl(sent);
      const refusal = typeof crl === 'string' ? ({ code: 'invalidCRLFormat', why: crl } as const) : checkCrl(chip, crl);
      if (typeof crl === 'string' || refusal) {
        chip.log(LoadCrl.name, `${refusal?.why}: ${refusal?.code}`, { result: refusal?.code });
        return { loadCRLResponseError: refusal?.code ?? 'undefinedError' };
      }
      const missingParts = store(chip, crl);
      chip.changed();
      chip.log(LoadCrl.name, `CRL ${crl.number} of ${crl.ciPKId}, ${crl.revoked.length} certificates: ok`);
      return { loadCRLResponseOk: missingParts.length > 0 ? { missingParts } : {} };
    },
    { loadCRLResponseError: 'invalidCRLFormat' },
  ),
];

export const isRevoked = ({ state }: Chip, ciPKId: string, serial: string): boolean =>
  (state.crls[ciPKId] ?? []).some(({ revoked }) => revoked.includes(serial));

function checkCrl(chip: Chip, crl: Crl): { code: LoadCrlError; why: string } | undefined {
  const ci = chip.cis.find(({ ciPKId }) => ciPKId === crl.ciPKId);
  if (!ci) return { code: 'verificationKeyNotFound', why: `its issuer ${crl.ciPKId} is none of the card's CIs` };
  if (!verify(ci.curve, ci.publicKey, crl.tbs, crl.signature))
    return { code: 'invalidSignature', why: 'its signature does not verify' };
  const loaded = chip.state.crls[crl.ciPKId] ?? [];
  if (loaded.some(({ number }) => number > crl.number))
    return { code: 'fresherCrlAlreadyLoaded', why: `number ${crl.number} is older than what is loaded` };
  if (crl.base !== undefined && !loaded.some(({ number }) => number >= (crl.base ?? 0))) {
    return { code: 'baseCrlMissing', why: `it completes number ${crl.base}, which is not loaded` };
  }
  if (crl.revoked.length * CRL_ENTRY_OCTETS > freeOn(chip)) {
    return { code: 'notEnoughMemorySpace', why: `${crl.revoked.length} certificates are more than there is memory for` };
  }
  return undefined;
}

/** A new number takes the place of all before it; a part joins those of its own number; a delta adds to its base. @returns parts still missing */
function store({ state }: Chip, { ciPKId, number, thisUpdate, revoked, part, parts, base }: Crl): number[] {
  const loaded = state.crls[ciPKId] ?? [];
  const kept = loaded.filter((each) => (base === undefined ? each.number === number && each.part !== part : true));
  const record = { number, thisUpdate, revoked, ...(part !== undefined && { part }), ...(parts !== undefined && { parts }) };
  const now = [...kept, record];
  state.crls[ciPKId] = now;
  return Array.from({ length: parts ?? 0 }, (_, i) => i + 1).filter((wanted) => !now.some((each) => each.part === wanted));
}

/** CertificateList, its 30 replaced by A0. @returns why it is none */
async function readCrl(sent: Uint8Array): Promise<Crl | string> {
  const path = 'CertificateList';
  try {
    const list = await readDer(encodeTlv(0x30, sent), path);
    const [tbs, , signatureValue] = list.children;
    const fields = [...(tbs?.children ?? [])];
    if (fields[0]?.tag === 0x02) fields.shift(); // version
    const [, , thisUpdate, ...rest] = fields;
    if (!tbs || !(thisUpdate?.value instanceof Date)) throw new DecodeError(path, 'no tbsCertList with a thisUpdate');
    const revoked = rest.find(({ tag }) => tag === 0x30)?.children ?? [];
    const extensions = await readExtensions(rest.find(({ tag }) => tag === 0xa0)?.children[0]?.children ?? []);
    const issuer = extensions.get(EXTENSION.authorityKeyIdentifier)?.children.find(({ tag }) => tag === 0x80);
    const number = numberOf(extensions.get(EXTENSION.crlNumber));
    if (!issuer || number === undefined) throw new DecodeError(path, 'no authorityKeyIdentifier, or no cRLNumber');
    const [base, part, parts] = [EXTENSION.deltaCrl, EXTENSION.partialCrlNumber, EXTENSION.totalPartialCrlNumber].map((oid) =>
      numberOf(extensions.get(oid)),
    );
    return {
      ciPKId: toHex(issuer.content),
      tbs: tbs.bytes,
      signature: await readSignature(signatureValue),
      number,
      thisUpdate: thisUpdate.value.toISOString(),
      revoked: revoked.map((entry) => toHex(entry.children[0]?.content ?? new Uint8Array())),
      ...(base !== undefined && { base }),
      ...(part !== undefined && { part }),
      ...(parts !== undefined && { parts }),
    };
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

const EXTENSION = {
  authorityKeyIdentifier: '2.5.29.35',
  crlNumber: '2.5.29.20',
  deltaCrl: '2.5.29.27',
  totalPartialCrlNumber: '2.23.146.1.2.0.2',
  partialCrlNumber: '2.23.146.1.2.0.3',
} as const;

async function readExtensions(list: readonly DerNode[]): Promise<Map<string, DerNode>> {
  const found = new Map<string, DerNode>();
  for (const { children } of list) {
    const oid = children[0]?.value;
    const value = children.at(-1);
    if (typeof oid !== 'string' || value?.tag !== 0x04) throw new DecodeError('CertificateList/extensions', 'not an extension');
    found.set(oid, await readDer(value.content, `CertificateList/extensions/${oid}`));
  }
  return found;
}

function numberOf(node: DerNode | undefined): number | undefined {
  if (node?.tag !== 0x02 || node.content.length === 0 || node.content.length > 6) return undefined;
  return node.content.reduce((number, octet) => number * 0x100 + octet, 0);
}

/** r and s of an ECDSA-Sig-Value as 64 octets. */
async function readSignature(node: DerNode | undefined): Promise<Uint8Array> {
  if (node?.tag !== 0x03 || node.content[0] !== 0) throw new DecodeError('CertificateList/signatureValue', 'not a BIT STRING');
  const { children } = await readDer(node.content.subarray(1), 'CertificateList/signatureValue');
  return concat(
    ...children.map(({ content }) => {
      const digits = content[0] === 0 ? content.subarray(1) : content;
      if (digits.length > 32) throw new DecodeError('CertificateList/signatureValue', `a number of ${digits.length} octets`);
      return concat(new Uint8Array(32 - digits.length), digits);
    }),
  );
}
