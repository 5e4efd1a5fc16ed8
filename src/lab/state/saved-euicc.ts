/** eUICCs beside the one of the lab's identity, under the same EUM: made when they are asked for, and kept with their keys. */
import { createPrivateKey } from 'node:crypto';
import { fromBase64, toBase64 } from '../../lpa/bytes.ts';
import { UsageError } from '../../lpa/errors.ts';
import type { ElementOptions } from '../euicc/element.ts';
import { type CardState, type KeptEuicc, newCardState } from '../euicc/state.ts';
import { mintEuicc } from '../pki/mint.ts';
import { eidOf, type LabPki } from '../pki/store.ts';

type Domains = LabPki['domains'];

/** @throws {UsageError} where no EUM of the identity can sign for another eUICC */
export async function makeEuicc(options: Pick<CardState, 'eid' | 'rootDsAddress'>, domains: Domains): Promise<KeptEuicc> {
  const keys = domains.map(async ({ ciPKId, card }) => {
    const privateKey = card?.eum.privateKey;
    if (!card || !privateKey) return [];
    const minted = await mintEuicc({ ...card.eum, privateKey }, options.eid);
    const octets = minted.privateKey.export({ format: 'der', type: 'pkcs8' });
    return [{ ciPKId, privateKey: toBase64(octets), certificate: toBase64(minted.certificate) }];
  });
  const made = (await Promise.all(keys)).flat();
  if (made.length === 0) {
    throw new UsageError('this identity has no key of an EUM, which has to vouch for another eUICC', {
      remedy: '`lpa-lab reset` goes back to certificates of the lab',
    });
  }
  return { state: newCardState(options), keys: made };
}

export function elementOf({ state, keys }: KeptEuicc, domains: Domains): ElementOptions {
  const identities = domains.flatMap(({ ciPKId, curve, card }) => {
    const key = keys.find((each) => each.ciPKId === ciPKId);
    if (!key || !card) return [];
    const privateKey = createPrivateKey({ key: Buffer.from(key.privateKey, 'base64'), format: 'der', type: 'pkcs8' });
    const euiccCertificate = fromBase64(key.certificate);
    return [{ ciPKId, curve, privateKey, euiccCertificate, eumCertificate: card.eum.certificate }];
  });
  return { state, identities };
}

/** An EID of the same maker, so many further. */
export const eidAfter = (eid: string, steps: number): string => eidOf(String(BigInt(eid.slice(0, 30)) + BigInt(steps)));
