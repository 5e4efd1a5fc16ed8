/** ES10a data objects: where the eUICC would have its LPA look, and the LPA in the eUICC. SGP.22 v2.5 §5.7.1, §5.7.3, §5.7.4. */
import { enumerated, flags, utf8 } from '../asn1/primitives.ts';
import { dataObject, field, type Infer, listOf, optional, sequence } from '../asn1/schema.ts';
import { ciPKId } from './identifiers.ts';

export const EuiccConfiguredAddressesRequest = dataObject('EuiccConfiguredAddressesRequest', 0xbf3c, sequence({}));

/** rootDsAddress is mandatory in the module; some cards leave it out. Members of v3 are read where they are. */
export const EuiccConfiguredAddressesResponse = dataObject(
  'EuiccConfiguredAddressesResponse',
  0xbf3c,
  sequence({
    defaultDpAddress: optional(0x80, utf8),
    rootDsAddress: optional(0x81, utf8),
    additionalRootDsAddresses: optional(0xa2, listOf(field(0x0c, utf8))),
    allowedCiPKId: optional(0x83, ciPKId),
  }),
);
export type EuiccConfiguredAddresses = Infer<typeof EuiccConfiguredAddressesResponse>;

/** An empty address deletes the one that is set. */
export const SetDefaultDpAddressRequest = dataObject(
  'SetDefaultDpAddressRequest',
  0xbf3f,
  sequence({ defaultDpAddress: field(0x80, utf8) }),
);
export const SetDefaultDpAddressResponse = dataObject(
  'SetDefaultDpAddressResponse',
  0xbf3f,
  sequence({ setDefaultDpAddressResult: field(0x80, enumerated({ ok: 0, unsupportedCiPKId: 8, undefinedError: 127 })) }),
);

/** Wakes the LPA in the eUICC (LPAe), over the CAT or a smart card web server. */
export const LpaeActivationRequest = dataObject(
  'LpaeActivationRequest',
  0xbf42,
  sequence({ lpaeOption: field(0x80, flags('activateCatBasedLpae', 'activateScwsBasedLpae')) }),
);
export const LpaeActivationResponse = dataObject(
  'LpaeActivationResponse',
  0xbf42,
  sequence({ lpaeActivationResult: field(0x80, enumerated({ ok: 0, notSupported: 1 })) }),
);
