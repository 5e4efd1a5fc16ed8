/** What the card says of itself. SGP.22 v2.5 §4.3, §5.7.8. */
import { type Der, writeDer } from '../../../lpa/asn1/schema.ts';
import { EUICCInfo1, type EUICCInfo2, type UICC_CAPABILITIES } from '../../../lpa/sgp22/euicc-info.ts';
import { type Chip, freeOn } from '../chip.ts';

const SVN = '2.5.0';

/** Features of the card that a profile may ask for. */
// biome-ignore format: a list of words
const CAPABILITIES: readonly (typeof UICC_CAPABILITIES)[number][] = [
  'usimSupport', 'isimSupport', 'csimSupport', 'akaMilenage', 'akaCave', 'akaTuak128', 'akaTuak256', 'usimTestAlgorithm', 'gbaAuthenUsim',
  'gbaAuthenISim', 'mbmsAuthenUsim', 'eapClient', 'javacard', 'multipleUsimSupport', 'multipleIsimSupport', 'berTlvFileSupport',
  'dfLinkSupport', 'catTp', 'getIdentity', 'profile-a-x25519', 'profile-b-p256', 'suciCalculatorApi',
];

export const capabilitiesOf = ({ manners }: Chip): (typeof UICC_CAPABILITIES)[number][] =>
  CAPABILITIES.filter((name) => !manners.lacks.includes(name));

const forVerification = ({ cis }: Chip): string[] => cis.map(({ ciPKId }) => ciPKId);
const forSigning = ({ identities }: Chip): string[] => identities.map(({ ciPKId }) => ciPKId);

export const euiccInfo1 = (chip: Chip): Der<EUICCInfo1> =>
  writeDer(EUICCInfo1, {
    svn: SVN,
    euiccCiPKIdListForVerification: forVerification(chip),
    euiccCiPKIdListForSigning: forSigning(chip),
  });

export const euiccInfo2 = (chip: Chip): EUICCInfo2 => ({
  profileVersion: '3.3.1',
  svn: SVN,
  euiccFirmwareVer: '1.0.0',
  extCardResource: {
    installedApplications: chip.state.profiles.length,
    freeNonVolatileMemory: freeOn(chip),
    freeVolatileMemory: 24_576,
  },
  uiccCapability: capabilitiesOf(chip),
  ts102241Version: '15.2.0',
  globalplatformVersion: '2.3.1',
  rspCapability: [
    'additionalProfile',
    'crlSupport',
    'testProfileSupport',
    'deviceInfoExtensibilitySupport',
    'serviceSpecificDataSupport',
  ],
  euiccCiPKIdListForVerification: forVerification(chip),
  euiccCiPKIdListForSigning: forSigning(chip),
  euiccCategory: 'mediumEuicc',
  ...(chip.maker.forbiddenRules.length > 0 && { forbiddenProfilePolicyRules: [...chip.maker.forbiddenRules] }),
  ppVersion: '1.0.0',
  sasAcreditationNumber: chip.faults.text('LAB-0000'),
});
