/** The PINs of a profile, each in the directory or application that it is for. TCA profile package §8.5. */
import { utf8Text } from '../../lpa/bytes.ts';
import { contexts, type View, viewOf } from '../../lpa/saip/check/rule.ts';
import { fullCard } from '../../lpa/saip/check/rules-card.ts';
import { pathOf } from '../../lpa/saip/created-files.ts';
import type { ProfilePackage } from '../../lpa/saip/package.ts';
import { pinNames } from '../../lpa/saip/pins-and-keys.ts';

export interface Pin {
  /** `3F00` for those of the whole card, else the path of a directory or application. */
  readonly context: string;
  /** The context whose element gives its value; another than its own where it is shared. */
  readonly owner: string;
  /** Key reference, as VERIFY PIN names it in P2. */
  readonly reference: number;
  readonly name: string;
  /** Eight octets, as VERIFY PIN carries them. */
  readonly value: Uint8Array;
  readonly enabled: boolean;
  /** CHANGE PIN is allowed. */
  readonly changeable: boolean;
  /** ENABLE PIN and DISABLE PIN are allowed. */
  readonly switchable: boolean;
  readonly tries: number;
  readonly triesLeft: number;
  /** Several PINs may have the same. */
  readonly puk?: { readonly reference: string; readonly value: Uint8Array; readonly tries: number; readonly triesLeft: number };
}

/** Bits of pinAttributes. */
const ATTRIBUTES = { enabled: 0x01, changeable: 0x02, switchable: 0x04 } as const;

/** Where a context has its PINs twice, or a PIN stands twice, the first counts; the checker refuses such a package. */
export function pinsOf(pkg: ProfilePackage, view: View = viewOf(pkg, fullCard, new Set())): Pin[] {
  const where = contexts(view);
  const puks = new Map(
    view
      .all('pukCodes')
      .flatMap(({ value }) =>
        value.pukCodes.map(({ keyReference, pukValue, ...puk }) => [
          keyReference as string,
          { reference: keyReference as string, value: pukValue, ...tries(puk['maxNumOfAttemps-retryNumLeft']) },
        ]),
      ),
  );
  const found = new Map<string, Map<number, Pin>>();
  for (const element of view.all('pinCodes')) {
    const { pinCodes } = element.value;
    const context = where.get(element) ?? '';
    if (found.has(context)) continue;
    const here = new Map<number, Pin>();
    if ('filePath' in pinCodes) {
      const shared = found.get(pathOf(pinCodes.filePath)) ?? [];
      for (const [reference, pin] of shared) here.set(reference, { ...pin, context });
    }
    found.set(context, here);
    for (const pin of 'pinconfig' in pinCodes ? pinCodes.pinconfig : []) {
      const reference = (pinNames as Readonly<Record<string, number>>)[pin.keyReference] ?? 0; // an unnamed one has no reference
      if (here.has(reference)) continue;
      const puk = pin.unblockingPINReference === undefined ? undefined : puks.get(pin.unblockingPINReference);
      here.set(reference, {
        context,
        owner: context,
        reference,
        name: pin.keyReference,
        value: pin.pinValue,
        enabled: (pin.pinAttributes & ATTRIBUTES.enabled) !== 0,
        changeable: (pin.pinAttributes & ATTRIBUTES.changeable) !== 0,
        switchable: (pin.pinAttributes & ATTRIBUTES.switchable) !== 0,
        ...tries(pin['maxNumOfAttemps-retryNumLeft']),
        ...(puk && { puk }),
      });
    }
  }
  return [...found.values()].flatMap((pins) => [...pins.values()]);
}

const tries = (octet: number): { tries: number; triesLeft: number } => ({ tries: octet >> 4, triesLeft: octet & 0x0f });

/** The digits of a PIN, without padding. */
export const digitsOf = (value: Uint8Array): string => utf8Text(value.filter((octet) => octet !== 0xff));
