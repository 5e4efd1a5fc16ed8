/**
 * File templates: what the files of an element are before the profile changes them.
 * TCA profile package §9 and Annex B; file identifiers and sizes as in TS 102 221, TS 31.102 and TS 31.103.
 *
 * A line is: field of the element · kind · file identifier (or range, or `-`: the profile gives it) · size in
 * octets, or records `x` octets each · `arr` record of EF.ARR · `sfi` short file identifier · `fill` default
 * content, where `FF...FF` repeats to the end of the file or record · `content`: the profile has to fill it ·
 * `needs`: parameters the profile has to give · `service` of the service table that the file belongs to.
 */
import { fromHex } from '../bytes.ts';
import type { ElementName } from './elements.ts';

export type FileKind = 'mf' | 'df' | 'adf' | 'transparent' | 'linearFixed' | 'cyclic' | 'berTlv';
export type FileParameter = 'pinStatusTemplateDO' | 'dfName' | 'fileID' | 'size' | 'nb_rec' | 'sfi';

export interface TemplateFile {
  /** The element's field: `ef-imsi`. */
  readonly field: string;
  readonly kind: FileKind;
  /** The field of the directory it stands in; absent for what stands in the template's parent. */
  readonly directory?: string;
  /** Absent where the profile chooses it; the first of the range where there is a range. */
  readonly fid?: string;
  readonly lastFid?: string;
  /** Octets of a transparent file or of one record. */
  readonly size?: number;
  readonly records?: number;
  /** Record of EF.ARR that holds the access rules. */
  readonly arr?: number;
  readonly sfi?: number;
  readonly fill?: Fill;
  readonly contentRequired: boolean;
  readonly needs: readonly FileParameter[];
  /** Services of EF.UST or EF.IST. */
  readonly services: readonly string[];
}

/** Octets to begin with, one to repeat, octets to end with. */
export interface Fill {
  readonly begin: Uint8Array;
  readonly repeat: Uint8Array;
  readonly end: Uint8Array;
}

export interface Template {
  readonly oid: string;
  /** The element that may name it. */
  readonly element: ElementName;
  /** Where its first directory, or its files, go: under the MF, or under the last ADF of that kind. */
  readonly parent: 'none' | 'mf' | 'usim' | 'isim' | 'csim';
  /** Files that the element does not mention are created too, as far as they need nothing from the profile. */
  readonly createdByDefault: boolean;
  /** Absent where the files of the template are not known here (CSIM). */
  readonly files?: ReadonlyMap<string, TemplateFile>;
}

const MF = `
  mf       MF  3F00      -      arr=14 needs=pinStatusTemplateDO
  ef-pl    TR  2F05      2      arr=1 sfi=05 fill=FF...FF
  ef-iccid TR  2FE2      10     arr=11 content
  ef-dir   LF  2F00      -      arr=10 sfi=1E content needs=nb_rec,size
  ef-arr   LF  2F06      -      arr=10 content needs=nb_rec,size
  ef-umpc  TR  2F08      5      arr=10 sfi=08
`;

const CD = `
  df-cd        DF  7F11      -      arr=14 needs=pinStatusTemplateDO
  ef-launchpad TR  6F01      -      arr=2 content needs=size
  ef-icon      TR  6F40-6F7E -      arr=2 content needs=size
`;

