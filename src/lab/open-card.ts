/** The lab's card, out of the lab's folder: its memory from a file, its keys from the identity. */
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { readCertificate } from '../pki/certificate.ts';
import { createEuicc, type Euicc } from './euicc/euicc.ts';
import { MANNERS } from './euicc/manners.ts';
import { type CardState, newCardState } from './euicc/state.ts';
import type { OpenLab } from './open.ts';
import type { LabPki } from './pki/store.ts';
import { FILES, readJson, writeJson } from './state.ts';

export interface CardOptions {
  /** Names from the table of manners. */
  readonly manners?: readonly string[] | undefined;
  /** From the table of faults, with their places. */
  readonly faults?: readonly string[] | undefined;
}

/** @throws {UsageError} for a name that is in no table, or an identity without a card */
export async function openCard(lab: OpenLab, { manners = [], faults = [] }: CardOptions): Promise<Euicc> {
  const unknown = manners.find((name) => !Object.hasOwn(MANNERS, name));
  if (unknown !== undefined) {
    throw new UsageError(`--manners: there are none called ${unknown}`, { remedy: '`lpa-lab help card` lists them' });
  }
  const path = join(lab.dir, FILES.card);
  const { identities, cis } = await keysOf(lab.pki);
  const kept = readJson<CardState>(path);
  // Another identity is another card.
  const state = kept?.eid === lab.pki.eid ? kept : newCardState({ eid: lab.pki.eid });
  try {
    return createEuicc({ state, save: (changed) => writeJson(path, changed), identities, cis, manners, faults, log: lab.log });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--fault: ${error.message}`, { remedy: '`lpa-lab help card` lists them', cause: error });
  }
}

/** What the card's maker put into its ECASD: a key under each CI, and the keys of the CIs. */
async function keysOf({ domains }: LabPki): Promise<Pick<Parameters<typeof createEuicc>[0], 'identities' | 'cis'>> {
  const identities = domains.flatMap(({ ciPKId, curve, card }) =>
    card
      ? [
          {
            ciPKId,
            curve,
            privateKey: card.euicc.privateKey,
            euiccCertificate: card.euicc.certificate,
            eumCertificate: card.eum.certificate,
          },
        ]
      : [],
  );
  const cis = await Promise.all(
    domains.map(async ({ ciPKId, curve, ci }) => ({
      ciPKId,
      curve,
      publicKey: (await readCertificate(ci.certificate)).publicKey!, // it is on a curve that we know
    })),
  );
  return { identities, cis };
}
