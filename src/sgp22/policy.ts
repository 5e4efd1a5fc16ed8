/** Profile Policy Rules and the Rules Authorisation Table. SGP.22 v2.5 §2.9, §5.7.22, Annex H. */
import { flags, octets } from '../asn1/primitives.ts';
import { choice, dataObject, field, type Infer, listOf, optional, sequence } from '../asn1/schema.ts';
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

export const profilePolicyAuthorisationRule = sequence({
  pprIds: field(0x80, pprIds),
  allowedOperators: field(0xa1, listOf(field(0x30, operatorId))),
  pprFlags: field(0x82, flags('consentRequired')),
});
export type ProfilePolicyAuthorisationRule = Infer<typeof profilePolicyAuthorisationRule>;

export const GetRatRequest = dataObject('GetRatRequest', 0xbf43, sequence({}));
export const GetRatResponse = dataObject(
  'GetRatResponse',
  0xbf43,
  choice({ rat: field(0xa0, listOf(field(0x30, profilePolicyAuthorisationRule))) }),
);