/** Of TELECOM, and of the USIM. */
const PHONEBOOK = `
  df-phonebook DF  5F3A      -      arr=14 content needs=pinStatusTemplateDO
  ef-pbr       LF  4F30      -      arr=2 content needs=nb_rec,size
  ef-ext1      LF  4F38-4F3F x13    arr=5 fill=00FF...FF needs=size,sfi
  ef-aas       LF  4F40-4F47 -      arr=5 fill=FF...FF needs=nb_rec,size
  ef-gas       LF  4F48-4F4F -      arr=5 fill=FF...FF needs=nb_rec,size
  ef-psc       TR  4F22      4      arr=5 fill=00000000 needs=sfi
  ef-cc        TR  4F23      2      arr=5 fill=0000 needs=sfi
  ef-puid      TR  4F24      2      arr=5 fill=0000 needs=sfi
  ef-iap       LF  4F50-4F57 -      arr=5 fill=FF...FF needs=nb_rec,size,sfi
  ef-adn       LF  4F58-4F5F -      arr=5 fill=FF...FF needs=nb_rec,size,sfi
  ef-pbc       LF  4F60-4F67 x2     arr=5 fill=00...00 needs=nb_rec,sfi
  ef-anr       LF  4F68-4F6F -      arr=5 fill=FF...FF needs=nb_rec,size,sfi
  ef-puri      LF  4F70-4F77 -      arr=5 content needs=nb_rec,size,sfi
  ef-email     LF  4F78-4F7F -      arr=5 fill=FF...FF needs=nb_rec,size,sfi
  ef-sne       LF  4F80-4F87 -      arr=5 fill=FF...FF needs=nb_rec,size,sfi
  ef-uid       LF  4F88-4F8F x2     arr=5 fill=0000 needs=nb_rec,sfi
  ef-grp       LF  4F90-4F97 -      arr=5 fill=00...00 needs=nb_rec,size,sfi
  ef-ccp1      LF  4F98-4F9F -      arr=5 fill=FF...FF needs=nb_rec,size,sfi
`;

const TELECOM = `
  df-telecom      DF  7F10      -      arr=14 needs=pinStatusTemplateDO
  ef-arr          LF  6F06      -      arr=10 content needs=nb_rec,size
  ef-rma          LF  6F53      -      arr=3 content needs=nb_rec,size
  ef-sume         TR  6F54      22     arr=3 content
  ef-ice-dn       LF  6FE0      50x24  arr=9 fill=FF...FF
  ef-ice-ff       LF  6FE1      -      arr=9 fill=FF...FF needs=nb_rec,size
  ef-psismsc      LF  6FE5      -      arr=5 content needs=nb_rec,size service=12,91
  df-graphics     DF  5F50      -      arr=14 needs=pinStatusTemplateDO
  ef-img          LF  4F20      -      arr=2 fill=00FF...FF needs=nb_rec,size
  ef-ice-graphics BT  4F21      -      arr=9 needs=size
  ef-launch-scws  TR  4F01      -      arr=10 content needs=size
  ef-iidf         TR  4F40-4F7F -      arr=2 fill=FF...FF needs=size
  ef-icon         TR  4F80-4FBF -      arr=10 content needs=size
  ${PHONEBOOK}
  df-multimedia   DF  5F3B      -      arr=14 needs=pinStatusTemplateDO service=67
  ef-mml          BT  4F47      -      arr=5 needs=size service=67
  ef-mmdf         BT  4F48      -      arr=5 needs=size service=67
  df-mmss         DF  5F3C      -      arr=14 needs=pinStatusTemplateDO
  ef-mlpl         TR  4F20      -      arr=2 sfi=01 content needs=size
  ef-mspl         TR  4F21      -      arr=2 sfi=02 content needs=size
  ef-mmssmode     TR  4F22      1      arr=2 sfi=03 content
`;

const TELECOM_2 = `
  df-mcs        DF  5F3D      -      arr=14 needs=pinStatusTemplateDO service=usim,isim
  ef-mst        TR  4F01      -      arr=2 sfi=01 content needs=size service=usim,isim
  ef-mcs-config BT  4F02      -      arr=2 sfi=02 content needs=size service=usim,isim
  df-v2x        DF  5F3E      -      arr=14 needs=pinStatusTemplateDO service=119
  ef-vst        TR  4F01      -      arr=2 sfi=01 content needs=size service=119
  ef-v2x-config BT  4F02      -      arr=2 sfi=02 content needs=size service=119
  ef-v2xp-pc5   TR  4F03      -      arr=2 content needs=size service=119
  ef-v2xp-Uu    TR  4F04      -      arr=2 content needs=size service=119
`;

