/** Security domains, applications and remote file management. TCA profile package §8.6 to §8.8. */
import { hex, octets } from '../asn1/primitives.ts';
import { defaulted, field, type Infer, listOf, optional, secret, sequence } from '../asn1/schema.ts';
import { PEHeader } from './header.ts';
import { applicationIdentifier, octetsOf, uint8, uint16 } from './types.ts';

/** What a key and its component have unless they say otherwise. */
export const KEY_ACCESS = Uint8Array.of(0x00);
export const MAC_LENGTH = 8;
/** Life cycle of an application that is installed: selectable. */
export const SELECTABLE = Uint8Array.of(0x07);

const systemSpecificParameters = sequence({
  volatileMemoryQuotaC7: optional(0xc7, octetsOf(2, 4)),
  nonVolatileMemoryQuotaC8: optional(0xc8, octetsOf(2, 4)),
  globalServiceParameters: optional(0xcb, octets),
  implicitSelectionParameter: optional(0xcf, octets),
  volatileReservedMemory: optional(0xd7, octetsOf(2, 4)),
  nonVolatileReservedMemory: optional(0xd8, octetsOf(2, 4)),
  ts102226SIMFileAccessToolkitParameter: optional(0xca, octets),
  ts102226AdditionalContactlessParameters: optional(0xa0, sequence({ protocolParameterData: field(0x80, octets) })),
  contactlessProtocolParameters: optional(0xd9, octets),
  userInteractionContactlessParameters: optional(0xda, octets),
  cumulativeGrantedVolatileMemory: optional(0x82, octetsOf(2, 4)),
  cumulativeGrantedNonVolatileMemory: optional(0x83, octetsOf(2, 4)),
});

export const ApplicationInstance = sequence({
  applicationLoadPackageAID: field(0x4f, applicationIdentifier),
  classAID: field(0x4f, applicationIdentifier),
  instanceAID: field(0x4f, applicationIdentifier),
  extraditeSecurityDomainAID: optional(0x4f, applicationIdentifier),
  applicationPrivileges: field(0x82, octets),
  lifeCycleState: defaulted(0x83, octetsOf(1), SELECTABLE),
  applicationSpecificParametersC9: field(0xc9, octets),
  systemSpecificParameters: optional(0xef, systemSpecificParameters),
  applicationParameters: optional(
    0xea,
    sequence({
      uiccToolkitApplicationSpecificParametersField: optional(0x80, octets),
      uiccAccessApplicationSpecificParametersField: optional(0x81, octets),
      uiccAdministrativeAccessApplicationSpecificParametersField: optional(0x82, octets),
    }),
  ),
  processData: optional(0x30, listOf(field(0x04, octets))),
  controlReferenceTemplate: optional(0xb0, sequence({ applicationProviderIdentifier: field(0x5f20, octets) })),
});
export type ApplicationInstance = Infer<typeof ApplicationInstance>;

export const KeyObject = sequence({
  keyUsageQualifier: field(0x95, octetsOf(1, 2)),
  keyAccess: defaulted(0x96, octetsOf(1), KEY_ACCESS),
  keyIdentifier: field(0x82, octetsOf(1)),
  keyVersionNumber: field(0x83, octetsOf(1)),
  keyCounterValue: optional(0x85, octets),
  keyComponents: field(
    0x30,
    listOf(
      field(
        0x30,
        sequence({
          keyType: field(0x80, octets),
          keyData: secret(field(0x86, octets)),
          macLength: defaulted(0x87, uint8, MAC_LENGTH),
        }),
      ),
    ),
  ),
});

export const SecurityDomain = sequence({
  'sd-Header': field(0xa0, PEHeader),
  instance: field(0xa1, ApplicationInstance),
  keyList: optional(0xa2, listOf(field(0x30, KeyObject))),
  sdPersoData: optional(0xa3, listOf(field(0x04, octets))),
  openPersoData: optional(
    0xa4,
    sequence({
      restrictParameter: optional(0xd9, octetsOf(1)),
      contactlessProtocolParameters: optional(0x04, octets),
    }),
  ),
  catTpParameters: optional(0xa5, sequence({ catTpMaxSduSize: field(0x80, uint16), catTpMaxPduSize: field(0x81, uint16) })),
});
export type SecurityDomain = Infer<typeof SecurityDomain>;

export const Application = sequence({
  'app-Header': field(0xa0, PEHeader),
  loadBlock: optional(
    0xa1,
    sequence({
      loadPackageAID: field(0x4f, applicationIdentifier),
      securityDomainAID: optional(0x4f, applicationIdentifier),
      nonVolatileCodeLimitC6: optional(0xc6, octets),
      volatileDataLimitC7: optional(0xc7, octets),
      nonVolatileDataLimitC8: optional(0xc8, octets),
      hashValue: optional(0xc1, octets),
      loadBlockObject: field(0xc4, octets),
    }),
  ),
  instanceList: optional(0xa2, listOf(field(0x30, ApplicationInstance))),
});

export const RFM = sequence({
  'rfm-header': field(0xa0, PEHeader),
  instanceAID: field(0x4f, applicationIdentifier),
  securityDomainAID: optional(0x4f, applicationIdentifier),
  /** Toolkit application references, three octets each; without the list the TAR stands in the AID. */
  tarList: optional(0xa0, listOf(field(0x04, hex))),
  minimumSecurityLevel: field(0x81, octetsOf(1)),
  uiccAccessDomain: field(0x04, octets),
  uiccAdminAccessDomain: field(0x04, octets),
  adfRFMAccess: optional(
    0x30,
    sequence({
      adfAID: field(0x80, applicationIdentifier),
      adfAccessDomain: field(0x81, octets),
      adfAdminAccessDomain: field(0x82, octets),
    }),
  ),
});
