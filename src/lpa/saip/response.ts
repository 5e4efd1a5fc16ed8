/** EUICCResponse: what the card says of the elements of a profile (`simaResponse`). TCA profile package §8.11. */
import { enumerated, nothing, utf8 } from '../asn1/primitives.ts';
import { dataObject, field, type Infer, listOf, optional, sequence } from '../asn1/schema.ts';
import { uint8, uint15, uint31 } from './types.ts';

/** Results by the format's names; 0x6000 to 0x6FFF and 0x9000 to 0x9FFF are status words and read `unknown(27265)`. */
export const peStatusNames = {
  ok: 0,
  'pe-not-supported': 1,
  'memory-failure': 2,
  'bad-values': 3,
  'not-enough-memory': 4,
  'invalid-request-format': 5,
  'invalid-parameter': 6,
  'runtime-not-supported': 7,
  'lib-not-supported': 8,
  'template-not-supported': 9,
  'feature-not-supported': 10,
  'pin-code-missing': 11,
  'unsupported-profile-version': 31,
} as const;
export type PEStatusName = keyof typeof peStatusNames;

export const PEStatus = sequence({
  status: field(0x80, enumerated(peStatusNames)),
  /** Of the element; the profile header has none. */
  identification: optional(0x81, uint15),
  'additional-information': optional(0x82, uint8),
  /** Octet inside the element. */
  offset: optional(0x83, uint31),
});
export type PEStatus = Infer<typeof PEStatus>;

export const EUICCResponse = dataObject(
  'EUICCResponse',
  0x30,
  sequence({
    peStatus: field(0xa0, listOf(field(0x30, PEStatus))),
    profileInstallationAborted: optional(0x81, nothing),
    statusMessage: optional(0x82, utf8),
  }),
);
export type EUICCResponse = Infer<typeof EUICCResponse>;

/** Every element was processed: `30 07 A0 05 30 03 80 01 00`. */
export const installed: EUICCResponse = { peStatus: [{ status: 'ok' }] };

/** The first result that is not `ok` is the one that decides. */
export const firstFailure = ({ peStatus }: EUICCResponse): PEStatus | undefined => peStatus.find(({ status }) => status !== 'ok');

/** A status that is a status word of an ISO 7816 command inside the card: 0x6A84 for `unknown(27268)`. */
export function statusWordOf(status: PEStatus['status']): number | undefined {
  const code = Number(/^unknown\((\d+)\)$/.exec(status)?.[1]);
  return (code >= 0x6000 && code <= 0x6fff) || (code >= 0x9000 && code <= 0x9fff) ? code : undefined;
}