const USIM = `
  adf-usim     ADF -         -      arr=14 needs=dfName,fileID,pinStatusTemplateDO
  ef-imsi      TR  6F07      9      arr=2 sfi=07 content needs=size
  ef-arr       LF  6F06      -      arr=10 sfi=17 content needs=nb_rec,size
  ef-keys      TR  6F08      33     arr=5 sfi=08 fill=07FF...FF
  ef-keysPS    TR  6F09      33     arr=5 sfi=09 fill=07FF...FF
  ef-hpplmn    TR  6F31      1      arr=2 sfi=12 fill=0A
  ef-ust       TR  6F38      14     arr=2 sfi=04 content
  ef-fdn       LF  6F3B      20x26  arr=8 fill=FF...FF service=2,89
  ef-sms       LF  6F3C      10x176 arr=5 fill=00FF...FF service=10
  ef-smsp      LF  6F42      1x38   arr=5 fill=FF...FF service=12
  ef-smss      TR  6F43      2      arr=5 fill=FFFF service=10
  ef-spn       TR  6F46      17     arr=10 content service=19
  ef-est       TR  6F56      1      arr=8 sfi=05 content service=2,6,34,35
  ef-start-hfn TR  6F5B      6      arr=5 sfi=0F fill=F00000F00000
  ef-threshold TR  6F5C      3      arr=2 sfi=10 fill=FFFFFF
  ef-psloci    TR  6F73      14     arr=5 sfi=0C fill=FFFFFFFFFFFFFFFFFFFF0000FF01
  ef-acc       TR  6F78      2      arr=2 sfi=06 content
  ef-fplmn     TR  6F7B      12     arr=5 sfi=0D fill=FF...FF
  ef-loci      TR  6F7E      11     arr=5 sfi=0B fill=FFFFFFFFFFFFFF0000FF01
  ef-ad        TR  6FAD      4      arr=10 sfi=03 fill=00000002
  ef-ecc       LF  6FB7      1x4    arr=10 sfi=01 content
  ef-netpar    TR  6FC4      128    arr=5 fill=FF...FF
  ef-epsloci   TR  6FE3      18     arr=5 sfi=1E fill=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF000001 service=85
  ef-epsnsc    LF  6FE4      1x80   arr=5 sfi=18 fill=FF...FF service=85
`;

const USIM_2 = `
  ef-ust TR  6F38      17     arr=2 sfi=04 content
`;

