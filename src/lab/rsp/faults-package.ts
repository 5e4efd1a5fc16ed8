/** Faults of metadata and of the bound package. */
import { encodeTlv, parseTlv, type Tlv } from '../../lpa/asn1/tlv.ts';
import { concat, utf8Bytes } from '../../lpa/bytes.ts';
import { UsageError } from '../../lpa/errors.ts';
import { newPrivateKey } from '../../lpa/pki/ecdsa.ts';
import { type ProfileMetadata, StoreMetadataRequest } from '../../lpa/sgp22/profile.ts';
import type { FaultRow, Hooks } from './fault-hooks.ts';

/** What `metadata-unlike` shows instead, by field. */
const SHOWN: Readonly<Record<string, Partial<ProfileMetadata>>> = {
  profileName: { profileName: 'Something better' },
  serviceProviderName: { serviceProviderName: 'Somebody else' },
  iccid: { iccid: '89000000000000000000' },
  profileClass: { profileClass: 'provisioning' },
  profileOwner: { profileOwner: { mccMnc: '999-99' } },
  profilePolicyRules: { profilePolicyRules: [] },
  icon: { iconType: 'png', icon: utf8Bytes('another icon') },
  notificationConfigurationInfo: {
    notificationConfigurationInfo: [
      { profileManagementOperation: ['notificationDelete'], notificationAddress: 'elsewhere.example.com' },
    ],
  },
};

const shows = (field: string): Hooks => {
  const other = SHOWN[field];
  if (!other) throw new UsageError(`metadata-unlike: one of ${Object.keys(SHOWN).join(', ')}`);
  return {
    shownMetadata: (octets) => StoreMetadataRequest.encode({ ...StoreMetadataRequest.decode(octets), ...other }),
  };
};

/** Rebuild a data object from its children. */
const rebuilt = (octets: Uint8Array, change: (children: readonly Tlv[]) => readonly Uint8Array[]): Uint8Array => {
  const { tag, children } = parseTlv(octets);
  return encodeTlv(tag, concat(...change(children)));
};
const bytesOf = ({ bytes }: Tlv): Uint8Array => bytes;

/** The same metadata with one field more where it is absent. */
const withExplicitClass = (octets: Uint8Array): Uint8Array =>
  rebuilt(octets, (fields) =>
    fields.some(({ tag }) => tag === 0x95) ? fields.map(bytesOf) : [...fields.map(bytesOf), Uint8Array.of(0x95, 1, 2)],
  );

/** Change one part of a bound package. */
const part =
  (tag: number, change: (part: Tlv) => Uint8Array) =>
  (octets: Uint8Array): Uint8Array =>
    rebuilt(octets, (parts) => parts.map((each) => (each.tag === tag ? change(each) : each.bytes)));

const flipLast = (octets: Uint8Array): Uint8Array => octets.with(octets.length - 1, octets.at(-1)! ^ 1);

const bpp = (says: string, boundProfilePackage: (octets: Uint8Array) => Uint8Array): FaultRow => ({
  says,
  hooks: () => ({ boundProfilePackage }),
});

