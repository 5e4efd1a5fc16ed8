/** What to do when a server is not trusted. There is no way round a check, and no advice here says that there is. */
import type { TrustCheck } from '../lpa/errors.ts';

const ADDRESS = 'check the address in the code, letter by letter; if it is right, do not use this code and tell the operator';
const NOT_THE_SERVER =
  'the server is not the one that the operator means, or something stands in between: do not use this code, and tell the operator';
const SERVER_FAULT = "the server's operator has to put this right: tell them what stands above";

// biome-ignore format: a table
export const TRUST_REMEDIES: Readonly<Record<TrustCheck, string>> = {
  tlsPath:              `something between here and the server may replace its certificate, as proxies of companies do: try another network. Else ${SERVER_FAULT}`,
  tlsAnchor:            'the activation code may be for another eUICC, or live and test systems are mixed (`lpa info` lists the CIs). Use --ca to trust another CI',
  tlsSignature:         'the certificate may be forged. Do not use this activation code on this network, and inform the operator',
  tlsInspected:         `a proxy or a virus scanner that opens TLS, or the page of a hotspot: try another network, or have the address left alone. If it is none of these, ${ADDRESS}`,
  tlsExpired:           "look at this computer's clock; if it is right, the server's operator has to renew the certificate",
  tlsNotYetValid:       "look at this computer's clock: it seems to be slow",
  tlsName:              ADDRESS,
  tlsRole:              SERVER_FAULT,
  tlsRoleMissing:       'inform the operator of the server. Add --lenient-roles to accept certificates without a role',
  tlsKeyUsage:          SERVER_FAULT,
  tlsCriticalExtension: SERVER_FAULT,
  webRootOnly:          'only the web vouches for this server; without --strict-ci that is enough',
  testCi:               'the keys of test CIs are public, so anybody can pass for such a server; --allow-test-ci allows it where this is a test',
  serverAddress:        NOT_THE_SERVER,
  euiccChallenge:       NOT_THE_SERVER,
  transactionId:        NOT_THE_SERVER,
  certificateRole:      NOT_THE_SERVER,
  certificateCi:        'the card believes no CI of this server (`lpa info` lists them): it is for other cards, or live and test are mixed',
  euiccCiPKIdToBeUsed:  SERVER_FAULT,
  smdpOid:              'the code is for another server than the one that answers: scan it again, then ask the operator',
  ciPKIndicator:        'the code is for a server under another CI: scan it again, then ask the operator',
  dpPbOid:              NOT_THE_SERVER,
  metadata:             'what the server would install is not what it showed: do not use this code, and tell the operator',
  notificationAddress:  'the card holds an address that is none; `lpa notifications remove` drops the notification for good',
  rspServerAddress:     SERVER_FAULT,
};

/** What each check found; the message of a TrustError says it of the server at hand. */
// biome-ignore format: a table
export const TRUST_CAUSES: Readonly<Record<TrustCheck, string>> = {
  tlsPath:              "the server's certificates do not sign one another up to an issuer",
  tlsAnchor:            "no CI on the eUICC and no web root signed the server's certificate",
  tlsSignature:         "the server's certificate names a known issuer, but the key of that issuer did not sign it",
  tlsInspected:         'what answered has a certificate that no CI of RSP servers and no root of the web issued: something stands in between',
  tlsExpired:           "the server's certificate, or one above it, has expired",
  tlsNotYetValid:       "the server's certificate, or one above it, is not valid yet",
  tlsName:              "the server's certificate is for another host",
  tlsRole:              "the server's certificate is not for TLS of an SM-DP+ or SM-DS",
  tlsRoleMissing:       "the server's certificate, or one above it, has no GSMA role",
  tlsKeyUsage:          "the key of the server's certificate is not for a TLS server",
  tlsCriticalExtension: 'a certificate has a critical extension that nobody here understands',
  webRootOnly:          'the web vouches for the server, and no CI of the card does',
  testCi:               'the server is under a test CI',
  serverAddress:        'the server signed another address than the one that was asked',
  euiccChallenge:       "the server signed another challenge than the card's",
  transactionId:        'the server named another transaction than the one that is under way',
  certificateRole:      "the server's certificate is not one for this purpose",
  certificateCi:        "the server's certificate is under a CI that the card does not believe",
  euiccCiPKIdToBeUsed:  'the server asks the card to sign under a CI that the card does not have',
  smdpOid:              'the OID in the activation code is not the one of the server',
  ciPKIndicator:        'the CI in the activation code is not the one that vouches for the server',
  dpPbOid:              'the server that would bind the package is not the one that was authenticated',
  metadata:             'the package holds another profile than the one that was shown',
  notificationAddress:  'the address of a notification is not an address',
  rspServerAddress:     'the SM-DS names an address that is none',
};