const OPT_USIM = `
  ef-li        TR  6F05      6      arr=1 sfi=02 fill=FF...FF
  ef-acmax     TR  6F37      3      arr=5 fill=000000 service=13
  ef-acm       CY  6F39      1x3    arr=7 fill=000000 service=13
  ef-gid1      TR  6F3E      8      arr=2 content service=17
  ef-gid2      TR  6F3F      8      arr=2 content service=18
  ef-msisdn    LF  6F40      1x24   arr=2 fill=FF...FF service=21
  ef-puct      TR  6F41      5      arr=5 fill=FFFFFF0000... service=13
  ef-cbmi      TR  6F45      10     arr=5 fill=FF...FF service=15
  ef-cbmid     TR  6F48      10     arr=2 sfi=0E fill=FF...FF service=19
  ef-sdn       LF  6F49      10x24  arr=2 fill=FF...FF service=4,89
  ef-ext2      LF  6F4B      10x13  arr=8 fill=00FF...FF service=3
  ef-ext3      LF  6F4C      10x13  arr=2 fill=00FF...FF service=5
  ef-cbmir     TR  6F50      20     arr=5 fill=FF...FF service=16
  ef-plmnwact  TR  6F60      40     arr=5 sfi=0A fill=FFFFFF0000... service=20
  ef-oplmnwact TR  6F61      40     arr=2 sfi=11 fill=FFFFFF0000... service=42
  ef-hplmnwact TR  6F62      5      arr=2 sfi=13 fill=FFFFFF0000... service=43
  ef-dck       TR  6F2C      16     arr=5 fill=FF...FF service=36
  ef-cnl       TR  6F32      30     arr=2 fill=FF...FF service=37
  ef-smsr      LF  6F47      10x30  arr=5 fill=00FF...FF service=11
  ef-bdn       LF  6F4D      10x25  arr=8 fill=FF...FF service=6
  ef-ext5      LF  6F4E      10x13  arr=5 fill=00FF...FF service=44
  ef-ccp2      LF  6F4F      5x15   arr=5 sfi=16 fill=FF...FF service=14
  ef-ext4      LF  6F55      10x13  arr=8 fill=00FF...FF service=7
  ef-acl       TR  6F57      101    arr=8 fill=00FF...FF service=35
  ef-cmi       LF  6F58      10x11  arr=2 fill=FF...FF service=6
  ef-ici       CY  6F80      20x38  arr=5 sfi=14 fill=FF...FF0000000001FFFF service=9
  ef-oci       CY  6F81      20x37  arr=5 sfi=15 fill=FF...FF00000001FFFF service=8
  ef-ict       CY  6F82      1x3    arr=7 fill=000000 service=9
  ef-oct       CY  6F83      1x3    arr=7 fill=000000 service=8
  ef-vgcs      TR  6FB1      20     arr=2 content service=57
  ef-vgcss     TR  6FB2      7      arr=5 content service=57
  ef-vbs       TR  6FB3      20     arr=2 content service=58
  ef-vbss      TR  6FB4      7      arr=5 content service=58
  ef-emlpp     TR  6FB5      2      arr=2 content service=24
  ef-aaem      TR  6FB6      1      arr=5 fill=00 service=25
  ef-hiddenkey TR  6FC3      4      arr=5 fill=FF...FF
  ef-pnn       LF  6FC5      10x16  arr=10 sfi=19 content service=45
  ef-opl       LF  6FC6      5x8    arr=10 sfi=1A content service=46
  ef-mbdn      LF  6FC7      3x24   arr=5 content service=47
  ef-ext6      LF  6FC8      10x13  arr=5 fill=00FF...FF service=47
  ef-mbi       LF  6FC9      10x5   arr=5 content service=47
  ef-mwis      LF  6FCA      10x6   arr=5 fill=00...00 service=48
  ef-cfis      LF  6FCB      10x16  arr=5 fill=0100FF...FF service=49
  ef-ext7      LF  6FCC      10x13  arr=5 fill=00FF...FF service=49
  ef-spdi      TR  6FCD      17     arr=2 sfi=1B content service=51
  ef-mmsn      LF  6FCE      10x6   arr=5 fill=000000FF...FF service=52
  ef-ext8      LF  6FCF      10x13  arr=5 fill=00FF...FF service=53
  ef-mmsicp    TR  6FD0      100    arr=2 fill=FF...FF service=52
  ef-mmsup     LF  6FD1      -      arr=5 fill=FF...FF needs=nb_rec,size service=52
  ef-mmsucp    TR  6FD2      100    arr=5 fill=FF...FF service=52,55
  ef-nia       LF  6FD3      5x11   arr=2 fill=FF...FF service=56
  ef-vgcsca    TR  6FD4      -      arr=2 fill=00...00 needs=size service=64
  ef-vbsca     TR  6FD5      -      arr=2 fill=00...00 needs=size service=65
  ef-gbabp     TR  6FD6      -      arr=5 fill=FF...FF needs=size service=68
  ef-msk       LF  6FD7      -      arr=2 fill=FF...FF needs=nb_rec,size service=69
  ef-muk       LF  6FD8      -      arr=2 fill=FF...FF needs=nb_rec,size service=69
  ef-ehplmn    TR  6FD9      15     arr=2 sfi=1D fill=FF...FF service=71
  ef-gbanl     LF  6FDA      -      arr=2 fill=FF...FF needs=nb_rec,size service=68
  ef-ehplmnpi  TR  6FDB      1      arr=2 fill=00 service=71,73
  ef-lrplmnsi  TR  6FDC      1      arr=2 fill=00 service=74
  ef-nafkca    LF  6FDD      -      arr=2 fill=FF...FF needs=nb_rec,size service=68,76
  ef-spni      TR  6FDE      -      arr=10 fill=00FF...FF needs=size service=78
  ef-pnni      LF  6FDF      -      arr=10 fill=00FF...FF needs=nb_rec,size service=79
  ef-ncp-ip    LF  6FE2      -      arr=2 content needs=nb_rec,size service=80
  ef-ufc       TR  6FE6      30     arr=10 fill=801E60C01E900080040000000000000000F0000000004000000000000080
  ef-nasconfig TR  6FE8      18     arr=2 content service=96
  ef-uicciari  LF  6FE7      -      arr=2 content needs=nb_rec,size service=95
  ef-pws       TR  6FEC      -      arr=10 content needs=size service=97
  ef-fdnuri    LF  6FED      -      arr=8 fill=FF...FF needs=nb_rec,size service=2,99
  ef-bdnuri    LF  6FEE      -      arr=8 fill=FF...FF needs=nb_rec,size service=6,99
  ef-sdnuri    LF  6FEF      -      arr=2 fill=FF...FF needs=nb_rec,size service=4,99
  ef-ial       LF  6FF0      -      arr=3 fill=FF...FF needs=nb_rec,size service=102
  ef-ips       CY  6FF1      x4     arr=10 fill=FF...FF needs=size service=102
  ef-ipd       LF  6FF2      -      arr=3 fill=FF...FF needs=nb_rec,size service=102
`;