// biome-ignore format: a table
export const packageFaults: Readonly<Record<string, FaultRow>> = {
  'metadata-unlike': {
    says: 'the metadata shown are not those in the package',
    argument: 'the field that differs, else profileName',
    hooks: (field) => shows(field || 'profileName'),
  },
  'metadata-order': {
    says: 'the metadata in the package have their fields in another order (an LPA accepts it)',
    hooks: () => ({ packagedMetadata: (octets) => rebuilt(octets, (fields) => fields.map(bytesOf).reverse()) }),
  },
  'metadata-explicit-default': {
    says: 'the metadata in the package spell the default class out (an LPA accepts it)',
    hooks: () => ({ packagedMetadata: withExplicitClass }),
  },
  'metadata-twice': {
    says: 'the metadata name two profiles at once: a tag stands twice',
    hooks: () => ({
      shownMetadata: (octets) => rebuilt(octets, (fields) => [...fields.map(bytesOf), encodeTlv(0x92, utf8Bytes('Other name'))]),
    }),
  },
  'metadata-malformed': {
    says: 'the metadata shown are cut off',
    hooks: () => ({ shownMetadata: (octets) => octets.subarray(0, -3) }),
  },
  'metadata-address-space': {
    says: 'the notification addresses in the metadata end in a space (an LPA accepts it)',
    hooks: () => {
      const spaced = (octets: Uint8Array): Uint8Array => {
        const { notificationConfigurationInfo = [], ...others } = StoreMetadataRequest.decode(octets);
        return StoreMetadataRequest.encode({
          ...others,
          notificationConfigurationInfo: notificationConfigurationInfo.map((each) => ({
            ...each,
            notificationAddress: `${each.notificationAddress} `,
          })),
        });
      };
      return { shownMetadata: spaced, packagedMetadata: spaced };
    },
  },
  'metadata-hostile': {
    says: 'names in the metadata carry escape sequences, line breaks and bidirectional controls',
    hooks: () => {
      const hostile = (octets: Uint8Array): Uint8Array =>
        StoreMetadataRequest.encode({
          ...StoreMetadataRequest.decode(octets),
          serviceProviderName: '\u001b]52;c;aGk=\u0007\u001b[2A',
          profileName: 'safe\r\nDownload? yes\u202Egnp.exe\u200B',
        });
      return { shownMetadata: hostile, packagedMetadata: hostile };
    },
  },

  'package-truncated': bpp('the package is cut off', (octets) => octets.subarray(0, -100)),
  'package-trailing': bpp('octets follow the package', (octets) => concat(octets, Uint8Array.of(0x00, 0x00))),
  'package-no-metadata': bpp('the package has no StoreMetadata (A1)', (octets) =>
    rebuilt(octets, (parts) => parts.filter(({ tag }) => tag !== 0xa1).map(bytesOf))),
  'package-order': bpp('the parts of the package stand in another order', (octets) =>
    rebuilt(octets, ([first, ...others]) => [first!, ...others.reverse()].map(bytesOf))),
  'package-wrong-tag': bpp('the profile is in 87s instead of 86s', part(0xa3, ({ children }) =>
    encodeTlv(0xa3, concat(...children.map(({ content }) => encodeTlv(0x87, content)))))),
  'package-empty': bpp('the package holds no profile', part(0xa3, () => encodeTlv(0xa3, new Uint8Array()))),
  'package-overrun': bpp('an 86 is longer than what holds it', part(0xa3, ({ bytes, content }) => {
    const at = bytes.length - content.length + 1;
    return bytes.with(at + 1, 0xff); // the length octets of the first 86
  })),
  'package-mac': bpp('the MAC of the last segment does not verify', part(0xa3, ({ children }) =>
    encodeTlv(0xa3, concat(...children.slice(0, -1).map(bytesOf), flipLast(children.at(-1)!.bytes))))),
  'package-metadata-mac': bpp('the MAC of the metadata does not verify', part(0xa1, ({ children }) =>
    encodeTlv(0xa1, concat(...children.slice(0, -1).map(bytesOf), flipLast(children.at(-1)!.bytes))))),
  'package-huge': bpp('the package has 3 MiB', part(0xa3, ({ children }) =>
    encodeTlv(0xa3, concat(...Array.from({ length: 3100 }, () => children[0]!.bytes))))),
  'package-transaction': {
    says: 'the package is of another transaction',
    hooks: () => ({ parts: (parts) => ({ ...parts, transactionId: '00112233445566778899AABBCCDDEEFF' }) }),
  },
  'package-signature': {
    says: 'smdpSign in the package is made with another key',
    hooks: () => ({ parts: (parts) => ({ ...parts, signingKey: newPrivateKey('P-256') }) }),
  },
  'package-other-eid': {
    says: 'the package is bound to another EID',
    hooks: () => ({ parts: (parts) => ({ ...parts, eid: '89049032000000000000000000000001' }) }),
  },
  'segments-1036': {
    says: '86s of 1036 octets where 1020 are allowed (an LPA accepts it)',
    hooks: () => ({ parts: (parts) => ({ ...parts, segmentOctets: 1036 }) }),
  },
};
