/**
 * The lab's identity: who its card and its servers are, in a folder that survives between commands.
 *
 *     <folder>/ci.pem                 every CI certificate: what another LPA has to trust
 *     <folder>/<ciPKId>/ci.pem ci.key eum.* euicc.* dp-auth.* dp-pb.* dp-tls.* ds-auth.* ds-tls.*
 *
 * It is read as any other folder of certificates: names mean nothing, and what expired is minted anew.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../lpa/errors.ts';
import { CURVES } from '../../lpa/pki/ecdsa.ts';
import { toPem } from '../../lpa/pki/pem.ts';
import { makeFolder, readFolder, writeIdentity, writeWhole } from './folder.ts';
import { type Domain, findDomains, findEids } from './identity.ts';
import { mintCi } from './mint.ts';

/** Of SGP.26's test EUM: the first digits of an EID, and what its certificate permits. */
const TEST_IIN = '89049032';

/** A card of its own for each lab: two labs that had one EID would be one card to whoever keeps notes by it. */
function newEid(): string {
  const digits = TEST_IIN + Array.from(randomBytes(22), (octet) => octet % 10).join('');
  return eidOf(digits);
}

/** @param digits the first 30 of an EID; the check digits are added (SGP.29) */
export const eidOf = (digits: string): string => digits + (98n - ((BigInt(digits) * 100n) % 97n)).toString().padStart(2, '0');

export interface LabPki {
  readonly eid: string;
  /** P-256 first. */
  readonly domains: readonly Domain[];
  /** Path of the PEM file with every CI. */
  readonly ciPem: string;
  /** Files that looked like certificates or keys and could not be read. */
  readonly unread: readonly string[];
}

export interface PkiOptions {
  /** Without it the EID of the eUICC certificate that is there. */
  readonly eid?: string | undefined;
  /** What the TLS certificates are for: `localhost` by default. */
  readonly host?: string | undefined;
}

/** The identity in `folder`; a CI on each curve, and everybody under it, is made at first start. */
export async function openPki(folder: string, options: PkiOptions = {}): Promise<LabPki> {
  makeFolder(folder);
  const pki = await complete(folder, folder, options);
  if (pki.domains.length > 0) return pki;
  for (const curve of CURVES)
    writeIdentity(
      folder,
      `ci-${curve}`,
      await mintCi({
        curve,
        subject: [
          ['commonName', `Lab CI ${curve}`],
          ['organizationName', 'lpa lab'],
        ],
      }),
    );
  const fresh = await complete(folder, folder, options);
  for (const curve of CURVES) for (const end of ['pem', 'key']) rmSync(join(folder, `ci-${curve}.${end}`));
  return fresh;
}

/**
 * Use the certificates and keys below `from` instead of the lab's own (`lpa-lab identity --from`).
 *
 * @throws {UsageError} when no CI, or no card, can be made of them
 */
export async function loadIdentity(folder: string, from: string, options: PkiOptions = {}): Promise<LabPki> {
  if (!existsSync(from)) throw new UsageError(`${from}: no such folder`);
  const beside = `${folder}.new`;
  rmSync(beside, { recursive: true, force: true });
  makeFolder(beside);
  const pki = await complete(from, beside, options);
  const remedy = 'give a folder with the CI certificate, and the keys of the EUM and the eUICC';
  if (pki.domains.length === 0) throw new UsageError(`${from}: no CI certificate in force (policy 2.23.146.1.2.1.0)`, { remedy });
  if (!pki.domains.some(({ card }) => card))
    throw new UsageError(`${from}: no eUICC with its key, and no key to make one`, { remedy });
  rmSync(folder, { recursive: true, force: true });
  renameSync(beside, folder);
  return { ...pki, ciPem: join(folder, 'ci.pem') };
}

/** Read what is below `from`, mint what is missing, and write it all to `folder`. */
async function complete(from: string, folder: string, options: PkiOptions): Promise<LabPki> {
  const found = await readFolder(from);
  const now = new Date();
  const eid = options.eid ?? findEids(found, now)[0] ?? newEid();
  if (!/^\d{32}$/.test(eid)) throw new UsageError('EID: expected 32 digits');
  const domains = await findDomains(found, { eid, host: options.host ?? 'localhost', now });
  const ciPem = join(folder, 'ci.pem');
  for (const domain of domains) if (from !== folder || domain.minted.length > 0) writeDomain(folder, domain);
  if (domains.length > 0) writeWhole(ciPem, domains.map(({ ci }) => toPem(ci.certificate)).join(''), 0o644);
  return { eid, domains, ciPem, unread: found.unread };
}

function writeDomain(folder: string, { ciPKId, ci, card, servers }: Domain): void {
  const own = join(folder, ciPKId);
  makeFolder(own);
  writeIdentity(own, 'ci', ci);
  if (card) {
    writeIdentity(own, 'eum', card.eum);
    writeIdentity(own, 'euicc', card.euicc);
  }
  if (servers) {
    writeIdentity(own, 'dp-auth', servers.dpAuth);
    writeIdentity(own, 'dp-pb', servers.dpPb);
    writeIdentity(own, 'dp-tls', servers.dpTls);
    writeIdentity(own, 'ds-auth', servers.dsAuth);
    writeIdentity(own, 'ds-tls', servers.dsTls);
  }
}
