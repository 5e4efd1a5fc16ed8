/** Profile Policy Rules and the Rules Authorisation Table. SGP.22 v2.5 §2.9, §5.7.22, Annex H. */
import { flags, octets } from '../asn1/primitives.ts';
import { choice, dataObject, field, type Infer, listOf, optional, sequence, type Type } from '../asn1/schema.ts';
import { mccMnc } from './identifiers.ts';

/** ppr1: disabling is not allowed. ppr2: deleting is not allowed. */
export const pprIds = flags('pprUpdateControl', 'ppr1', 'ppr2');

/** Whose profile it is. In a rule, an empty gid1 or gid2 stands for any, an absent one for none. */
export const operatorId = sequence({
  mccMnc: field(0x80, mccMnc),
  gid1: optional(0x81, octets),
  gid2: optional(0x82, octets),
});
export type OperatorId = Infer<typeof operatorId>;

/** Android's form of a table has operators under the tag that profileOwner has in ProfileInfo. */
const ANDROID_OPERATOR = 0xb7;

export const profilePolicyAuthorisationRule = sequence({
  pprIds: field(0x80, pprIds),
  allowedOperators: field(0xa1, listOf(field(0x30, operatorId), [ANDROID_OPERATOR])),
  pprFlags: field(0x82, flags('consentRequired')),
});
export type ProfilePolicyAuthorisationRule = Infer<typeof profilePolicyAuthorisationRule>;

export const GetRatRequest = dataObject('GetRatRequest', 0xbf43, sequence({}));
export const GetRatResponse = dataObject(
  'GetRatResponse',
  0xbf43,
  joined(choice({ rat: field(0xa0, listOf(field(0x30, profilePolicyAuthorisationRule))) })),
);

/** Android's form has one A0 for each rule; the specification has one for all. Read in either form, written in one. */
function joined<T extends { readonly rat: unknown[] }>(table: Type<T>): Type<T> {
  return {
    ...table,
    decode(tlv, path) {
      if (tlv.children.length < 2 || tlv.children.some(({ tag }) => tag !== 0xa0)) return table.decode(tlv, path);
      const lists = tlv.children.map((child) => table.decode({ ...tlv, children: [child] }, path));
      return { rat: lists.flatMap(({ rat }) => rat) } as T; // each list is the one member of T
    },
  };
}
