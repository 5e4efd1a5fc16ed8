/** PINs, PUKs and network access keys. TCA profile package §8.4 and §8.5. */

import { enumerated, hex, octets } from '../asn1/primitives.ts';
import { choice, defaulted, field, type Infer, listOf, optional, secret, sequence } from '../asn1/schema.ts';
import { fromHex } from '../bytes.ts';
import { PEHeader } from './header.ts';
import { applicationIdentifier, octetsOf, uint8 } from './types.ts';

/** What an AlgoParameter has unless it says otherwise: r1 to r5 and c1 to c5 of Milenage (3GPP TS 35.206 §4.1), one Keccak of TUAK. */
export const ALGO_DEFAULTS = {
  rotationConstants: fromHex('4000204060'),
  xoringConstants: fromHex(['0', '1', '2', '4', '8'].map((end) => end.padStart(32, '0')).join('')),
  numberOfKeccak: 1,
} as const;

/** What an AKAParameter has unless it says otherwise (3GPP TS 33.102 Annex C). */
export const SQN_DEFAULTS = {
  sqnOptions: Uint8Array.of(0x02),
  sqnDelta: fromHex('000010000000'),
  sqnAgeLimit: fromHex('000010000000'),
  sqnInit: Array.from({ length: 32 }, () => new Uint8Array(6)),
};

export const PIN_DEFAULTS = { pinAttributes: 7, 'maxNumOfAttemps-retryNumLeft': 0x33 } as const;
export const PUK_DEFAULTS = { 'maxNumOfAttemps-retryNumLeft': 0xaa } as const;

export const pukNames = {
  pukAppl1: 1,
  pukAppl2: 2,
  pukAppl3: 3,
  pukAppl4: 4,
  pukAppl5: 5,
  pukAppl6: 6,
  pukAppl7: 7,
  pukAppl8: 8,
  secondPUKAppl1: 129,
  secondPUKAppl2: 130,
  secondPUKAppl3: 131,
  secondPUKAppl4: 132,
  secondPUKAppl5: 133,
  secondPUKAppl6: 134,
  secondPUKAppl7: 135,
  secondPUKAppl8: 136,
} as const;

/** Key references of PINs by name, as the PIN status template uses them too (TS 102 221 §9.5.1). */
export const pinNames = {
  pinAppl1: 1,
  pinAppl2: 2,
  pinAppl3: 3,
  pinAppl4: 4,
  pinAppl5: 5,
  pinAppl6: 6,
  pinAppl7: 7,
  pinAppl8: 8,
  adm1: 10,
  adm2: 11,
  adm3: 12,
  adm4: 13,
  adm5: 14,
  secondPINAppl1: 129,
  secondPINAppl2: 130,
  secondPINAppl3: 131,
  secondPINAppl4: 132,
  secondPINAppl5: 133,
  secondPINAppl6: 134,
  secondPINAppl7: 135,
  secondPINAppl8: 136,
  adm6: 138,
  adm7: 139,
  adm8: 140,
  adm9: 141,
  adm10: 142,
} as const;

export const PINConfiguration = sequence({
  keyReference: field(0x80, enumerated(pinNames)),
  pinValue: secret(field(0x81, octetsOf(8))),
  unblockingPINReference: optional(0x82, enumerated(pukNames)),
  pinAttributes: defaulted(0x83, uint8, PIN_DEFAULTS.pinAttributes),
  /** Spelled as the format spells it; the high nibble is the maximum, the low nibble what is left. */
  'maxNumOfAttemps-retryNumLeft': defaulted(0x84, uint8, PIN_DEFAULTS['maxNumOfAttemps-retryNumLeft']),
});

export const PUKConfiguration = sequence({
  keyReference: field(0x80, enumerated(pukNames)),
  pukValue: secret(field(0x81, octetsOf(8))),
  'maxNumOfAttemps-retryNumLeft': defaulted(0x82, uint8, PUK_DEFAULTS['maxNumOfAttemps-retryNumLeft']),
});

export const PINCodes = sequence({
  'pin-Header': field(0xa0, PEHeader),
  pinCodes: field(0xa1, choice({ pinconfig: field(0xa0, listOf(field(0x30, PINConfiguration))), filePath: field(0x81, hex) })),
});

export const PUKCodes = sequence({
  'puk-Header': field(0xa0, PEHeader),
  pukCodes: field(0xa1, listOf(field(0x30, PUKConfiguration))),
});

export const AlgoParameter = sequence({
  algorithmID: field(0x80, enumerated({ milenage: 1, tuak: 2, 'usim-test-algorithm': 3 })),
  algorithmOptions: field(0x81, octetsOf(1)),
  key: secret(field(0x82, octets)),
  /** OPc of Milenage, TOPc of TUAK. */
  opc: secret(field(0x83, octets)),
  rotationConstants: defaulted(0x84, octetsOf(5), ALGO_DEFAULTS.rotationConstants),
  xoringConstants: defaulted(0x85, octetsOf(80), ALGO_DEFAULTS.xoringConstants),
  authCounterMax: optional(0x86, octetsOf(3)),
  numberOfKeccak: defaulted(0x87, uint8, ALGO_DEFAULTS.numberOfKeccak),
});

export const AKAParameter = sequence({
  'aka-header': field(0xa0, PEHeader),
  algoConfiguration: field(
    0xa1,
    choice({
      /** The keys of another NAA of this profile. */
      mappingParameter: field(
        0xa0,
        sequence({
          mappingOptions: field(0x80, octetsOf(1)),
          mappingSource: field(0x81, applicationIdentifier),
        }),
      ),
      algoParameter: field(0xa1, AlgoParameter),
    }),
  ),
  sqnOptions: defaulted(0x82, octetsOf(1), SQN_DEFAULTS.sqnOptions),
  sqnDelta: defaulted(0x83, octetsOf(6), SQN_DEFAULTS.sqnDelta),
  sqnAgeLimit: defaulted(0x84, octetsOf(6), SQN_DEFAULTS.sqnAgeLimit),
  sqnInit: defaulted(0xa5, listOf(field(0x04, octetsOf(6))), SQN_DEFAULTS.sqnInit),
});
export type AKAParameter = Infer<typeof AKAParameter>;

export const CDMAParameter = sequence({
  'cdma-header': field(0xa0, PEHeader),
  authenticationKey: secret(field(0x81, octetsOf(8))),
  ssd: secret(optional(0x82, octetsOf(16))),
  hrpdAccessAuthenticationData: secret(optional(0x83, octetsOf(2, 32))),
  simpleIPAuthenticationData: secret(optional(0x84, octetsOf(3, 483))),
  mobileIPAuthenticationData: secret(optional(0x85, octetsOf(5, 957))),
});
