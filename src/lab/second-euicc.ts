/** The other eUICC of a card that has two: made when such a card is asked for, and kept with the first. */
import { createPrivateKey } from 'node:crypto';
import { fromBase64, toBase64 } from '../bytes.ts';
import { UsageError } from '../errors.ts';
import type { ElementOptions } from './euicc/element.ts';
import { type CardState, newCardState } from './euicc/state.ts';
import { mintEuicc } from './pki/mint.ts';
import { eidOf, type LabPki } from './pki/store.ts';

/** @throws {UsageError} where no EUM of the identity can sign for another eUICC */
export async function secondEuicc(state: CardState, { domains }: LabPki): Promise<ElementOptions> {
  state.second ??= { state: stateBeside(state), keys: await keysFor(nextEid(state.eid), domains) };
  const { keys } = state.second;
  const identities = domains.flatMap(({ ciPKId, curve, card }) => {
    const key = keys.find((each) => each.ciPKId === ciPKId);
    if (!key || !card) return [];
    const privateKey = createPrivateKey({ key: Buffer.from(key.privateKey, 'base64'), format: 'der', type: 'pkcs8' });
    const euiccCertificate = fromBase64(key.certificate);
    return [{ ciPKId, curve, privateKey, euiccCertificate, eumCertificate: card.eum.certificate }];
  });
  if (identities.length === 0) throw noEum();
  return { state: state.second.state, identities };
}

/** An EID of the same maker. */
export const nextEid = (eid: string): string => eidOf(String(BigInt(eid.slice(0, 30)) + 1n));

const stateBeside = ({ eid, rootDsAddress }: CardState): CardState => newCardState({ eid: nextEid(eid), rootDsAddress });

async function keysFor(eid: string, domains: LabPki['domains']): Promise<NonNullable<CardState['second']>['keys']> {
  const keys = domains.map(async ({ ciPKId, card }) => {
    const privateKey = card?.eum.privateKey;
    if (!card || !privateKey) return [];
    const minted = await mintEuicc({ ...card.eum, privateKey }, eid);
    const octets = minted.privateKey.export({ format: 'der', type: 'pkcs8' });
    return [{ ciPKId, privateKey: toBase64(octets), certificate: toBase64(minted.certificate) }];
  });
  const made = (await Promise.all(keys)).flat();
  if (made.length === 0) throw noEum();
  return made;
}

const noEum = (): UsageError =>
  new UsageError('two-euiccs: this identity has no key of an EUM, which has to vouch for the second eUICC', {
    remedy: '`lpa-lab reset` goes back to certificates of the lab',
  });
