/** The LPA in the eUICC (LPAe): which kind there is, and its activation. SGP.22 v2.5 §2.3, §5.7.1. */
import { parseTlv, type Tlv } from '../asn1/tlv.ts';
import { DecodeError, EuiccError } from '../errors.ts';
import { LpaeActivationRequest, LpaeActivationResponse } from '../sgp22/addresses.ts';
import { ISDRProprietaryApplicationTemplate } from '../sgp22/euicc-info.ts';
import { es10Function, type Isdr } from './isdr.ts';

export const LpaeActivation = es10Function('ES10b.LpaeActivation', LpaeActivationRequest, LpaeActivationResponse);

/** How an LPAe shows itself: by the Card Application Toolkit of the phone, or by a Smart Card Web Server. */
export type LpaeKind = 'lpaeUsingCat' | 'lpaeUsingScws';

/** The option of LpaeActivationRequest for each kind. */
export const LPAE_OPTIONS = { lpaeUsingCat: 'activateCatBasedLpae', lpaeUsingScws: 'activateScwsBasedLpae' } as const;

/**
 * Returns the kinds of LPAe that the FCI of the ISD-R lists (template E0, `lpaeSupport`).
 *
 * @returns undefined where the FCI has no template E0, or none that can be read
 */
export function lpaeSupportIn(fci: Uint8Array | undefined): LpaeKind[] | undefined {
  if (fci === undefined || fci.length === 0) return undefined;
  try {
    const template = templateIn(parseTlv(fci, 'FCI'));
    if (!template) return undefined;
    const { euiccConfiguration = [] } = ISDRProprietaryApplicationTemplate.decode(template.bytes);
    return (['lpaeUsingCat', 'lpaeUsingScws'] as const).filter((kind) => euiccConfiguration.includes(kind));
  } catch (error) {
    if (error instanceof DecodeError) return undefined; // cards get the lengths of their FCI wrong
    throw error;
  }
}

/** Cards nest the template in different ways. */
function templateIn(tlv: Tlv): Tlv | undefined {
  if (tlv.tag === ISDRProprietaryApplicationTemplate.tag) return tlv;
  for (const child of tlv.children) {
    const found = templateIn(child);
    if (found) return found;
  }
  return undefined;
}

/** Activate the LPA in the eUICC (§5.7.1). @throws {EuiccError} `notSupported` */
export async function activateLpae(isdr: Isdr, kind: LpaeKind): Promise<void> {
  const { lpaeActivationResult } = await isdr.call(LpaeActivation, { lpaeOption: [LPAE_OPTIONS[kind]] });
  if (lpaeActivationResult !== 'ok') throw new EuiccError(LpaeActivation.name, lpaeActivationResult);
}
