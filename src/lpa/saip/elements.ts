/**
 * ProfileElement: every element a profile package can hold, by the name and tag of the format's ASN.1.
 * TCA profile package §8 and Annex A (version 3.3.1).
 *
 * A name that ends in `?` may be absent. The files of an element that follows a template have the
 * tags A2, A3, ... BE, BF1F, BF20, ... in the order written here.
 */
import { octets, oid } from '../asn1/primitives.ts';
import { choice, type Fields, field, type Infer, listOf, optional, sequence, type Type } from '../asn1/schema.ts';
import { Application, RFM, SecurityDomain } from './applications.ts';
import { File, FileManagement } from './file.ts';
import { PEHeader, ProfileHeader } from './header.ts';
import { AKAParameter, CDMAParameter, PINCodes, PUKCodes } from './pins-and-keys.ts';

const NonStandard = sequence({
  'nonStandard-header': field(0xa0, PEHeader),
  issuerID: field(0x81, oid),
  content: field(0x82, octets),
});
const GenericFileManagement = sequence({
  'gfm-header': field(0xa0, PEHeader),
  fileManagementCMD: field(0xa1, listOf(field(0x30, FileManagement))),
});

export const elements = {
  header: field(0xa0, ProfileHeader),
  genericFileManagement: field(0xa1, GenericFileManagement),
  pinCodes: field(0xa2, PINCodes),
  pukCodes: field(0xa3, PUKCodes),
  akaParameter: field(0xa4, AKAParameter),
  cdmaParameter: field(0xa5, CDMAParameter),
  securityDomain: field(0xa6, SecurityDomain),
  rfm: field(0xa7, RFM),
  application: field(0xa8, Application),
  nonStandard: field(0xa9, NonStandard),
  end: field(0xaa, sequence({ 'end-header': field(0xa0, PEHeader) })),
  rfu1: field(0xab, sequence({})),
  rfu2: field(0xac, sequence({})),
  rfu3: field(0xad, sequence({})),
  rfu4: field(0xae, sequence({})),
  rfu5: field(0xaf, sequence({})),
  mf: field(0xb0, template('mf-header', 'mf ef-pl? ef-iccid ef-dir ef-arr ef-umpc?')),
  cd: field(0xb1, template('cd-header', 'df-cd ef-launchpad? ef-icon?')),
  telecom: field(
    0xb2,
    template(
      'telecom-header',
      'df-telecom ef-arr? ef-rma? ef-sume? ef-ice-dn? ef-ice-ff? ef-psismsc? df-graphics? ef-img? ef-iidf? ef-ice-graphics?',
      'ef-launch-scws? ef-icon? df-phonebook? ef-pbr? ef-ext1? ef-aas? ef-gas? ef-psc? ef-cc? ef-puid? ef-iap? ef-adn?',
      'ef-pbc? ef-anr? ef-puri? ef-email? ef-sne? ef-uid? ef-grp? ef-ccp1? df-multimedia? ef-mml? ef-mmdf? df-mmss?',
      'ef-mlpl? ef-mspl? ef-mmssmode? df-mcs? ef-mst? ef-mcs-config? df-v2x? ef-vst? ef-v2x-config? ef-v2xp-pc5? ef-v2xp-Uu?',
    ),
  ),
  usim: field(
    0xb3,
    template(
      'usim-header',
      'adf-usim ef-imsi ef-arr ef-keys? ef-keysPS? ef-hpplmn? ef-ust ef-fdn? ef-sms? ef-smsp? ef-smss? ef-spn ef-est',
      'ef-start-hfn? ef-threshold? ef-psloci? ef-acc ef-fplmn? ef-loci? ef-ad? ef-ecc ef-netpar? ef-epsloci? ef-epsnsc?',
    ),
  ),
  'opt-usim': field(
    0xb4,
    template(
      'optusim-header',
      'ef-li? ef-acmax? ef-acm? ef-gid1? ef-gid2? ef-msisdn? ef-puct? ef-cbmi? ef-cbmid? ef-sdn? ef-ext2? ef-ext3? ef-cbmir?',
      'ef-plmnwact? ef-oplmnwact? ef-hplmnwact? ef-dck? ef-cnl? ef-smsr? ef-bdn? ef-ext5? ef-ccp2? ef-ext4? ef-acl? ef-cmi?',
      'ef-ici? ef-oci? ef-ict? ef-oct? ef-vgcs? ef-vgcss? ef-vbs? ef-vbss? ef-emlpp? ef-aaem? ef-hiddenkey? ef-pnn? ef-opl?',
      'ef-mbdn? ef-ext6? ef-mbi? ef-mwis? ef-cfis? ef-ext7? ef-spdi? ef-mmsn? ef-ext8? ef-mmsicp? ef-mmsup? ef-mmsucp? ef-nia?',
      'ef-vgcsca? ef-vbsca? ef-gbabp? ef-msk? ef-muk? ef-ehplmn? ef-gbanl? ef-ehplmnpi? ef-lrplmnsi? ef-nafkca? ef-spni? ef-pnni?',
      'ef-ncp-ip? ef-ufc? ef-nasconfig? ef-uicciari? ef-pws? ef-fdnuri? ef-bdnuri? ef-sdnuri? ef-ial? ef-ips? ef-ipd? ef-epdgid?',
      'ef-epdgselection? ef-epdgidem? ef-epdgselectionem? ef-frompreferred? ef-imsconfigdata? ef-3gpppsdataoff?',
      'ef-3gpppsdataoffservicelist? ef-xcapconfigdata? ef-earfcnlist? ef-mudmidconfigdata? ef-eaka?',
    ),
  ),
  isim: field(0xb5, template('isim-header', 'adf-isim ef-impi ef-impu ef-domain ef-ist ef-ad? ef-arr')),
  'opt-isim': field(
    0xb6,
    template(
      'optisim-header',
      'ef-pcscf? ef-sms? ef-smsp? ef-smss? ef-smsr? ef-gbabp? ef-gbanl? ef-nafkca? ef-uicciari? ef-frompreferred?',
      'ef-imsconfigdata? ef-xcapconfigdata? ef-webrtcuri? ef-mudmidconfigdata?',
    ),
  ),
  phonebook: field(
    0xb7,
    template(
      'phonebook-header',
      'df-phonebook ef-pbr? ef-ext1? ef-aas? ef-gas? ef-psc? ef-cc? ef-puid? ef-iap? ef-adn? ef-pbc? ef-anr? ef-puri? ef-email?',
      'ef-sne? ef-uid? ef-grp? ef-ccp1?',
    ),
  ),
  'gsm-access': field(0xb8, template('gsm-access-header', 'df-gsm-access ef-kc? ef-kcgprs? ef-cpbcch? ef-invscan?')),
  csim: field(
    0xb9,
    template(
      'csim-header',
      'adf-csim ef-arr ef-call-count ef-imsi-m ef-imsi-t ef-tmsi ef-ah ef-aop ef-aloc ef-cdmahome ef-znregi ef-snregi',
      'ef-distregi ef-accolc ef-term ef-acp ef-prl ef-ruimid ef-csim-st ef-spc ef-otapaspc ef-namlock ef-ota ef-sp',
      'ef-esn-meid-me ef-li ef-usgind ef-ad ef-max-prl ef-spcs ef-mecrp ef-home-tag ef-group-tag ef-specific-tag ef-call-prompt',
    ),
  ),
  'opt-csim': field(
    0xba,
    template(
      'optcsim-header',
      'ef-ssci? ef-fdn? ef-sms? ef-smsp? ef-smss? ef-ssfc? ef-spn? ef-mdn? ef-ecc? ef-me3gpdopc? ef-3gpdopm? ef-sipcap? ef-mipcap?',
      'ef-sipupp? ef-mipupp? ef-sipsp? ef-mipsp? ef-sippapss? ef-puzl? ef-maxpuzl? ef-hrpdcap? ef-hrpdupp? ef-csspr? ef-atc?',
      'ef-eprl? ef-bcsmscfg? ef-bcsmspref? ef-bcsmstable? ef-bcsmsp? ef-bakpara? ef-upbakpara? ef-mmsn? ef-ext8? ef-mmsicp?',
      'ef-mmsup? ef-mmsucp? ef-auth-capability? ef-3gcik? ef-dck? ef-gid1? ef-gid2? ef-cdmacnl? ef-sf-euimid? ef-est?',
      'ef-hidden-key? ef-lcsver? ef-lcscp? ef-sdn? ef-ext2? ef-ext3? ef-ici? ef-oci? ef-ext5? ef-ccp2? ef-applabels? ef-model?',
      'ef-rc? ef-smscap? ef-mipflags? ef-3gpduppext? ef-ipv6cap? ef-tcpconfig? ef-dgc? ef-wapbrowsercp? ef-wapbrowserbm?',
      'ef-mmsconfig? ef-jdl?',
    ),
  ),
  eap: field(0xbb, template('eap-header', 'df-eap ef-eapkeys? ef-eapstatus ef-puid? ef-ps? ef-curid? ef-reid? ef-realm?')),
  'df-5gs': field(
    0xbc,
    template(
      'df-5gs-header',
      'df-df-5gs ef-5gs3gpploci? ef-5gsn3gpploci? ef-5gs3gppnsc? ef-5gsn3gppnsc? ef-5gauthkeys? ef-uac-aic? ef-suci-calc-info?',
      'ef-opl5g? ef-supinai? ef-routing-indicator? ef-ursp? ef-tn3gppsnn? ef-cag? ef-sor-cmci? ef-dri? ef-5gsedrx?',
      'ef-5gnswo-conf? ef-mchpplmn? ef-kausf-derivation?',
    ),
  ),
  'df-saip': field(0xbd, template('df-saip-header', 'df-df-saip ef-suci-calc-info-usim?')),
  'df-snpn': field(0xbe, template('df-snpn-header', 'df-df-snpn ef-pws-snpn?')),
  'df-5gprose': field(
    0xbf1f,
    template(
      'df-5g-prose-header',
      'df-df-5g-prose ef-5g-prose-st? ef-5g-prose-dd? ef-5g-prose-dc? ef-5g-prose-u2nru? ef-5g-prose-ru? ef-5g-prose-uir?',
    ),
  ),
  iot: field(
    0xbf20,
    template(
      'iot-header',
      'mf? ef-pl? ef-iccid? ef-dir? ef-arr? ef-umpc? adf-usim? ef-imsi ef-arr-usim? ef-keys? ef-keysPS? ef-hpplmn? ef-ust?',
      'ef-start-hfn? ef-threshold? ef-psloci? ef-acc ef-fplmn? ef-loci? ef-ad? ef-ecc? ef-netpar?',
    ),
  ),
  'opt-iot': field(
    0xbf21,
    template(
      'optiot-header',
      'ef-fdn? ef-sms? ef-smsp? ef-smss? ef-spn? ef-est? ef-oplmnwact? ef-hplmnwact? ef-ehplmn? ef-epsloci? ef-epsnsc? df-df-5gs?',
      'ef-5gs3gpploci? ef-5gsn3gpploci? ef-5gs3gppnsc? ef-5gsn3gppnsc? ef-5gauthkeys? ef-uac-aic? ef-suci-calc-info? ef-opl5g?',
      'ef-supi-nai? ef-routing-indicator? ef-ursp? ef-tn3gppsnn? df-df-saip? ef-suci-calc-info-usim?',
    ),
  ),
} as const;

