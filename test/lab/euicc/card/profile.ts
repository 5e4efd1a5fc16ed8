/** A card whose enabled profile came as a package, for the tests of its files and PINs. */

import type { Euicc } from '../../../../src/lab/euicc/euicc.ts';
import { type CardState, preloadProfile } from '../../../../src/lab/euicc/state.ts';
import { encodePackage, type PackageOptions, profileElements } from '../../../../src/lab/profile/build.ts';
import { toBase64 } from '../../../../src/lpa/bytes.ts';
import type { ElementChoice } from '../../../../src/lpa/saip/elements.ts';
import { bench } from '../harness.ts';
import { METADATA } from '../package.ts';

/** @param change last changes to the elements of the package */
export async function cardWith(
  options: PackageOptions,
  change: (elements: ElementChoice[]) => ElementChoice[] = (elements) => elements,
): Promise<{ card: Euicc; state: CardState }> {
  return cardWithPackage(encodePackage(change(profileElements(options))));
}

export async function cardWithPackage(upp: Uint8Array): Promise<{ card: Euicc; state: CardState }> {
  const { card, state } = await bench();
  preloadProfile(state, METADATA, { enabled: true, package: toBase64(upp) });
  await card.powerOn();
  return { card, state };
}

/** The same memory in a card that starts anew. */
export async function restarted(state: CardState): Promise<Euicc> {
  const { card } = await bench({ state: JSON.parse(JSON.stringify(state)) as CardState });
  await card.powerOn();
  return card;
}