const OPT_USIM_2 = `
  ef-epdgid                   TR  6FF3      -      arr=2 content needs=size service=106,107
  ef-epdgselection            TR  6FF4      -      arr=2 content needs=size service=106,107
  ef-epdgidem                 TR  6FF5      -      arr=2 content needs=size service=110,111
  ef-epdgselectionem          TR  6FF6      -      arr=2 content needs=size service=110,111
  ef-frompreferred            TR  6FF7      1      arr=2 fill=00 service=114
  ef-imsconfigdata            BT  6FF8      -      arr=2 content needs=size service=115
  ef-3gpppsdataoff            TR  6FF9      4      arr=2 content service=117
  ef-3gpppsdataoffservicelist LF  6FFA      -      arr=2 content needs=nb_rec,size service=118
  ef-xcapconfigdata           BT  6FFC      -      arr=2 content needs=size service=120
  ef-earfcnlist               TR  6FFD      -      arr=10 content needs=size service=121
  ef-mudmidconfigdata         BT  6FFE      -      arr=2 content needs=size service=134
`;

const OPT_USIM_3 = `
  ef-eaka TR  6F01      1      arr=3 content needs=size service=134
`;

const GSM_ACCESS = `
  df-gsm-access DF  5F3B      -      arr=14 needs=pinStatusTemplateDO service=27
  ef-kc         TR  4F20      9      arr=5 sfi=01 fill=FF...FF07 service=27
  ef-kcgprs     TR  4F52      9      arr=5 sfi=02 fill=FF...FF07 service=27
  ef-cpbcch     TR  4F63      10     arr=5 fill=FF...FF service=39
  ef-invscan    TR  4F64      1      arr=2 fill=00 service=40
`;

const ISIM = `
  adf-isim  ADF -         -      arr=14 needs=dfName,fileID,pinStatusTemplateDO
  ef-impi   TR  6F02      -      arr=2 sfi=02 content needs=size
  ef-impu   LF  6F04      1x     arr=2 sfi=04 content needs=size
  ef-domain TR  6F03      -      arr=2 sfi=05 content needs=size
  ef-ist    TR  6F07      14     arr=2 sfi=07 content
  ef-ad     TR  6FAD      3      arr=10 sfi=03 fill=000000
  ef-arr    LF  6F06      -      arr=10 sfi=06 content needs=nb_rec,size
`;

