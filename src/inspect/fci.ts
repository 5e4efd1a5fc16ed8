/** What a card answers to SELECT of the ISD-R. ISO 7816-4 §7.4.3, GlobalPlatform §11.9.3, SGP.22 v2.5 §5.7.1. */
import { integer } from '../lpa/asn1/primitives.ts';
import { dataObject, optional, sequence } from '../lpa/asn1/schema.ts';
import { ISDRProprietaryApplicationTemplate as Isdr } from '../lpa/sgp22/euicc-info.ts';
import { aid } from '../lpa/sgp22/identifiers.ts';
import { ISDRProprietaryApplicationTemplateIoT as IsdrIoT } from '../lpa/sgp32/iot.ts';

export const FCI = dataObject(
  'FCI',
  0x6f,
  sequence({
    dfName: optional(0x84, aid),
    proprietaryData: optional(0xa5, sequence({ maximumCommandData: optional(0x9f65, integer) })),
    [Isdr.name]: optional(Isdr.tag, Isdr.type),
    [IsdrIoT.name]: optional(IsdrIoT.tag, IsdrIoT.type),
  }),
);
