/** Security domain, remote file management and an applet for the packages that `write.ts` builds. */
import { encodeTlv, lengthOctets } from '../../lpa/asn1/tlv.ts';
import { concat, fromHex, utf8Bytes } from '../../lpa/bytes.ts';
import { type ApplicationInstance, KEY_ACCESS, MAC_LENGTH, SELECTABLE } from '../../lpa/saip/applications.ts';
import type { ElementChoice } from '../../lpa/saip/elements.ts';
import { USIM } from './build-files.ts';
import { sampleOctets } from './sample.ts';

/** Identifications are given when the order of the elements is known. */
export const MANDATED = { mandated: true, identification: 0 } as const;

const MNO_SD = 'A000000151000000';
const PACKAGE_AID = 'F06C61620001';
const APPLET_AID = 'F06C6162000101';

/** The operator's security domain with one SCP80 key set (GlobalPlatform UICC Configuration §7 and §8). */
export function securityDomain(iccid: string): ElementChoice {
  const keys = sampleOctets(`ota ${iccid}`, 48);
  const instance: ApplicationInstance = {
    applicationLoadPackageAID: 'A0000001515350',
    classAID: 'A000000151535041',
    instanceAID: MNO_SD,
    applicationPrivileges: fromHex('82DC00'),
    lifeCycleState: Uint8Array.of(0x0f),
    applicationSpecificParametersC9: fromHex('810280008201F08701F0'),
    applicationParameters: { uiccToolkitApplicationSpecificParametersField: fromHex('010000000002010206B2010000000000') },
  };
  // Encryption, MAC and key encryption: usage qualifiers of GlobalPlatform Card Specification table 11-17.
  const keyList = [0x18, 0x14, 0x48].map((usage, i) => ({
    keyUsageQualifier: Uint8Array.of(usage),
    keyAccess: KEY_ACCESS,
    keyIdentifier: Uint8Array.of(i + 1),
    keyVersionNumber: Uint8Array.of(0x01),
    keyComponents: [{ keyType: Uint8Array.of(0x88), keyData: keys.subarray(16 * i, 16 * i + 16), macLength: MAC_LENGTH }],
  }));
  return { securityDomain: { 'sd-Header': MANDATED, instance, keyList, sdPersoData: [cardRecognitionData()] } };
}

/** DGI 0070 with Security Domain Management Data: GlobalPlatform, its identification scheme, SCP80. */
function cardRecognitionData(): Uint8Array {
  const id = (tail: string): Uint8Array => encodeTlv(0x06, fromHex(`2A864886FC6B${tail}`));
  const data = concat(id('01'), encodeTlv(0x60, id('020202')), encodeTlv(0x63, id('03')), encodeTlv(0x64, id('048000')));
  const template = encodeTlv(0x66, encodeTlv(0x73, data));
  return concat(fromHex('0070'), lengthOctets(template.length), template);
}

/** Remote management of the files under the MF and of those of the USIM. */
export const remoteFileManagement = (): ElementChoice[] => {
  const common = {
    'rfm-header': MANDATED,
    minimumSecurityLevel: Uint8Array.of(0x12),
    uiccAccessDomain: Uint8Array.of(0x00),
    uiccAdminAccessDomain: Uint8Array.of(0x00),
  };
  const domain = { adfAID: USIM.aid, adfAccessDomain: Uint8Array.of(0x00), adfAdminAccessDomain: Uint8Array.of(0x00) };
  return [
    { rfm: { ...common, instanceAID: 'A00000055910100001', tarList: ['B00000'] } },
    { rfm: { ...common, instanceAID: 'A00000055910100002', tarList: ['B00010'], adfRFMAccess: domain } },
  ];
};

/**
 * A Java Card applet with one instance. Its load file has the components of a CAP file, filled up
 * to `octets`; it is there to be carried and stored, not to be run.
 */
export function application(octets: number): ElementChoice {
  const aid = fromHex(PACKAGE_AID);
  const component = (tag: number, body: Uint8Array): Uint8Array =>
    concat(Uint8Array.of(tag, body.length >> 8, body.length & 0xff), body);
  const header = component(0x01, concat(fromHex('DECAFFED0102040001'), Uint8Array.of(aid.length), aid));
  const applet = component(0x03, concat(Uint8Array.of(0x01, APPLET_AID.length / 2), fromHex(APPLET_AID), fromHex('0008')));
  const methods: Uint8Array[] = [];
  for (let left = octets; left > 0; left -= MAX_COMPONENT)
    methods.push(component(0x07, sampleOctets(`code ${left}`, Math.min(left, MAX_COMPONENT))));
  return {
    application: {
      'app-Header': MANDATED,
      loadBlock: { loadPackageAID: PACKAGE_AID, loadBlockObject: concat(header, applet, ...methods) },
      instanceList: [
        {
          applicationLoadPackageAID: PACKAGE_AID,
          classAID: APPLET_AID,
          instanceAID: APPLET_AID,
          applicationPrivileges: fromHex('00'),
          lifeCycleState: SELECTABLE,
          applicationSpecificParametersC9: utf8Bytes('lab'),
        },
      ],
    },
  };
}
const MAX_COMPONENT = 0x7fff;