const OPT_ISIM = `
  ef-pcscf    LF  6F09      1x     arr=2 content needs=size service=1,5
  ef-sms      LF  6F3C      10x176 arr=5 fill=00FF...FF service=6,8
  ef-smsp     LF  6F42      1x38   arr=5 fill=FF...FF service=8
  ef-smss     TR  6F43      2      arr=5 fill=FFFF service=6,8
  ef-smsr     LF  6F47      10x30  arr=5 fill=00FF...FF service=7,8
  ef-gbabp    TR  6FD5      -      arr=5 fill=FF...FF needs=size service=2
  ef-gbanl    LF  6FD7      -      arr=2 fill=FF...FF needs=nb_rec,size service=2
  ef-nafkca   LF  6FDD      -      arr=2 fill=FF...FF needs=nb_rec,size service=2,4
  ef-uicciari LF  6FE7      -      arr=2 content needs=nb_rec,size service=10
`;

const OPT_ISIM_2 = `
  ef-frompreferred    TR  6FF7      1      arr=2 fill=00 service=17
  ef-imsconfigdata    BT  6FF8      -      arr=2 content needs=size service=18
  ef-xcapconfigdata   BT  6FFC      -      arr=2 content needs=size service=19
  ef-webrtcuri        LF  6FFA      -      arr=2 content needs=nb_rec,size service=20
  ef-mudmidconfigdata BT  6FFE      -      arr=2 content needs=size service=21
`;

const EAP = `
  df-eap       DF  -         -      arr=14 needs=fileID,pinStatusTemplateDO service=124,125
  ef-eapkeys   TR  4F01      -      arr=2 content needs=size
  ef-eapstatus TR  4F02      1      arr=2 fill=00
  ef-puid      TR  4F03      -      arr=2 content needs=size
  ef-ps        TR  4F04      -      arr=5 fill=FF...FF needs=size
  ef-curid     TR  4F20      -      arr=5 fill=FF...FF needs=size
  ef-reid      TR  4F21      -      arr=5 content needs=size
  ef-realm     TR  4F22      -      arr=5 content needs=size
`;

const DF_5GS = `
  df-df-5gs            DF  5FC0      -      arr=14 needs=pinStatusTemplateDO service=122,126,127,128,129,130
  ef-5gs3gpploci       TR  4F01      20     arr=5 sfi=01 fill=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000001 service=122
  ef-5gsn3gpploci      TR  4F02      20     arr=5 sfi=02 fill=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000001 service=122
  ef-5gs3gppnsc        LF  4F03      1x57   arr=5 sfi=03 fill=FF...FF service=122
  ef-5gsn3gppnsc       LF  4F04      1x57   arr=5 sfi=04 fill=FF...FF service=122
  ef-5gauthkeys        TR  4F05      110    arr=5 sfi=05 content service=123
  ef-uac-aic           TR  4F06      4      arr=2 sfi=06 content service=126
  ef-suci-calc-info    TR  4F07      -      arr=2 sfi=07 fill=FF...FF service=124
  ef-opl5g             LF  4F08      x10    arr=10 sfi=08 fill=FF...FF needs=nb_rec service=129
  ef-supinai           TR  4F09      -      arr=2 sfi=09 content needs=size service=130
  ef-routing-indicator TR  4F0A      4      arr=2 sfi=0A fill=F0FFFFFF service=124
`;

const DF_5GS_2 = `
  ef-ursp      BT  4F0B      -      arr=2 service=132
  ef-tn3gppsnn TR  4F0C      1      arr=2 sfi=0C fill=00 service=135
`;

const DF_5GS_3 = `
  ef-5gs3gppnsc  LF  4F03      2x62   arr=5 sfi=03 fill=FF...FF service=122,136
  ef-5gsn3gppnsc LF  4F04      2x62   arr=5 sfi=04 fill=FF...FF service=122,136
`;

