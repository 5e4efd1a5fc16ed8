/**
 * SGP.23 as far as it is known: the families of its LPAd tests, its device procedures, and the cases that a server can meet it
 * with. Each names tests, as `file: words of the name`, or says why there is none. tools/conformance.mjs writes it into
 * docs/conformance.md, and with `--check` shows that every test named passed.
 */

const FUNCTIONS = 'es10/functions.test.ts';
const HTTPS = 'es9/https.test.ts';
const TRUST = 'pki/trust.test.ts';
const SESSION = 'procedures/session.test.ts';
const SWITCH = 'procedures/switch.test.ts';
const SMDS = 'lab/smds/smds.test.ts';
const STATUS = 'lab/smdp/status-codes.test.ts';
const SMDP = 'lab/smdp/download.test.ts';
const FAULTS = 'lab/smdp/faults.test.ts';
const DOWNLOAD = 'cli/download.test.ts';
const MATRIX = 'matrix/matrix.ts';
const NEVER = 'no test: ';

/** @type {{ title: string, rows: [what: string, ...tests: string[]][] }[]} */
export const FAMILIES = [
  {
    title: 'SGP.23 §4.4: LPAd, ES10a',
    rows: [
      [
        'GetEuiccConfiguredAddresses',
        `${FUNCTIONS}: EID and addresses, where an empty default SM-DP+ is none`,
        'matrix/matrix.ts: discover: every fault at every step',
      ],
      ['SetDefaultDpAddress', 'cli/info.test.ts: smdp shows, sets and clears the default SM-DP+'],
    ],
  },
  {
    title: 'SGP.23 §4.4: LPAd, ES10b',
    rows: [
      [
        'PrepareDownload',
        `${SMDP}: a profile is downloaded, installed and reported`,
        `${SESSION}: PrepareDownload refused`,
        `${FUNCTIONS}: the confirmation code is hashed twice`,
      ],
      [
        'LoadBoundProfilePackage',
        `${SESSION}: a segment was sent, a bad result came: `,
        `${SESSION}: all was sent, the result is only on the card`,
        'lab/card-faults.test.ts: refuse@segment:4',
      ],
      [
        'GetEUICCChallenge',
        `${MATRIX}: download: every fault at every step`,
        `${STATUS}: initiateAuthentication: what the server signs carries the challenge`,
      ],
      ['GetEUICCInfo', `${FUNCTIONS}: EUICCInfo2 of a production card reads`, 'cli/info.test.ts: info is one screen'],
      ['ListNotification', `${FUNCTIONS}: notifications are listed with every field`],
      [
        'RetrieveNotificationsList',
        'procedures/notifications.test.ts: a card that refuses every number gives its whole list',
        `${FUNCTIONS}: a notification list may have 256 KiB`,
      ],
      [
        'RemoveNotificationFromList',
        'procedures/notifications.test.ts: per address in order of number, octets as the eUICC signed them, removed when taken',
      ],
      [
        'LoadCRL',
        `${NEVER}the LPA is handed no list by an SM-DP+ of v2 and loads none (docs/security.md, revocation); the software eUICC takes them: ES10b.LoadCRL above`,
      ],
      [
        'AuthenticateServer',
        `${FAULTS}: dpauth-forged`,
        `${FAULTS}: wrong-signature1`,
        'lab/card-faults.test.ts: refuse@AuthenticateServer:invalidCertificate',
      ],
      ['CancelSession', `${SESSION}: refused for good`, `${SESSION}: PrepareDownload refused, and the cancellation not signed`],
      [
        'GetRAT',
        'procedures/policy.test.ts: the first entry that matches decides about consent',
        'procedures/policy.test.ts: an empty GID in the table stands for any',
      ],
    ],
  },
  {
    title: 'SGP.23 §4.4: LPAd, ES10c',
    rows: [
      [
        'GetProfilesInfo',
        `${FUNCTIONS}: getProfilesInfo asks for what it shows`,
        `${FUNCTIONS}: a filter stands before the tag list`,
      ],
      [
        'EnableProfile',
        `${SWITCH}: enable resets the card instead of fetching its REFRESH`,
        'matrix/matrix.ts: enable: every fault at every step',
      ],
      ['DisableProfile', 'matrix/matrix.ts: disable: every fault at every step'],
      [
        'DeleteProfile',
        `${SWITCH}: delete is believed when the profile is no longer listed`,
        'matrix/matrix.ts: delete: every fault at every step',
      ],
      ['eUICCMemoryReset', 'cli/reset.test.ts: reset shows what will go', 'matrix/matrix.ts: reset: every fault at every step'],
      ['GetEID', 'cli/info.test.ts: info --json has the specification names; info eid is the EID alone'],
      ['SetNickname', `${FUNCTIONS}: an empty nickname is sent as an empty 90`, `${SWITCH}: a nickname of more than 64 octets`],
    ],
  },
  {
    title: 'SGP.23 §4.4: LPAd, ES9+ and ES11',
    rows: [
      ['ES9+.InitiateAuthentication', `${FAULTS}: wrong-address`, `${FAULTS}: wrong-challenge`, `${FAULTS}: unlisted-ci`],
      ['ES9+.AuthenticateClient', `${FAULTS}: dppb-other-oid`, `${FAULTS}: signed2-transaction`, `${FAULTS}: metadata-twice`],
      ['ES9+.GetBoundProfilePackage', `${FAULTS}: segments-1036`, `${FAULTS}: metadata-unlike`],
      ['ES9+.GetBoundProfilePackage: no profile elements (4.4.25.2.1_03)', `${FAULTS}: package-empty`],
      ['ES9+.GetBoundProfilePackage: extra tags (4.4.25.2.1_05)', `${FAULTS}: package-trailing`, `${FAULTS}: package-wrong-tag`],
      [
        'ES9+.HandleNotification',
        'procedures/notifications.test.ts: after a failure nothing more goes to that address',
        'procedures/uncertain.test.ts: a page with HTTP status 200 is no delivery',
      ],
      [
        'ES9+.CancelSession',
        'procedures/uncertain.test.ts: cut@cancelSession',
        `${SESSION}: a cancellation after a network error is tried once`,
      ],
      [
        'HTTPS: a valid server',
        `${HTTPS}: a request carries the headers of the JSON binding`,
        `${HTTPS}: the right certificates in shuffled order`,
      ],
      ['HTTPS: expired', `${TRUST}: an expired leaf is refused`, 'e2e/trust.test.ts: tls-expired'],
      [
        'HTTPS: wrong curve',
        `${NEVER}a TLS key on a curve of no CI cannot be under one: its chain has another anchor, see "foreign CI"`,
        `${FAULTS}: tls-foreign-ci`,
      ],
      ['HTTPS: wrong policy', `${TRUST}: is refused (P-256)`, 'e2e/trust.test.ts: tls-wrong-role'],
      [
        'HTTPS: wrong extended key usage, wrong key usage',
        'e2e/trust.test.ts: tls-client-only',
        'e2e/trust.test.ts: tls-key-usage',
      ],
      ['HTTPS: an unknown critical extension', 'e2e/trust.test.ts: tls-critical-extension'],
      [
        'HTTPS: a critical extension that is missing',
        `${NEVER}the extensions have to say the right thing; whether they are marked critical is left to who issued them`,
      ],
      ['HTTPS: TLS below 1.2', `${HTTPS}: TLS 1.1 is not spoken`],
      ['ES11.InitiateAuthentication', `${SMDS}: is not trusted`, 'matrix/matrix.ts: discover: every fault at every step'],
      ['ES11.AuthenticateClient', `${SMDS}: several Events come in the order of their registration`],
      ['ES11, HTTPS', `${HTTPS}: an address in another role is judged anew: ES11 wants the TLS certificate of an SM-DS`],
    ],
  },
  {
    title: 'SGP.23 §5.4: device procedures',
    rows: [
      ['Add Profile by activation code', `${DOWNLOAD}: download --yes shows the offer, installs, delivers`],
      ['Add Profile by QR code', `${DOWNLOAD}: a code from a file on stdin, and from a picture`],
      [
        'Add Profile from the default SM-DP+',
        'cli/discover.test.ts: download without a code takes what waits at the default SM-DP+',
      ],
      ['Add Profile by the SM-DS', 'cli/discover.test.ts: download without a code goes on to the SM-DS'],
      [
        'with a confirmation code, and again after a wrong one',
        `${DOWNLOAD}: a wrong confirmation code, then the right one, in one run`,
      ],
      [
        'with a confirmation code that the activation code does not tell of',
        `${DOWNLOAD}: the server wants a confirmation code that the activation code does not tell of`,
      ],
      ['the user rejects', `${DOWNLOAD}: "r" refuses for good`],
      ['the user postpones', `${DOWNLOAD}: Enter, end of input and "later" postpone`],
      ['the user does not answer', `${DOWNLOAD}: no answer at the prompt in time is a timeout`],
      ['PPR1, PPR2 allowed, with consent', `${DOWNLOAD}: a rule that wants consent is asked for by itself`],
      [
        'PPR1, PPR2 forbidden',
        `${DOWNLOAD}: a rule that the card does not allow`,
        'cli/inspect.test.ts: inspect of a rule that this card forbids',
      ],
      ['List Profiles', 'cli/list.test.ts: list, for people', 'cli/list.test.ts: list --json is the list itself'],
      ['Enable Profile', 'cli/switch.test.ts: enable by nickname: the card is read again'],
      [
        'Disable Profile',
        'cli/switch.test.ts: --quiet leaves out what is said of a change',
        'lab/euicc/switch.test.ts: DisableProfile: ok leaves none enabled',
      ],
      ['Delete Profile', 'cli/switch.test.ts: delete asks for the last four digits'],
      ['Set Nickname', 'cli/switch.test.ts: rename tells the new name'],
      ['Retrieve EID', 'cli/info.test.ts: info eid is the EID alone'],
      ['eUICC Memory Reset', 'cli/reset.test.ts: reset shows what will go'],
      ['eUICC Test Memory Reset', 'cli/reset.test.ts: reset --json with --confirm'],
      ['Set, edit the default SM-DP+', 'cli/info.test.ts: smdp shows, sets and clears the default SM-DP+'],
      [
        'discovery at power-on',
        `${NEVER}a program that is called cannot see a device start; \`lpa discover\` asks when it is told to`,
      ],
      ['Add and Enable in one', `${DOWNLOAD}: --enable and --nickname do what they say after installing`],
      [
        'Disable and Delete in one',
        `${NEVER}\`lpa delete\` refuses an enabled profile and names \`lpa disable\`: two words for what cannot be taken back`,
      ],
    ],
  },
  {
    title: 'SGP.23 §4.3: what an SM-DP+ has to stand, and so what an LPA may meet',
    rows: [
      [
        '4.3.12 InitiateAuthentication 01: nominal',
        `${STATUS}: initiateAuthentication: what the server signs carries the challenge`,
      ],
      [
        '02: values that are never the same',
        `${STATUS}: initiateAuthentication: what the server signs carries the challenge, its address and fresh values`,
      ],
      ['03: server address', `${STATUS}: initiateAuthentication: 8.8.1/3.8 address`],
      ['04: CI key that is not supported', `${STATUS}: 8.8.2/3.1 and 8.8.4/3.7 CIs`],
      ['05: version that is not supported', `${STATUS}: 8.8.3/3.1 version`],
      ['06: no server certificate for the CI', `${STATUS}: 8.8.4/3.7 CIs`],
      ['07 to 09: versions 2.2.1, 2.2.2, 2.3.0', `${STATUS}: 1.2.2/2.1 version`],
      ['4.3.13 GetBoundProfilePackage: session keys', `${SMDP}: a profile without profile protection keys is installed`],
      ['protection keys of its own', `${SMDP}: a profile of 60 KB is installed`],
      ['metadata in several 88s', `${SMDP}: a profile with its metadata in several 88s is installed`],
      [
        'again with the same otPK, with another',
        `${STATUS}: getBoundProfilePackage: 8.2/3.7 for another otPK where no new binding is made`,
      ],
      [
        'a signature that is not right, a transaction that is not known',
        `${STATUS}: getBoundProfilePackage: 8.1/6.1 for a signature, 8.10.1/3.9 for a transaction`,
      ],
      [
        'confirmation code missing, refused, refused for good',
        `${STATUS}: getBoundProfilePackage: 8.2.7/2.2, 8.2.7/3.8, 8.2.7/6.4`,
      ],
      [
        '4.3.14 AuthenticateClient: Event with and without matching ID',
        `${SMDS}: an order with an Event is found by its eUICC`,
        `${STATUS}: authenticateClient: an order without a matching ID is found by its EID, absent or empty`,
      ],
      ['activation code with and without confirmation code', `${SMDP}: a confirmation code is asked again while tries are left`],
      ['activation code of another EID', `${STATUS}: authenticateClient: 8.2.6/3.8, 8.1.1/3.8 and 8.2/1.2`],
      [
        'default SM-DP+, matching ID omitted',
        `${SMDS}: an order that waits at the default SM-DP+ is found there by the EID alone`,
      ],
      [
        'SM-DS and activation code, matching ID omitted or empty',
        `${STATUS}: an order without a matching ID is found by its EID, absent or empty`,
      ],
      [
        'more capabilities, DeviceInfo, EUICCInfo2',
        `${STATUS}: authenticateClient: 8.2.5/4.3 and 8.1/4.8`,
        'es10/functions.test.ts: EUICCInfo2 of a production card reads, members that are missing too',
      ],
      [
        'errors: certificates of EUM and eUICC',
        `${STATUS}: authenticateClient: 8.1.2/6.1`,
        `${STATUS}: authenticateClient: 8.1.3/6.1`,
        `${STATUS}: authenticateClient: 8.11.1/3.9`,
      ],
      ['errors: matching ID, EID, not released', `${STATUS}: authenticateClient: 8.2.6/3.8, 8.1.1/3.8 and 8.2/1.2`],
      ['errors: no eligible profile', `${STATUS}: authenticateClient: 8.2.5/4.3`],
      ['errors: expired, tried too often', `${STATUS}: authenticateClient: 8.8.5/4.10 after the last day, 8.8.5/6.4`],
      [
        '4.3.15 HandleNotification: installation result',
        `${SMDP}: an installation that failed ends the order; one that may be tried again does not`,
      ],
      [
        'other notifications',
        `${SMDP}: notifications of enable, disable and delete are believed`,
        `${SMDP}: a notification that is forged, of another card, or repeated`,
      ],
      ['installation results for each reason', 'lab/euicc/load.test.ts: ES10b.LoadBoundProfilePackage: '],
      [
        '4.3.16 CancelSession after AuthenticateClient, each reason',
        `${STATUS}: cancelSession with postponed before the package`,
        `${STATUS}: cancelSession with endUserRejection before the package`,
      ],
      [
        'after GetBoundProfilePackage, each reason',
        `${STATUS}: cancelSession with metadataMismatch after the package`,
        `${STATUS}: cancelSession with timeout after the package`,
      ],
      ['errors', `${STATUS}: cancelSession: 8.10.1/3.9, 8.1/6.1 and 8.8/3.10`],
    ],
  },
];
