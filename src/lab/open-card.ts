/** The lab's card, out of the lab's folder: its memory from a file, its keys from the identity. */
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { readCertificate } from '../pki/certificate.ts';
import { createEuicc, type Euicc, type EuiccOptions } from './euicc/euicc.ts';
import { MANNERS, mannersOf } from './euicc/manners.ts';
import { type CardState, newCardState } from './euicc/state.ts';
import type { OpenLab } from './open.ts';
import { addressOf } from './open-servers.ts';
import type { LabPki } from './pki/store.ts';
import { secondEuicc } from './second-euicc.ts';
import { FILES, readJson, writeJson } from './state.ts';

export interface CardOptions {
  /** Names of manners. */
  readonly manners?: readonly string[] | undefined;
  /** Names of faults with their places: `pull@segment:3`. */
  readonly faults?: readonly string[] | undefined;
}

/** @throws {UsageError} for a name that is in no table, or an identity without a card */
export async function openCard(lab: OpenLab, { manners = [], faults = [] }: CardOptions): Promise<Euicc> {
  const path = join(lab.dir, FILES.card);
  const kept = readJson<CardState>(path);
  const { eid } = lab.pki;
  // Another identity is another card.
  const state = kept?.eid === eid ? kept : newCardState({ eid, rootDsAddress: addressOf(lab, 'smds') });
  const save = (changed: CardState): void => writeJson(path, changed);
  const unknown = manners.find((name) => !Object.hasOwn(MANNERS, name));
  if (unknown !== undefined) {
    throw new UsageError(`--manners: there are none called ${unknown}`, { remedy: '`lpa-lab help manners` lists them' });
  }
  const second = mannersOf(manners).secondIsdrAid ? await secondEuicc(state, lab.pki) : undefined;
  const options = { ...(await keysOf(lab.pki)), state, second, save, manners, faults, log: lab.log };
  try {
    return createEuicc(options);
  } catch (error) {
    // So the table says that it has no such fault, or that it lacks a place.
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--fault: ${error.message}`, { cause: error, remedy: '`lpa-lab help faults` lists them' });
  }
}

/** What the card's maker put into its ECASD: a key under each CI, and the keys of the CIs. */
async function keysOf({ domains }: LabPki): Promise<Pick<EuiccOptions, 'identities' | 'cis'>> {
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
  if (identities.length === 0) throw new UsageError('this identity has no eUICC');
  const cis = await Promise.all(
    domains.map(async ({ ciPKId, curve, ci }) => ({
      ciPKId,
      curve,
      publicKey: (await readCertificate(ci.certificate)).publicKey!, // it is on a curve that we know
    })),
  );
  return { identities, cis };
}