const DF_5GS_4 = `
  ef-routing-indicator TR  4F0A      4      arr=2 sfi=0A fill=F0FF0000 service=124
  ef-cag               TR  4F0D      2      arr=2 sfi=0D content service=137
  ef-sor-cmci          TR  4F0E      -      arr=2 sfi=0E content service=138
  ef-dri               TR  4F0F      7      arr=2 sfi=0F content service=150
  ef-5gsedrx           TR  4F10      2      arr=2 sfi=10 content service=141
  ef-5gnswo-conf       TR  4F11      1      arr=2 sfi=11 content service=142
  ef-mchpplmn          TR  4F15      1      arr=2 sfi=15 content service=144
  ef-kausf-derivation  TR  4F16      1      arr=2 sfi=16 content service=145
`;

const DF_SAIP = `
  df-df-saip             DF  5FD0      -      arr=14 needs=pinStatusTemplateDO service=124,125
  ef-suci-calc-info-usim TR  4F01      -      arr=3 fill=FF...FF needs=size service=125
`;

const DF_SNPN = `
  df-df-snpn  DF  5FE0      -      arr=14 needs=pinStatusTemplateDO service=143
  ef-pws-snpn TR  4F01      1      arr=10 content service=143
`;

const DF_5GPROSE = `
  df-df-5g-prose    DF  5FF0      -      arr=14 needs=pinStatusTemplateDO service=139
  ef-5g-prose-st    TR  4F01      1      arr=2 sfi=01 content service=139
  ef-5g-prose-dd    TR  4F02      26     arr=2 sfi=02 content service=139,1001
  ef-5g-prose-dc    TR  4F03      12     arr=2 sfi=03 content service=139,1002
  ef-5g-prose-u2nru TR  4F04      32     arr=2 sfi=04 content service=139,1003
  ef-5g-prose-ru    TR  4F05      29     arr=2 sfi=05 content service=139,1004
  ef-5g-prose-uir   TR  4F06      32     arr=2 sfi=06 content service=139,1005
`;

/** IoT minimal profiles name the files of the MF and of the USIM in one element; EF.ARR of the USIM has a name of its own. */
const USIM_OF_IOT = (USIM + USIM_2).replace('ef-arr ', 'ef-arr-usim ');
/** DF.5GS and DF.SAIP inside one element. */
const OPT_IOT = USIM + OPT_USIM + DF_5GS + DF_5GS_2.replace('ef-supinai', 'ef-supi-nai') + DF_SAIP;

const PREFIX = '2.23.143.1.2.';
const ROWS: readonly (readonly [oid: string, ElementName, Template['parent'], string?])[] = [
  ['1', 'mf', 'none', MF],
  ['2', 'cd', 'mf', CD],
  ['3', 'telecom', 'mf', TELECOM],
  ['3.2', 'telecom', 'mf', TELECOM + TELECOM_2],
  ['4', 'usim', 'mf', USIM],
  ['4.2', 'usim', 'mf', USIM + USIM_2],
  ['5', 'opt-usim', 'usim', OPT_USIM],
  ['5.2', 'opt-usim', 'usim', OPT_USIM + OPT_USIM_2],
  ['5.3', 'opt-usim', 'usim', OPT_USIM + OPT_USIM_2 + OPT_USIM_3],
  ['6', 'phonebook', 'usim', PHONEBOOK],
  ['7', 'gsm-access', 'usim', GSM_ACCESS],
  ['8', 'isim', 'mf', ISIM],
  ['9', 'opt-isim', 'isim', OPT_ISIM],
  ['9.2', 'opt-isim', 'isim', OPT_ISIM + OPT_ISIM_2],
  ['10', 'csim', 'mf'],
  ['10.2', 'csim', 'mf'],
  ['11', 'opt-csim', 'csim'],
  ['11.2', 'opt-csim', 'csim'],
  ['12', 'eap', 'usim', EAP],
  ['13', 'df-5gs', 'usim', DF_5GS],
  ['13.2', 'df-5gs', 'usim', DF_5GS + DF_5GS_2],
  ['13.3', 'df-5gs', 'usim', DF_5GS + DF_5GS_2 + DF_5GS_3],
  ['13.4', 'df-5gs', 'usim', DF_5GS + DF_5GS_2 + DF_5GS_3 + DF_5GS_4],
  ['14', 'df-saip', 'usim', DF_SAIP],
  ['15', 'df-snpn', 'usim', DF_SNPN],
  ['16', 'df-5gprose', 'usim', DF_5GPROSE],
  ['17', 'iot', 'none', MF + USIM_OF_IOT],
  ['18', 'opt-iot', 'usim', OPT_IOT],
];
const CREATED_BY_DEFAULT: readonly ElementName[] = ['mf', 'usim', 'isim', 'iot'];