export type ElementName = keyof typeof elements;
export type ElementValue<N extends ElementName> = Infer<(typeof elements)[N]>;
/** One element as plain data, `{ mf: {...} }`. */
export type ElementChoice = Infer<typeof ProfileElement>;
export const ProfileElement = choice(elements);

/** The octets of a package made of these elements. */
export const encodeElement = (element: ElementChoice): Uint8Array => ProfileElement.encode(element);

type Words<S extends string, Found extends string = never> = S extends `${infer Word} ${infer Rest}`
  ? Words<Rest, Found | Word>
  : Found | S;
type Optional<W extends string> = W extends `${infer Name}?` ? Name : never;
type Mandatory<W extends string> = W extends `${string}?` ? never : W;
type TemplateElement<H extends string, W extends string> = {
  [K in H | 'templateID' | Mandatory<W>]: K extends H ? PEHeader : K extends 'templateID' ? string : File;
} & { [K in Optional<W>]?: File };

/** An element that follows a template: a header, the template's identifier and its files. */
function template<const H extends string, const L extends string[]>(
  header: H,
  ...lines: L
): Type<TemplateElement<H, Words<L[number]>>> {
  const files = lines
    .flatMap((line) => line.split(' '))
    .map((word, i) => {
      const tag = i + 2 < 31 ? 0xa2 + i : 0xbf00 + i + 2;
      return word.endsWith('?') ? ([word.slice(0, -1), optional(tag, File)] as const) : ([word, field(tag, File)] as const);
    });
  const fields: Fields = { [header]: field(0xa0, PEHeader), templateID: field(0x81, oid), ...Object.fromEntries(files) };
  return sequence(fields) as unknown as ReturnType<typeof template<H, L>>; // the words are the keys of `fields`, which TypeScript cannot see
}
