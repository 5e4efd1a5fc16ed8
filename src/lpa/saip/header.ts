/** ProfileHeader, the first element of a package, and PEHeader, which begins every other one. TCA profile package §8.1.3 and §8.2. */
import { nothing, octets, oid, utf8 } from '../asn1/primitives.ts';
import { field, type Infer, listOf, optional, sequence } from '../asn1/schema.ts';
import { applicationIdentifier, hexOf, octetsOf, uint8, uint15 } from './types.ts';

export const PEHeader = sequence({
  /** The eUICC has to support this element, or refuse the profile; without it the element may be passed over. */
  mandated: optional(0x80, nothing),
  identification: field(0x81, uint15),
});
export type PEHeader = Infer<typeof PEHeader>;

/** What the eUICC must be able to do, by name; the order is that of the tags, from 80 on. */
export const serviceNames = [
  'contactless',
  'usim',
  'isim',
  'csim',
  'milenage',
  'tuak128',
  'cave',
  'gba-usim',
  'gba-isim',
  'mbms',
  'eap',
  'javacard',
  'multos',
  'multiple-usim',
  'multiple-isim',
  'multiple-csim',
  'tuak256',
  'usim-test-algorithm',
  'ber-tlv',
  'dfLink',
  'cat-tp',
  'get-identity',
  'profile-a-x25519',
  'profile-b-p256',
  'suciCalculatorApi',
  'dns-resolution',
  'scp11ac',
  'scp11c-authorization-mechanism',
  's16mode',
  'eaka',
] as const;
export type ServiceName = (typeof serviceNames)[number];

const serviceFields = Object.fromEntries(serviceNames.map((name, i) => [name, optional(0x80 + i, nothing)]));

/** ServicesList ::= SEQUENCE of NULLs: a service is asked for where its member is there. */
export const ServicesList = sequence(serviceFields as Readonly<Record<ServiceName, ReturnType<typeof optional<true>>>>);

export const ProfileHeader = sequence({
  'major-version': field(0x80, uint8),
  'minor-version': field(0x81, uint8),
  profileType: optional(0x82, utf8),
  /** Digits in reading order, padded with F at the end; EF.ICCID has the nibbles of each octet exchanged. */
  iccid: field(0x83, hexOf(10)),
  pol: optional(0x84, octets),
  'eUICC-Mandatory-services': field(0xa5, ServicesList),
  'eUICC-Mandatory-GFSTEList': field(0xa6, listOf(field(0x06, oid))),
  connectivityParameters: optional(0x87, octets),
  'eUICC-Mandatory-AIDs': optional(
    0xa8,
    listOf(
      field(
        0x30,
        sequence({
          aid: field(0x80, applicationIdentifier),
          version: field(0x81, octetsOf(2)),
        }),
      ),
    ),
  ),
  iotOptions: optional(0xa9, sequence({ pix: field(0x80, octetsOf(7, 11)) })),
});
export type ProfileHeader = Infer<typeof ProfileHeader>;