const rowOf = new Map(ROWS.map((row) => [PREFIX + row[0], row]));
const read = new Map<string, Template>();

/** Every template identifier known here. */
export const templateIds: readonly string[] = [...rowOf.keys()];

/** @returns nothing for an identifier that no version up to 3.3.1 names */
export function templateOf(oid: string): Template | undefined {
  const known = read.get(oid);
  if (known) return known;
  const row = rowOf.get(oid);
  if (!row) return undefined;
  const [, element, parent, text] = row;
  const createdByDefault = CREATED_BY_DEFAULT.includes(element);
  const template = { oid, element, parent, createdByDefault, ...(text !== undefined && { files: readTable(text) }) };
  read.set(oid, template);
  return template;
}

const KINDS: Readonly<Record<string, FileKind>> = {
  MF: 'mf',
  DF: 'df',
  ADF: 'adf',
  TR: 'transparent',
  LF: 'linearFixed',
  CY: 'cyclic',
  BT: 'berTlv',
};

/** A later version of a template repeats a line to change it: the last one holds, in the place of the first. */
function readTable(text: string): ReadonlyMap<string, TemplateFile> {
  const files = new Map<string, TemplateFile>();
  let root: string | undefined;
  let current: string | undefined;
  for (const line of text.trim().split(/\s*\n\s*/)) {
    const file = parseLine(line);
    const directory = isDirectory(file.kind) ? root : (files.get(file.field)?.directory ?? current);
    files.set(file.field, { ...file, ...(directory !== undefined && { directory }) });
    if (!isDirectory(file.kind)) continue;
    root ??= file.field;
    current = file.field;
  }
  return files;
}

export const isDirectory = (kind: FileKind): boolean => kind === 'mf' || kind === 'df' || kind === 'adf';

function parseLine(line: string): TemplateFile {
  const [field = '', kind = '', fids = '-', size = '-', ...rest] = line.split(/ +/);
  const options = new Map(rest.map((word) => [word.split('=')[0], word.split('=')[1] ?? '']));
  const [fid, lastFid] = fids.split('-');
  const [first = '', second] = size === '-' ? ['', ''] : size.split('x');
  const octets = second ?? first;
  const records = second === undefined ? '' : first;
  const list = (name: string): string[] => options.get(name)?.split(',') ?? [];
  return {
    field,
    kind: KINDS[kind]!,
    ...(fid && { fid }),
    ...(lastFid && { lastFid }),
    ...(octets && { size: Number(octets) }),
    ...(records && { records: Number(records) }),
    ...(options.has('arr') && { arr: Number(options.get('arr')) }),
    ...(options.has('sfi') && { sfi: Number.parseInt(options.get('sfi')!, 16) }),
    ...(options.has('fill') && { fill: parseFill(options.get('fill')!) }),
    contentRequired: options.has('content'),
    needs: list('needs') as FileParameter[], // the words are those of the table above
    services: list('service'),
  };
}

/** `00FF...FF0001`: 00, then FF to fill, then 0001. `FFFFFF0000...` repeats the whole. */
function parseFill(text: string): Fill {
  const [before = '', after = ''] = text.split('...');
  if (!text.includes('...')) return { begin: fromHex(text), repeat: Uint8Array.of(0xff), end: new Uint8Array() };
  if (after === '') return { begin: new Uint8Array(), repeat: fromHex(before), end: new Uint8Array() };
  return { begin: fromHex(before.slice(0, -2)), repeat: fromHex(before.slice(-2)), end: fromHex(after.slice(2)) };
}
