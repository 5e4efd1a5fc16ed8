/** PINs, PUKs and network keys for the packages that `write.ts` builds. */
import { utf8Bytes } from '../../lpa/bytes.ts';
import type { ElementChoice } from '../../lpa/saip/elements.ts';
import { ALGO_DEFAULTS, PIN_DEFAULTS, PUK_DEFAULTS, SQN_DEFAULTS } from '../../lpa/saip/pins-and-keys.ts';
import { MANDATED } from './build-applications.ts';
import { USIM } from './build-files.ts';
import { sampleOctets } from './sample.ts';

export type NetworkAlgorithm = 'milenage' | 'tuak128' | 'tuak256' | 'usim-test-algorithm';

/** Digits as TS 102 221 §9.5.1 stores a PIN: one a octet, FF behind. */
function pinOctets(digits: string): Uint8Array {
  const octets = new Uint8Array(8).fill(0xff);
  octets.set(utf8Bytes(digits));
  return octets;
}

export const pukCodes = (puk: string): ElementChoice => ({
  pukCodes: {
    'puk-Header': MANDATED,
    pukCodes: [
      { ...PUK_DEFAULTS, keyReference: 'pukAppl1', pukValue: pinOctets(puk) },
      { ...PUK_DEFAULTS, keyReference: 'secondPUKAppl1', pukValue: pinOctets(puk) },
    ],
  },
});

/** The PIN of the card and the operator's key, in the context of the MF. */
export const globalPins = (pin: string, iccid: string): ElementChoice => ({
  pinCodes: {
    'pin-Header': MANDATED,
    pinCodes: {
      pinconfig: [
        {
          ...PIN_DEFAULTS,
          keyReference: 'pinAppl1',
          pinValue: pinOctets(pin),
          unblockingPINReference: 'pukAppl1',
          pinAttributes: 6,
        },
        {
          ...PIN_DEFAULTS,
          keyReference: 'adm1',
          pinValue: sampleOctets(`adm1 ${iccid}`, 8),
          pinAttributes: 3,
          'maxNumOfAttemps-retryNumLeft': 0xaa,
        },
      ],
    },
  },
});

/** PIN2, in the context of the ADF before it. */
export const localPin = (pin: string): ElementChoice => ({
  pinCodes: {
    'pin-Header': MANDATED,
    pinCodes: {
      pinconfig: [
        {
          ...PIN_DEFAULTS,
          keyReference: 'secondPINAppl1',
          pinValue: pinOctets(pin),
          unblockingPINReference: 'secondPUKAppl1',
          pinAttributes: 3,
        },
      ],
    },
  },
});

/** The PINs of the USIM hold for the ADF before this element too. */
export const sharedPins = (): ElementChoice => ({ pinCodes: { 'pin-Header': MANDATED, pinCodes: { filePath: USIM.fileID } } });

export function networkKey(algorithm: NetworkAlgorithm, key: Uint8Array, opc: Uint8Array): ElementChoice {
  const tuak = algorithm === 'tuak128' || algorithm === 'tuak256';
  const algorithmID = tuak ? ('tuak' as const) : algorithm;
  // TUAK: RES and MAC of 64 bits, CK and IK of 128. Milenage and the test algorithm: RES of 64 bits.
  const algorithmOptions = Uint8Array.of(tuak ? 0x11 : 0x01);
  const algoParameter = { ...ALGO_DEFAULTS, algorithmID, algorithmOptions, key, opc };
  return { akaParameter: { ...SQN_DEFAULTS, 'aka-header': MANDATED, algoConfiguration: { algoParameter } } };
}

/** The keys of the USIM serve the application before this element too. */
export const sharedKey = (): ElementChoice => ({
  akaParameter: {
    ...SQN_DEFAULTS,
    'aka-header': MANDATED,
    algoConfiguration: { mappingParameter: { mappingOptions: Uint8Array.of(0x06), mappingSource: USIM.aid } },
  },
});
