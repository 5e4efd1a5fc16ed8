/** A whole lab in this process whose card has manners or faults: the LPA's procedures, real TLS, the SM-DP+, the software eUICC. */

import { createEuicc, type Euicc, type EuiccOptions } from '../../src/lab/euicc/euicc.ts';
import { newCardState } from '../../src/lab/euicc/state.ts';
import type { CreatedOrder } from '../../src/lab/smdp/smdp.ts';
import { iso7816Card } from '../../src/lpa/card/iso7816.ts';
import { type FoundIsdr, openIsdr } from '../../src/lpa/es10/open-isdr.ts';
import { publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import { parseActivationCode } from '../../src/lpa/procedures/activation-code.ts';
import { downloadProfile } from '../../src/lpa/procedures/download.ts';
import type { Lpa } from '../../src/lpa/procedures/lpa.ts';
import { linkTo } from './euicc/harness.ts';
import { type Bench, type BenchOptions, EID, openBench, sharedDomain } from './smdp/harness.ts';

export interface Whole extends AsyncDisposable {
  readonly bench: Bench;
  readonly card: Euicc;
  /** Power the card and select its ISD-R, as each command of `lpa` does. */
  open(): Promise<FoundIsdr>;
  download(found: FoundIsdr, created: CreatedOrder): ReturnType<typeof downloadProfile>;
  lpaWith(found: FoundIsdr): Lpa;
}

export async function wholeLab(card: Partial<EuiccOptions>, options: BenchOptions = {}): Promise<Whole> {
  const bench = await openBench(options);
  const { ciPKId, curve, ci, card: keys } = await sharedDomain();
  const { euicc: chip, eum } = keys;
  const euicc = createEuicc({
    state: newCardState({ eid: EID }),
    identities: [
      { ciPKId, curve, privateKey: chip.privateKey, euiccCertificate: chip.certificate, eumCertificate: eum.certificate },
    ],
    cis: [{ ciPKId, curve, publicKey: publicPoint(ci.privateKey) }],
    log: (entry) => bench.log.push(entry),
    ...card,
  });
  const lpaWith = ({ isdr }: FoundIsdr): Lpa => ({ ...bench.lpa, isdr });
  return {
    bench,
    card: euicc,
    open: async () => openIsdr(iso7816Card(await linkTo(euicc, euicc.manners.protocol))),
    lpaWith,
    async download(found, { activationCode }) {
      const { smdpAddress, matchingId } = parseActivationCode(activationCode);
      return downloadProfile(lpaWith(found), { address: smdpAddress, matchingId }, async () => ({}));
    },
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}
