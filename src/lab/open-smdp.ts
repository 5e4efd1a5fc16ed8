/** The lab's SM-DP+, out of the lab's folder: its orders from a file, its certificates from the identity. */
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Handlers } from './control.ts';
import type { OpenLab } from './open.ts';
import { newOrderFrom, type OrderRequest } from './order-request.ts';
import { newSmdpState, type SmdpState } from './smdp/order.ts';
import type { Smdp } from './smdp/smdp.ts';
import { FILES, readJson, writeJson } from './state.ts';

export const smdpAddress = (lab: OpenLab): string => `localhost:${lab.ports.smdp}`;

/** @throws {UsageError} for a fault that is in no table */
export async function openSmdp(lab: OpenLab, faults: readonly string[] = []): Promise<Smdp> {
  const path = join(lab.dir, FILES.smdp);
  const state = readJson<SmdpState>(path) ?? newSmdpState();
  const { createSmdp } = await import('./smdp/smdp.ts');
  return createSmdp({
    pki: lab.pki,
    state,
    save: (changed) => writeJson(path, changed),
    log: lab.log,
    faults,
    address: smdpAddress(lab),
  });
}

/** At the port that was chosen for it, which every code names and every signature covers. */
export async function startSmdp(lab: OpenLab, faults: readonly string[] = []): Promise<Smdp> {
  const smdp = await openSmdp(lab, faults);
  const port = lab.ports.smdp;
  try {
    await smdp.listen(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UsageError(`port ${port} is taken, and the codes of this lab's SM-DP+ name it`, {
      cause: error,
      remedy: 'end the program that has it, or take another folder with --state <dir>',
    });
  }
  lab.closeLater(smdp);
  return smdp;
}

/** What other commands ask of a lab with a server. */
export const takeOrders = (smdp: Smdp): Handlers => ({
  // The other side is an lpa-lab of the same folder and installation.
  order: async (request) => smdp.createOrder(newOrderFrom(request as OrderRequest)).activationCode,
});
