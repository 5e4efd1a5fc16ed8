/**
 * The checks of a session with a server, one by one: where each stands, how it is taken out, and the test that notices.
 * `npm run test:mutations` takes them out in turn. `from` stands in its file exactly once.
 */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code

/** @type {{ row: string, check: string, file: string, from: string, to: string, test: [file: string, name: string] }[]} */
export const MUTATIONS = [];

/** Checks of one row of a table; each is `[check, from, to, test, test's file and source where they are others]`. */
function row(name, file, testFile, checks) {
  for (const [check, from, to, testName, { test = testFile, source = file } = {}] of checks) {
    MUTATIONS.push({ row: name, check, file: source, from, to, test: [test, testName] });
  }
}

const TRUST = 'lpa/pki/trust.ts';
const TRUST_TEST = 'pki/trust.test.ts';
const HTTPS_TEST = 'es9/https.test.ts';
const SERVER_FAULTS = 'lab/smdp/faults.test.ts';
const DOWNLOAD_TEST = 'cli/download.test.ts';
const SESSION_TEST = 'procedures/session.test.ts';
const ADDRESS_TEST = 'procedures/address.test.ts';

row('trust 1, the path', TRUST, TRUST_TEST, [
  [
    'the next certificate is the one whose key verifies this one',
    '!path.includes(other) && verifyCertificate(last, other)',
    '!path.includes(other)',
    "a self-made leaf with the CI's certificate on top is refused",
  ],
  [
    'the order in which they were sent means nothing',
    ': others.filter((other) => !path.includes(other) &&',
    ': others.filter((other, i) => i === path.length - 1 &&',
    'the certificates above the leaf may come in any order',
  ],
  [
    'what is not on the path is ignored',
    'if (error instanceof DecodeError) return undefined;',
    '',
    'the certificates above the leaf may come in any order',
  ],
  ['at most four certificates', 'if (path.length === MAX_PATH)', 'if (false)', 'more than four certificates is refused'],
  [
    'a handshake with many certificates costs little',
    'sent.slice(0, MAX_SENT)',
    'sent',
    'no more than eight certificates of a handshake are looked at',
  ],
  ['basicConstraints CA', 'if (!basicConstraints?.ca) throw', 'if (false) throw', 'a leaf signed by an end entity is refused'],
  [
    'keyCertSign',
    "if (!keyUsage?.includes('keyCertSign')) throw",
    'if (false) throw',
    'a sub-CA that may not sign certificates is refused',
  ],
  ['pathLenConstraint', 'if (below > pathLenConstraint)', 'if (false)', 'a path length that is exceeded is refused'],
  ['no EUM above a server', 'if (role) {', 'if (false) {', 'a leaf signed by an EUM is refused'],
  ['no end entity above a server', 'if (role) {', 'if (false) {', 'a leaf signed by CERT.DPauth is refused'],
  ['dates: expired', 'if (now > certificate.notAfter) throw', 'if (false) throw', 'an expired leaf is refused'],
  ['dates: not yet valid', 'if (now < certificate.notBefore) {', 'if (false) {', 'a leaf that is not yet valid is refused'],
  ['dates of those above the leaf', 'checkOnPath(chain, certificate);', '', 'an expired sub-CA is refused'],
  ['no unknown critical extension', 'if (unknown)\n', 'if (false)\n', 'a leaf with an unknown critical extension is refused'],
  [
    'no name constraints',
    'if (certificate.nameConstraints) throw',
    'if (false) throw',
    'a sub-CA with name constraints is refused',
  ],
  [
    'ECDSA with SHA-256 and nothing else',
    'if (text(algorithm, path) !== ECDSA_WITH_SHA256) return {};',
    '',
    'a leaf signed with another hash is refused',
    { source: 'lpa/pki/certificate.ts' },
  ],
]);

row('trust 2, the anchor', TRUST, TRUST_TEST, [
  ['--ca signed it', 'if (!verifyCertificate(last, ca)) continue;', '', '--ca: the given certificate is held to the rules'],
  [
    '--ca is held to the rules of any above the leaf',
    'checkAuthority(chain, ca, path.length - 1);',
    '',
    '--ca: the given certificate is held to the rules',
  ],
  [
    '--ca: a sub-CA of a test CI is under the test CI',
    'refuseTestCi(chain, path, trusted, await signersOf(ca));',
    'refuseTestCi(chain, path, trusted);',
    '--ca: a sub-CA of the test CI of SGP.26',
  ],
  [
    'a forged chain is not called one of an unlisted CI',
    'const known = last.signature && claimedIssuer(anchors, last, others);',
    'const known = undefined;',
    "a self-made leaf with the CI's certificate on top is refused",
  ],
  [
    "the key that signed is in the chip's list",
    'candidates.find((id) => chain.anchors.ciPKIds.includes(id))',
    'candidates[0]',
    'a leaf under a CI that the chip does not list is refused',
  ],
  [
    'the own key of a self-signed one is hashed',
    'return [keyIdentifier(certificate.publicKey!)];',
    "return [certificate.subjectKeyIdentifier ?? ''];",
    'a foreign CI that takes name and key identifier of the listed one is refused',
  ],
  [
    'the signature of a self-signed one is checked',
    'verifyCertificate(certificate, certificate);',
    'certificate.authorityKeyIdentifier === certificate.subjectKeyIdentifier;',
    "a certificate with the listed CI's public key and another's signature is refused",
  ],
  [
    "the web's roots have to vouch where nobody else does",
    "|| error.check === 'testCi' || !web.authorized) throw error;",
    "|| error.check === 'testCi') throw error;",
    'a leaf under a CI that the chip does not list is refused',
  ],
  [
    "--strict-ci refuses what the web's roots alone vouch for",
    'if (!anchors.strictCi) return',
    'if (true) return',
    'a leaf under a CI that the chip does not list is refused',
  ],
  [
    "what the web's roots say is OpenSSL's verdict",
    'const web = socket.authorized\n',
    'const web = socket.encrypted\n',
    'a server with a foreign CI is refused',
    { test: HTTPS_TEST, source: 'lpa/es9/tls.ts' },
  ],
]);

row('trust 3, the leaf', TRUST, TRUST_TEST, [
  ['a dNSName of the host', 'if (!isFor(leaf, host)) {', 'if (false) {', 'a leaf for another name is refused'],
  ['a CN never counts', "subject: 'never'", "subject: 'always'", 'a leaf whose common name alone is right is refused'],
  ['no partial wildcards', 'partialWildcards: false', 'partialWildcards: true', 'a wildcard stands for one label'],
  [
    'keyUsage digitalSignature',
    "if (!leaf.keyUsage?.includes('digitalSignature')) {",
    'if (false) {',
    'a leaf that may not sign is refused',
  ],
  [
    'EKU serverAuth where EKU is there',
    "if (leaf.extKeyUsage && !leaf.extKeyUsage.includes('serverAuth')) {",
    'if (false) {',
    'a leaf for TLS clients only is refused',
  ],
  [
    'the role of a TLS certificate of this side',
    'if (!leaf.roles.includes(expected) ||',
    'if (',
    'a leaf with the role of an SM-DS is refused',
  ],
  [
    'a TLS certificate without a role under a CI of the chip',
    "if (trustedBy === 'ca' || anchors.lenientRoles) return;",
    'return;',
    'a leaf without a role, under a CI of the chip is refused',
  ],
  [
    'anyPolicy is no role',
    'if (policy !== ROLE_ARC && ',
    "if (policy !== '2.5.29.32.0' && policy !== ROLE_ARC && ",
    'a leaf with anyPolicy instead of a role is refused',
    { source: 'lpa/pki/roles.ts' },
  ],
  ['a sub-CA without a role under a CI of the chip', 'checkSubCaRoles(chain, path);', '', 'a sub-CA without a role is refused'],
  [
    'each sub-CA, not only the lowest',
    'path.slice(1).filter(',
    'path.slice(1, 2).filter(',
    'a sub-CA without a role above one that has a role is refused',
  ],
  [
    '--lenient-roles accepts no wrong role',
    'if (leaf.roles.length === 0) {',
    'if (leaf.roles.length === 0 || anchors.lenientRoles) {',
    'a missing role is accepted with lenientRoles or under --ca, a wrong one never',
  ],
  [
    'and no other role',
    '|| leaf.roles.some((name) => !TLS_ROLES.includes(name))',
    '',
    'a leaf with a TLS role and another is refused',
  ],
]);

row('trust 4, the connection', 'lpa/es9/tls.ts', HTTPS_TEST, [
  [
    'the chain is judged',
    'await verifyServerChain({ sent, host, role, anchors, web, now: new Date() })',
    "({ trustedBy: 'chip' } as const)",
    'a server with an expired certificate is refused',
  ],
  [
    'before the first octet of a request',
    'const sent = chainOf(socket);',
    "socket.write('POST');\n    const sent = chainOf(socket);",
    'a server with an expired certificate is refused',
  ],
  [
    'TLS 1.2 or newer',
    "    sigalgs: SIGNATURES.join(':'),",
    "    minVersion: 'TLSv1.1',\n    ciphers: 'DEFAULT@SECLEVEL=0',",
    'TLS 1.1 is not spoken',
  ],
  [
    'no redirect is an answer',
    'if (answer.status < 200 || answer.status > 299) {',
    'if (false) {',
    'redirect: ',
    { test: SERVER_FAULTS, source: 'lpa/es9/function.ts' },
  ],
  [
    'no plain HTTP, no scheme at all',
    'if (scheme) return',
    'if (false) return',
    '"HTTP://smdp.example.com" is no address',
    { test: ADDRESS_TEST, source: 'lpa/procedures/address.ts' },
  ],
]);

row('trust 5, test CIs', TRUST, TRUST_TEST, [
  [
    'refused unless --allow-test-ci, whoever lists the CI',
    'if (test && !anchors.allowTestCi) throw',
    'if (false) throw',
    'a server under the test CI of SGP.26 (NIST) is refused',
  ],
  [
    "also where the web's roots vouch",
    "|| error.check === 'testCi' || !web.authorized) throw error;",
    '|| !web.authorized) throw error;',
    'a server under the test CI of SGP.26 (BRP) is refused',
  ],
  [
    'also anywhere on the path',
    '    ...path.flatMap(({ publicKey }) => (publicKey ? [keyIdentifier(publicKey)] : [])),\n',
    '',
    'a CI of the chip that certifies the test CI of SGP.26 (NIST)',
  ],
  [
    'CERT.DPauth too',
    'if (test && !allowTestCi) throw',
    'if (false) throw',
    'CERT.DPauth under the test CI of SGP.26 (NIST) is refused',
  ],
  [
    'CERT.DPauth by the key that signed it, whatever it claims',
    'const test = [ciPKId, ...(await signersOf(certificate))].find(isTestCi);',
    'const test = [ciPKId].find(isTestCi);',
    'CERT.DPauth under the test CI of SGP.26 (NIST) is refused',
  ],
  [
    'all of them are known',
    "  ['7C0E5470143EA8998ED9DF300574C92E5A9ACB1F', 'China Unicom Test CI'],\n",
    '',
    'the test CIs are the eight that are known',
    { source: 'lpa/pki/ci-names.ts' },
  ],
  [
    'a server under a web root is named on stderr',
    "if (event.type === 'connected' && event.trustedBy === 'web') this.#sayWebRoot(event.address);",
    '',
    'a server that only a web root signed is named once',
    { source: 'cli/app.ts', test: 'cli/web-root.test.ts' },
  ],
]);

row('activation code', 'lpa/procedures/address.ts', ADDRESS_TEST, [
  ['no path, user, spaces or control characters', 'if (foreign) return', 'if (false) return', 'is no address: '],
  ['no IP literal in brackets', "if (text.startsWith('[')) return", 'if (false) return', '"[::1]" is no address'],
  [
    'no IP literal in any form that a URL parser takes for one',
    'if (/^([0-9]+|0x[0-9a-f]*)$/i.test(last)) return',
    'if (false) return',
    'is no address: an IP address',
  ],
  ['a port is a number from 1 to 65535', 'if (port < 1 || port > 65_535)\n', 'if (false)\n', 'is no address: the port'],
  ['IDN as punycode', 'const host = domainToASCII(name);', 'const host = name.toLowerCase();', 'is an address'],
  ['no empty part', "if (label === '') return", 'if (false) return', '"smdp..example.com" is no address'],
  [
    'no control characters in a code',
    'if (control) fail(',
    'if (false) fail(',
    'is refused: a control character',
    { test: 'procedures/activation-code.test.ts', source: 'lpa/procedures/activation-code.ts' },
  ],
  [
    'the address by the one rule',
    "if ('problem' in smdp) fail(",
    "if ('never' in smdp) fail(",
    'is refused: SM-DP+ address',
    { test: 'procedures/activation-code.test.ts', source: 'lpa/procedures/activation-code.ts' },
  ],
  [
    'the matching ID by its grammar',
    'if (odd) fail(',
    'if (odd && false) fail(',
    'is refused: the matching ID',
    { test: 'procedures/activation-code.test.ts', source: 'lpa/procedures/activation-code.ts' },
  ],
  [
    'to the column',
    'address.column + smdp.column - 1',
    'address.column',
    'is refused: SM-DP+ address',
    { test: 'procedures/activation-code.test.ts', source: 'lpa/procedures/activation-code.ts' },
  ],
  [
    'several codes in one image: ask',
    'another ? await choose(app, codes) : code',
    'code',
    'two different codes in a picture are asked for',
    { test: 'cli/qr-command.test.ts', source: 'cli/input/activation-code-source.ts' },
  ],
]);

row('InitiateAuthentication', 'lpa/procedures/authenticate.ts', SERVER_FAULTS, [
  ['serverAddress is the address of the code', 'if (!sameAddress(signed.serverAddress, ours)) {', 'if (false) {', 'relay: '],
  [
    'as written with its port, or the bare host',
    '(ours.port !== undefined && theirs.authority === ours.host)',
    'theirs.host === ours.host',
    'a signed address is ours in any case',
    { test: ADDRESS_TEST, source: 'lpa/procedures/address.ts' },
  ],
  [
    'the challenge is the one sent',
    'if (!equalBytes(signed.euiccChallenge, euiccChallenge)) {',
    'if (false) {',
    'wrong-challenge: ',
  ],
  [
    'transactionId equal in JSON and signature',
    'if (!sameTransaction(signed.transactionId, answer.transactionId)) {',
    'if (false) {',
    'wrong-transaction: ',
  ],
  [
    'transactionId through the session: AuthenticateClient',
    'checkTransaction(AuthenticateClient.name, accepted.transactionId, handshake);',
    '',
    'wrong-transaction@authenticateClient: ',
    { source: 'lpa/procedures/offer.ts' },
  ],
  [
    'transactionId through the session: smdpSigned2',
    'checkTransaction(`${AuthenticateClient.name}/smdpSigned2`, accepted.smdpSigned2.value.transactionId, handshake);',
    '',
    'signed2-transaction: ',
    { source: 'lpa/procedures/offer.ts' },
  ],
  [
    'transactionId through the session: GetBoundProfilePackage',
    'checkTransaction(GetBoundProfilePackage.name, bound.transactionId, handshake);',
    '',
    'wrong-transaction@getBoundProfilePackage: ',
    { source: 'lpa/procedures/download.ts' },
  ],
  [
    'transactionId through the session: the package',
    'if (!sameTransaction(bound, transactionId)) throw',
    'if (false) throw',
    'package-transaction: ',
    { source: 'lpa/procedures/download.ts' },
  ],
  [
    'CERT.DPauth has the role dp-auth',
    'if (certificate.role !== `${role}-auth`) {',
    'if (false) {',
    'dpauth-wrong-role: ',
    { source: TRUST },
  ],
  [
    'CERT.DSauth has the role ds-auth',
    'if (certificate.role !== `${role}-auth`) {',
    'if (certificate.role !== `dp-auth`) {',
    'CERT.DPauth and CERT.DSauth have their role',
    { source: TRUST, test: TRUST_TEST },
  ],
  ['its CI is in ForVerification', 'if (!ciPKIds.includes(ciPKId)) {', 'if (false) {', 'dpauth-foreign-ci: ', { source: TRUST }],
  [
    'its CI is no test CI',
    'allowTestCi,\n  });',
    'allowTestCi: true,\n  });',
    'CERT.DPauth under a test CI: ',
    { test: SESSION_TEST },
  ],
  [
    'euiccCiPKIdToBeUsed is in ForSigning',
    'if (!euiccInfo1.value.euiccCiPKIdListForSigning.includes(answer.euiccCiPKIdToBeUsed)) {',
    'if (false) {',
    'unlisted-ci: ',
  ],
  [
    'OID of the activation code equals the OID in CERT.DPauth',
    'if (target.smdpOid && target.smdpOid !== serverOid) {',
    'if (false) {',
    'dpauth-other-oid: ',
  ],
  [
    'CI of the activation code vouches for the server',
    'if (target.ciPKIndicator && !ciPKId.startsWith(target.ciPKIndicator)) {',
    'if (false) {',
    'an activation code that names its CI is for servers under that CI alone',
    { test: SESSION_TEST },
  ],
]);

row('AuthenticateClient', 'lpa/procedures/offer.ts', SERVER_FAULTS, [
  [
    'CERT.DPpb has the OID of CERT.DPauth',
    'if (oid === undefined || oid !== handshake.serverOid) {',
    'if (false) {',
    'dppb-other-oid: ',
  ],
  [
    'metadata is well formed: every field that has to be there',
    'if (fallback === undefined) throw',
    'if (false) throw',
    'a field that is missing is named with its tag',
    { test: 'asn1/schema.test.ts', source: 'lpa/asn1/schema.ts' },
  ],
  [
    'no profile with this ICCID is on the card',
    'if (profiles.some(({ iccid }) => iccid === metadata.iccid)) {',
    'if (false) {',
    'ICCID already there: ',
    { test: SESSION_TEST },
  ],
]);

row('policy rules', 'lpa/procedures/policy.ts', 'procedures/policy.test.ts', [
  ['forbidden rules', 'if (forbidden.includes(rule)) throw', 'if (false) throw', 'what forbids a rule is named'],
  ['an owner', 'if (!owner) throw', 'if (false) throw', 'what forbids a rule is named'],
  ['RAT: the rule', 'pprIds.includes(rule) &&', '', 'what forbids a rule is named'],
  [
    'RAT: the operator',
    'allowedOperators.some((allowed) => matches(allowed, owner))',
    'true',
    'the first entry that matches decides',
  ],
  ['RAT: its GID', 'gidMatches(allowed.gid1, owner.gid1) &&', 'true &&', 'an empty GID in the table stands for any'],
  [
    'PPR1 beside an operational profile',
    "if (rule === 'ppr1' && profiles.some(",
    'if (false && profiles.some(',
    'what forbids a rule is named',
  ],
  [
    'asked for before consent',
    'if (error instanceof PolicyError) return { offer, refusal: error };',
    'if (error instanceof PolicyError) return { offer };',
    'a rule that the card does not allow: exit 9',
    { test: DOWNLOAD_TEST, source: 'lpa/procedures/offer.ts' },
  ],
]);

const SHOWN = 'download --yes shows the offer';
row('consent', 'cli/input/consent.ts', DOWNLOAD_TEST, [
  ['the name is shown', "['Profile', profileName],", '', SHOWN],
  ['the provider is shown', "['Provider', serviceProviderName],", '', SHOWN],
  ['the ICCID is shown', "['ICCID', iccid],", '', SHOWN],
  ['the class is shown, a warning for test class', "profileClass === 'test'\n", 'false\n', 'a test profile is called one'],
  ['the server is shown', "['Server', `${address} (OID ${smdpOid})`],", '', SHOWN],
  ['who vouches for it is shown', "['Trusted', TRUST_TEXTS[trustedBy]],", '', SHOWN],
  ['the CI is shown', "['CI', describeCi(ciPKId)],", '', SHOWN],
  [
    'rules are shown in words',
    "...rules.map(([rule, text]) => ['Rule', `${rule.toUpperCase()}: ${text}`] as const),",
    '',
    'a rule that wants consent is asked for by itself',
  ],
  [
    'nothing without an answer',
    "app.settings.yes ? 'yes' : await askDownload(app)",
    "'yes'",
    'Enter, end of input and "later" postpone',
  ],
  [
    '--yes does not cover rules that want consent',
    'consentRequired && !accepted.includes(rule));',
    'consentRequired && !app.settings.yes && !accepted.includes(rule));',
    'a rule that wants consent is asked for by itself',
  ],
  [
    '--accept-rules does',
    'let accepted: readonly string[] = options.acceptedRules;',
    'let accepted: readonly string[] = [];',
    'a rule that wants consent is asked for by itself',
  ],
  [
    'the procedure asks for it too',
    'if (open.length > 0)\n    throw',
    'if (false)\n    throw',
    'a rule not accepted: ',
    { test: SESSION_TEST, source: 'lpa/procedures/download.ts' },
  ],
  [
    'no package without the confirmation code that is wanted',
    'if (!answer.confirmationCode) throw',
    'if (false) throw',
    'no confirmation code at hand: ',
    { test: SESSION_TEST, source: 'lpa/procedures/download.ts' },
  ],
]);

const BPP = { test: 'sgp22/bpp.test.ts' };
row('package', 'lpa/sgp22/bpp.ts', SERVER_FAULTS, [
  ['lengths', 'if (length > left) throw', 'if (false) throw', 'package-overrun: ', { source: 'lpa/asn1/tlv.ts' }],
  ['nothing after it', 'if (rest[0]) throw', 'if (false) throw', 'package-trailing: ', { source: 'lpa/asn1/tlv.ts' }],
  ['its tag', 'if (root.tag !== 0xbf36) throw', 'if (false) throw', 'a package whose tag', BPP],
  ['its parts, in order', 'if (part?.tag !== tag)\n', 'if (!part)\n', 'a package whose tag', BPP],
  ['nothing after the last part', 'if (parts[0]) throw', 'if (false) throw', 'a package whose tag', BPP],
  ['what the parts hold', 'if (child.tag !== inner) throw', 'if (false) throw', 'package-wrong-tag: '],
  ['a MAC and something before it', 'if (child.content.length <= MAC_OCTETS)\n', 'if (false)\n', 'a package whose tag', BPP],
  ['no part empty', 'if (part.children.length === 0) throw', 'if (false) throw', 'package-empty: '],
  [
    'metadata equal to that shown',
    'if (field !== undefined) {',
    'if (false) {',
    'metadata-unlike: ',
    { source: 'lpa/procedures/download.ts' },
  ],
  [
    'field by field: every field',
    'find((name) => a.get(name) !== b.get(name))',
    "find((name) => name === 'iccid' && a.get(name) !== b.get(name))",
    'the first field that differs is named',
    { test: 'procedures/metadata.test.ts', source: 'lpa/procedures/metadata.ts' },
  ],
  [
    'unknown tags by octets',
    'return new Map([...known, ...unknown]);',
    'return new Map(known);',
    'a field that nobody here knows has to be on both sides',
    { test: 'procedures/metadata.test.ts', source: 'lpa/procedures/metadata.ts' },
  ],
]);

row('installation', 'lpa/es10/es10b.ts', SESSION_TEST, [
  ['stops at the first result', 'if (answer.length > 0) return answer;', '', 'a segment was sent, a bad result came'],
  [
    'never cancelled after a result',
    'if (failed) throw failed;',
    "if (failed) await cancelOnBothSides(lpa, session, 'loadBppExecutionError');\n  if (failed) throw failed;",
    'a segment was sent, a bad result came',
    { source: 'lpa/procedures/install.ts' },
  ],
  [
    'success is reported',
    'const notificationsPending = await deliverPending(app);',
    'const notificationsPending = 0;',
    SHOWN,
    { test: DOWNLOAD_TEST, source: 'cli/commands/download.ts' },
  ],
  [
    'failure is reported',
    'if (error instanceof EuiccError && error.function === LOAD_BOUND_PROFILE_PACKAGE) await deliverPending(app);',
    '',
    'a failed installation is reported to the server',
    { test: DOWNLOAD_TEST, source: 'cli/commands/download.ts' },
  ],
]);

row('notification', 'lpa/procedures/notifications.ts', 'procedures/notifications.test.ts', [
  [
    "address by the activation code's rule",
    "if ('problem' in address) throw",
    "if ('never' in address) throw",
    'an address that is no host stays on the card',
  ],
  ['addresses side by side', 'inSequence ? 1 : SIDE_BY_SIDE', '1', 'an address that does not answer does not delay the others'],
  [
    'one question at a time to the card',
    'while (this.#underWay) await this.#underWay;',
    '',
    'calls made at the same time reach the card one after the other',
    { test: 'es10/functions.test.ts', source: 'lpa/es10/isdr.ts' },
  ],
  ['in sequence', '.sort((a, b) => a.seqNumber - b.seqNumber)', '', 'per address in order of number'],
  [
    'nothing more to an address after a failure',
    'if (failure?.isLast) last = failure.error;',
    '',
    'after a failure nothing more goes to that address',
  ],
  [
    'a refusal does not end an address',
    '? !(error instanceof ServerError)',
    '? true',
    'a refused notification stays, and the next one for that address is accepted and removed',
  ],
  [
    'a refused notification after the others',
    '[...waiting.filter((each) => !wasRefused(each)), ...waiting.filter(wasRefused)]',
    'waiting',
    'a notification that was refused before is sent after the others',
  ],
  [
    'only a card that may be the one of a journal entry is asked for its EID',
    '.filter((entry) => mayBeOf(entry, isdr.card.atr))',
    '',
    'a card with other historical bytes is not asked for its EID',
    { test: 'cli/journal.test.ts', source: 'cli/downloads/interrupted-downloads.ts' },
  ],
  [
    'only the same refusal is silent',
    'if (refused?.reasonOf(notification) === reason) return true;',
    'return true;',
    'a refused notification is sent last by later commands',
    { test: 'cli/notifications.test.ts' },
  ],
  [
    'removed only after the server accepted it',
    '    isSending = true;\n',
    '    await removeNotificationFromList(lpa.isdr, seqNumber);\n    isSending = true;\n',
    'a network that is down loses nothing',
  ],
  [
    'a refusal is not acceptance',
    "if (status === 'Executed-Success' || status === 'Executed-WithWarning') return true;",
    'return true;',
    'removes a notification only after an answer that accepts it',
    { source: 'lpa/es9/function.ts' },
  ],
  [
    'the status is read where the function has no response body',
    "if (answer.body === '' && Object.keys(response ?? {}).length === 0)",
    "if (response === null || (answer.body === '' && Object.keys(response).length === 0))",
    'removes a notification only after an answer that accepts it',
    { source: 'lpa/es9/function.ts' },
  ],
  [
    'addresses of the default SM-DP+, an SM-DS and of Events by the same rule',
    "if ('problem' in address) throw",
    "if ('never' in address) throw",
    'an Event at an address that is no host',
    { test: 'lab/smds/smds.test.ts', source: 'lpa/procedures/discovery.ts' },
  ],
]);

// What ends a session, and what becomes of the code.
row('before AuthenticateServer', 'lpa/procedures/download.ts', SESSION_TEST, [
  ['the code is told to be untouched', "error.codeState = 'untouched';", '', 'a server that is not to be trusted: '],
  [
    'Ctrl-C there is a postponement',
    "lpa.signal?.aborted ? new CancelledError('postponed', { cause }) : cause",
    'cause',
    'Ctrl-C before the session',
  ],
]);

row('refused for good', 'lpa/procedures/session.ts', SESSION_TEST, [
  [
    'the reason that was given',
    'return { reason: error.reason, codeState: error.reason',
    "return { reason: 'postponed', codeState: error.reason",
    'refused for good: ',
  ],
  ['the code is told to have ended', "error.reason === 'endUserRejection' ? 'ended' : 'good'", "'good'", 'refused for good: '],
  [
    'only for the word itself',
    "if (word === 'r' || word === 'refuse') return",
    'if (word) return',
    'Enter, end of input and "later" postpone',
    { test: DOWNLOAD_TEST, source: 'cli/input/consent.ts' },
  ],
  [
    'at the prompt',
    "return { cancel: 'endUserRejection' };",
    "return { cancel: 'postponed' };",
    '"r" refuses for good',
    { test: DOWNLOAD_TEST, source: 'cli/input/consent.ts' },
  ],
]);

row('later', 'lpa/procedures/session.ts', SESSION_TEST, [
  [
    'nobody there to be asked, a rule or a code missing: postponed',
    "if (error instanceof UsageError) return { reason: 'postponed', codeState: 'good' };",
    '',
    'nobody there to be asked: ',
  ],
  [
    'Ctrl-C: postponed, whatever it broke',
    "lpa.signal?.aborted && !(cause instanceof CancelledError) ? new CancelledError('postponed', { cause }) : cause;",
    'cause;',
    'Ctrl-C while the user is asked',
  ],
  [
    'Ctrl-C at the prompt is heard',
    "if (signal?.aborted) throw new CancelledError('postponed');",
    '',
    'Ctrl-C while the user is asked',
    { source: 'lpa/procedures/download.ts' },
  ],
  [
    'ICCID already there: postponed',
    "refusal: endingWith(error, 'postponed', error.codeState)",
    'refusal: error',
    'ICCID already there: ',
    { source: 'lpa/procedures/offer.ts' },
  ],
  [
    'ICCID already there, its success result pending: used',
    "(await successesOf(isdr, server)).includes(iccid) ? 'used' : 'good'",
    "'good'",
    'a profile that another LPA installed, its result pending: exit 4',
    { test: 'cli/installed-before.test.ts', source: 'lpa/procedures/installed-before.ts' },
  ],
  [
    'a refused matching ID whose profile is there names it',
    'if (target.matchingId) await explainRefusal(lpa, handshake, error);',
    '',
    'the same code twice, the order ended by the first notification',
    { test: 'cli/installed-before.test.ts', source: 'lpa/procedures/download.ts' },
  ],
  [
    'a profile of another code is not named',
    'codeHistory?.isFrom(iccid) !== false',
    'true',
    'a refused code that installed nothing here',
    { test: 'cli/installed-before.test.ts', source: 'lpa/procedures/installed-before.ts' },
  ],
  [
    'the used code is noted',
    'codeHistory?.installed(iccid);',
    '',
    'the same code twice, the order ended by the first notification',
    { test: 'cli/installed-before.test.ts', source: 'lpa/procedures/download.ts' },
  ],
  [
    'inspect: postponed',
    "throw new CancelledError('postponed');",
    "throw new CancelledError('endUserRejection');",
    'inspect shows what a code stands for',
    { test: 'cli/inspect.test.ts', source: 'lpa/procedures/discovery.ts' },
  ],
  [
    'Enter is no refusal',
    "if (word === '' || word === 'l' || word === 'later') return { cancel: 'postponed' };",
    "if (word === '' || word === 'l' || word === 'later') return { cancel: 'endUserRejection' };",
    'Enter, end of input and "later" postpone',
    { test: DOWNLOAD_TEST, source: 'cli/input/consent.ts' },
  ],
]);

row('no answer at the prompt', 'cli/input/consent.ts', DOWNLOAD_TEST, [
  ['timeout', "answer === 'timeout' ? 'timeout' : 'postponed'", "'postponed'", 'no answer at the prompt in time is a timeout'],
  [
    'the prompt ends',
    "const timer = setTimeout(() => finish('timeout'), timeoutMs);",
    'const timer = setTimeout(() => {}, 1);',
    'no answer at the prompt in time is a timeout',
    { source: 'cli/input/prompt.ts' },
  ],
]);

row('network error', 'lpa/procedures/session.ts', SESSION_TEST, [
  [
    'timeout on both sides',
    'if (error instanceof NetworkError || isOfConnection(error)) {',
    'if (isOfConnection(error)) {',
    'a network error after AuthenticateServer: ',
  ],
  [
    'a certificate of TLS is of the connection',
    "error instanceof TrustError && error.check.startsWith('tls')",
    'false',
    'a TLS certificate that is not trusted, at a connection made anew',
  ],
  [
    'tried for 5 s',
    'timeoutMs = hurried ? HURRIED_TIMEOUT_MS : CANCEL_TIMEOUT_MS',
    'timeoutMs = CANCEL_TIMEOUT_MS',
    'a cancellation after a network error is tried once',
  ],
  [
    'a cancellation that was not heard is told',
    'hurried ? codeState : codeStateWhen(arrived, codeState)',
    'codeState',
    'a cancellation after a network error is tried once',
  ],
]);

row('the server answered Failed or Expired', 'lpa/procedures/session.ts', SESSION_TEST, [
  [
    'nothing is cancelled',
    'return { codeState: codeStateAfter(error) };',
    "return { reason: 'undefinedReason', codeState: codeStateAfter(error) };",
    'a refusal that keeps the order: ',
  ],
  ['as the status code says: good', "if (GOOD_AFTER.has(pair)) return 'good';", '', 'a refusal that keeps the order: '],
  ['as the status code says: ended', "if (ENDED_AFTER.has(pair)) return 'ended';", '', 'a refusal that ends it: '],
]);

const SERVER_HINTS_TEST = 'cli/server-hints.test.ts';
const JSON_PROGRESS_TEST = 'cli/json-progress.test.ts';

row('what the server says', 'lpa/server-message.ts', SERVER_HINTS_TEST, [
  [
    'an unknown matching ID has not ended',
    "if (pair === MATCHING_ID_REFUSED) return OVER.has(refusalCause(serverMessage)) ? 'ended' : 'unknown';",
    "if (pair === MATCHING_ID_REFUSED) return 'ended';",
    'a matching ID that the server does not know',
    { source: 'lpa/procedures/session.ts' },
  ],
  ['a locked order', "return 'locked';", "return 'over';", 'wrong confirmation codes in a script'],
  [
    'two causes are none',
    'named.size === 1',
    'named.size > 0',
    'refusalCause reads a locked order',
    { test: 'server-message.test.ts' },
  ],
  [
    'the last try',
    'if (left === 1)',
    'if (left === 0)',
    'wrong confirmation codes in a script',
    { source: 'failures/server-codes.ts' },
  ],
  [
    'a refusal that the server did not hear',
    "arrived !== 'yes' && isRefusal(error) ?",
    'false ?',
    'refuse whose cancellation failed',
    { source: 'lpa/procedures/session.ts' },
  ],
  [
    'a confirmation code that was not used',
    'if (given !== undefined) app.warn(',
    'if (false) app.warn(',
    'a confirmation code that the server does not ask for',
    { source: 'cli/input/consent.ts' },
  ],
]);

row('JSON lines on stderr', 'cli/output/json-stderr.ts', JSON_PROGRESS_TEST, [
  ['what is no object', 'if (lines.every(isObject))', 'if (true)', 'prompts, notices, traces and errors'],
  [
    'the preview',
    "if (progress === 'json') app.io.stderr(",
    "if (progress === 'never') app.io.stderr(",
    'progress json: preview, warnings',
    { source: 'cli/input/consent.ts' },
  ],
  [
    'errors in the command line',
    'let io = wantsJsonProgress(argv) ? withJsonStderr(process) : process;',
    'let io = process;',
    'prompts, notices, traces and errors',
    { source: 'cli/main.ts' },
  ],
]);

row('a wrong confirmation code', 'lpa/procedures/download.ts', SESSION_TEST, [
  [
    'asked for again',
    'if (isRefusedConfirmationCode(error) && tries',
    'if (false && tries',
    'after a wrong confirmation code the code alone',
  ],
  [
    'the code alone only for the same metadata',
    'consented !== undefined && equalBytes(consented, octets)',
    'consented !== undefined',
    'after a wrong confirmation code the code alone',
  ],
  [
    'not without another code',
    '&& !onlyCode',
    '',
    'a script with a wrong confirmation code is told once',
    { test: DOWNLOAD_TEST },
  ],
  [
    'the offer is not asked about twice',
    'if (!offer.consentedBefore) {',
    'if (true) {',
    'a wrong confirmation code, then the right one',
    { test: DOWNLOAD_TEST, source: 'cli/input/consent.ts' },
  ],
]);

row('PrepareDownload refused', 'lpa/procedures/session.ts', SESSION_TEST, [
  ['undefinedReason', 'error.function === PrepareDownload.name) {', 'false) {', 'PrepareDownload refused: '],
  ['noSessionContext: none', "error.result === 'noSessionContext' ||", '', 'PrepareDownload without a session: '],
  ['invalidTransactionId: none', "|| error.result === 'invalidTransactionId'", '', 'PrepareDownload of another transaction: '],
  [
    'the server only with a signed answer',
    "if ('cancelSessionResponseError' in value) throw",
    'if (false) throw',
    'PrepareDownload refused, and the cancellation not signed: ',
    { source: 'lpa/es10/es10b.ts' },
  ],
]);

row('a trust check after AuthenticateClient', 'lpa/procedures/session.ts', SESSION_TEST, [
  [
    'undefinedReason',
    "if (error instanceof TrustError) return { reason: 'undefinedReason', codeState: 'likelyEnded' };",
    '',
    'a trust check after AuthenticateClient: ',
  ],
]);

row('policy rule not allowed', 'lpa/procedures/session.ts', SESSION_TEST, [
  [
    'pprNotAllowed',
    "if (error instanceof PolicyError) return { reason: 'pprNotAllowed', codeState: 'ended' };",
    '',
    'a rule that the card does not allow: ',
  ],
]);

row('metadata differs', 'lpa/procedures/download.ts', SESSION_TEST, [
  ['metadataMismatch', "throw endingWith(error, 'metadataMismatch', 'ended');", 'throw error;', 'metadata that differs: '],
]);

row('package malformed', 'lpa/procedures/download.ts', SESSION_TEST, [
  [
    'loadBppExecutionError',
    "error instanceof DecodeError ? endingWith(error, 'loadBppExecutionError', 'ended') : error",
    'error',
    'a malformed package: ',
  ],
]);

row('our own fault', 'lpa/procedures/session.ts', SESSION_TEST, [
  [
    'none: the session lapses',
    "  return { codeState: 'likelyGood' };",
    "  return { reason: 'undefinedReason', codeState: 'likelyEnded' };",
    'an answer nobody can read: ',
  ],
]);

row('a segment was sent, a result came', 'lpa/procedures/install.ts', SESSION_TEST, [
  [
    'used, or may be tried again',
    "MAY_RETRY.has(errorReason) ? 'mayRetry' : 'used'",
    "'used'",
    'a segment was sent, an interruption: ',
  ],
  ['likewise for memory', "  'installFailedDueToInsufficientMemoryForProfile',\n", '', 'a segment was sent, not enough memory: '],
  ['used', "MAY_RETRY.has(errorReason) ? 'mayRetry' : 'used'", "'mayRetry'", 'a segment was sent, a bad result came: '],
]);

row('a segment was sent, no result', 'lpa/procedures/install.ts', SESSION_TEST, [
  [
    'the result is searched for first',
    'const kept = await resultOnCard(lpa, session, failure);',
    'const kept = undefined;',
    'all was sent, the result is only on the card: ',
  ],
  [
    'in the whole list, where the card finds none by event',
    'return inList(await retrieveNotificationsList(isdr));',
    'return [];',
    'all was sent, the result is in the whole list only: ',
    { source: 'lpa/procedures/pending-notifications.ts' },
  ],
  [
    'of this transaction',
    '.find((data) => sameTransaction(data.transactionId, transactionId))',
    '.at(0)',
    'the result of another session is not taken',
  ],
  [
    'then loadBppExecutionError',
    "await cancelOnBothSides(lpa, session, 'loadBppExecutionError');",
    '',
    'a segment was sent, a status word came: ',
  ],
  [
    'not where the card is gone',
    'if (failure instanceof StatusWordError || failure instanceof EuiccError || failure instanceof DecodeError) {',
    'if (true) {',
    'a segment was sent, and the card is gone: ',
  ],
  ['unknown', "failure.codeState = 'unknown';", '', 'a segment was sent, a status word came: '],
]);

row('before AuthenticateClient', 'lpa/procedures/session.ts', SESSION_TEST, [
  ['nothing to the server', 'if (cardOnly && reason) {', 'if (false) {', 'AuthenticateClient without a connection'],
  ['untouched', "codeState: 'untouched', cardOnly", "codeState: 'good', cardOnly", 'AuthenticateClient without a connection'],
  [
    'not sent after Ctrl-C',
    "if (lpa.signal?.aborted) throw beforeClient(lpa, new CancelledError('postponed'));",
    '',
    'Ctrl-C while the eUICC checks the server',
    { source: 'lpa/procedures/offer.ts' },
  ],
  [
    'a request that was sent is as the table has it',
    'throw wasNotSent(error) ? beforeClient(lpa, error) :',
    'throw true ? beforeClient(lpa, error) :',
    'Ctrl-C after AuthenticateClient was sent',
    { source: 'lpa/procedures/offer.ts' },
  ],
]);

const ADMIN_PROTOCOL_TEST = 'procedures/admin-protocol.test.ts';

row('version of the protocol', 'lpa/es9/admin-protocol.ts', ADMIN_PROTOCOL_TEST, [
  ['for these refusals alone', 'if (!isVersionRefusal(error) || options', 'if (options', 'another refusal, and HTTP 5xx'],
  [
    'kept for the server',
    'this.#adminProtocol = request.adminProtocol ?? this.#adminProtocol;',
    '',
    'an older X-Admin-Protocol is kept',
    { test: HTTPS_TEST, source: 'lpa/es9/https.ts' },
  ],
]);

const METADATA_LIMITS_TEST = 'cli/metadata-limits.test.ts';

row('limits of metadata', 'lpa/procedures/metadata-limits.ts', METADATA_LIMITS_TEST, [
  [
    'names in characters',
    'if (characters > NAME_LIMITS[name]) return',
    'if (false) return',
    'a provider of 33 characters: download refuses it',
  ],
  [
    'characters, not octets',
    'const characters = [...metadata[name]].length;',
    'const characters = utf8Bytes(metadata[name]).length;',
    'a Japanese name of 11 characters in 33 octets is valid',
  ],
  [
    'a warning for octets',
    '...(content.length > limit',
    '...(content.length > 999',
    'a Japanese name of 11 characters in 33 octets is valid',
  ],
  ['icon 1024 octets', 'if (icon && icon.length > MAX_ICON) return', 'if (false) return', 'an icon of 1025 octets'],
  ['iconType', 'if (icon && iconType === undefined) return', 'if (false) return', 'an icon without its type'],
  ['the content of an icon', 'if (format === iconType) return [];', 'return [];', 'an icon whose content is of another type'],
  ['sizes of lists', 'const MAX_ENTRIES = 64;', 'const MAX_ENTRIES = 640;', 'a list of 65 entries'],
  ['postponed', "refusal: endingWith(refused, 'postponed', 'good')", 'refusal: refused', 'an icon of 1025 octets'],
  [
    'before PrepareDownload',
    'if (limits.refusal) return { offer, refusal: limits.refusal };',
    '',
    'an icon of 1025 octets',
    { source: 'lpa/procedures/offer.ts' },
  ],
]);

row('independence', 'lpa/es9/https.ts', HTTPS_TEST, [
  [
    'a kept connection that was closed is known before a request is written',
    '      await nextTurn();\n      await nextTurn();\n',
    '',
    'a connection that the server closes at the moment of the next request',
  ],
]);

row('limits', 'lpa/es9/https.ts', HTTPS_TEST, [
  [
    'JSON 4 MiB',
    'export const MAX_JSON = 4 * 1024 * 1024;',
    'export const MAX_JSON = 40 * 1024 * 1024;',
    'an answer may have 4 MiB',
    { source: 'lpa/es9/function.ts' },
  ],
  [
    'of what is announced',
    "if (Number(headers['content-length'] ?? 0) > maxBytes) {",
    'if (false) {',
    'an answer beyond the limit is refused',
  ],
  ['of what comes', 'if (length > maxBytes) throw tooLong();', '', 'an answer beyond the limit is refused'],
  [
    'package 2 MiB',
    'if (bytes.length > MAX_PACKAGE)\n',
    'if (false)\n',
    'a package of more than 2 MiB',
    { test: SESSION_TEST, source: 'lpa/procedures/download.ts' },
  ],
  [
    'TLV nesting 32',
    'if (depth > MAX_NESTING) throw',
    'if (false) throw',
    'nesting ends at 32 levels',
    { test: 'asn1/tlv.test.ts', source: 'lpa/asn1/tlv.ts' },
  ],
  [
    'data objects 100,000',
    'if (objects.left-- === 0) throw',
    'if (false) throw',
    'a run has at most 100000 data objects',
    { test: 'asn1/tlv.test.ts', source: 'lpa/asn1/tlv.ts' },
  ],
  [
    'length field 4 octets',
    'if (count > 4) throw',
    'if (false) throw',
    'what is malformed is refused, and said where',
    { test: 'asn1/tlv.test.ts', source: 'lpa/asn1/tlv.ts' },
  ],
  [
    'answers of the card 64 KiB',
    'if (length > maxAnswer) throw',
    'if (false) throw',
    'a card that never stops answering is stopped',
    { test: 'card/iso7816.test.ts', source: 'lpa/card/iso7816.ts' },
  ],
  [
    'answers of the card in so many parts',
    'if (parts.length * 256 > maxAnswer * MAX_PARTS)\n',
    'if (false)\n',
    'a card that gives an octet at a time is stopped',
    { test: 'card/iso7816.test.ts', source: 'lpa/card/iso7816.ts' },
  ],
  [
    'a notification list 256 KiB, no more',
    'const MAX_NOTIFICATION_LIST = 256 * 1024;',
    'const MAX_NOTIFICATION_LIST = 2560 * 1024;',
    'a notification list may have 256 KiB',
    { test: 'es10/functions.test.ts', source: 'lpa/es10/es10b.ts' },
  ],
  [
    'a notification list 256 KiB, no less',
    '  MAX_NOTIFICATION_LIST,\n',
    '',
    'a notification list may have 256 KiB',
    { test: 'es10/functions.test.ts', source: 'lpa/es10/es10b.ts' },
  ],
  [
    'proactive commands 16',
    'if (count === MAX_COMMANDS)\n',
    'if (false)\n',
    'a card that has more than 16 things to say',
    { test: 'card/proactive.test.ts', source: 'lpa/card/proactive.ts' },
  ],
  [
    'connect: there is a limit',
    'setTimeout(() => socket.destroy(timeout(host)), Math.max(0, deadline - Date.now()))',
    'setTimeout(() => {}, 1)',
    'nobody there, no such name, a silent server',
    { source: 'lpa/es9/tls.ts' },
  ],
  ['connect 15 s', 'connectTimeoutMs = 15_000', 'connectTimeoutMs = 150_000', 'the times are those that are promised'],
  ['answer 60 s', 'options.timeoutMs ?? 60_000', 'options.timeoutMs ?? 600_000', 'the times are those that are promised'],
  [
    'GetBoundProfilePackage 180 s',
    'options.packageTimeoutMs ?? 180_000',
    'options.packageTimeoutMs ?? 1_800_000',
    'the times are those that are promised',
  ],
  [
    '--timeout sets both',
    '...(timeoutMs !== undefined && { timeoutMs, packageTimeoutMs: timeoutMs }),',
    '',
    '--timeout sets the time for answers and for the package',
    { test: DOWNLOAD_TEST, source: 'cli/app.ts' },
  ],
  [
    'sending 10 s for each address',
    '{ ...orderOf(app), deadlineMs: DELIVERY_MS }',
    '{ ...orderOf(app) }',
    'after a command each notification address has 10 s',
    { test: 'cli/switch.test.ts', source: 'cli/downloads/send-notifications.ts' },
  ],
  [
    'delivery ends',
    'setTimeout(() => deadline.abort(outOfTime(deadlineMs)), deadlineMs)',
    'setTimeout(() => {}, 1)',
    'each address has its own time',
    { test: 'procedures/notifications.test.ts', source: 'lpa/procedures/notifications.ts' },
  ],
  [
    'another program is waited for 10 s',
    "'--wait', {}, '') ?? 10_000",
    "'--wait', {}, '') ?? 100_000",
    'an option goes before its variable',
    { test: 'cli/settings.test.ts', source: 'cli/settings.ts' },
  ],
  [
    'a prompt 10 minutes',
    '?? 600_000',
    '?? 6_000_000',
    'an option goes before its variable',
    { test: 'cli/settings.test.ts', source: 'cli/settings.ts' },
  ],
]);

// Nothing lost, secrets, foreign text.
row('a page instead of an answer', 'lpa/es9/function.ts', 'procedures/uncertain.test.ts', [
  [
    'a page with HTTP status 200 is no answer',
    'if (/^\\s*</.test(answer.body)) throw',
    'if (false) throw',
    'a page with HTTP status 200 is no delivery',
  ],
  [
    'neither is another HTTP status than 2xx',
    'if (answer.status < 200 || answer.status > 299) {',
    'if (false) {',
    'http:503@authenticateClient',
    { test: SERVER_FAULTS },
  ],
]);

row('the default SM-DP+', 'cli/downloads/pending-download.ts', 'cli/discover.test.ts', [
  [
    "its address by the activation code's rule",
    'checkedAddress(defaultDpAddress, "the card\'s default SM-DP+")',
    'defaultDpAddress',
    'a default SM-DP+ that is no host is not asked',
  ],
  [
    'what a session came to is the answer',
    "error.codeState !== 'untouched' || lpa.signal?.aborted",
    'lpa.signal?.aborted',
    'a session at the default SM-DP+ that came to an end is the answer',
  ],
]);

row('a change is believed when the card shows it', 'lpa/procedures/switch.ts', 'procedures/switch.test.ts', [
  [
    'enable and disable',
    'if ((await readProfile(isdr, profile, es10c.STATE_FIELDS))?.profileState === wanted) return { changed: true };',
    'return { changed: true };',
    'a card that says ok four times and does nothing',
  ],
  [
    'delete',
    "if (!(await readProfile(isdr, profile, ['iccid', 'isdpAid']))) return;",
    'return;',
    'delete is believed when the profile is no longer listed',
  ],
  [
    'never climbed on a decision',
    'if (!mayClimb(error)) throw error;\n      last = error;\n    }\n    await (fetches',
    'last = error;\n    }\n    await (fetches',
    'a decision of the eUICC is final',
  ],
  [
    'a REFRESH that was not fetched is fetched where the state stays',
    'if (leavesRefresh) forms.unshift(form);',
    '',
    'a card that changes its state only after its REFRESH is fetched',
  ],
  [
    'catBusy three times at most',
    "error.result !== 'catBusy' || tries === CAT_BUSY_TRIES",
    "error.result !== 'catBusy' || tries === 3 * CAT_BUSY_TRIES",
    'catBusy is waited for, three times at most',
  ],
  [
    'what may have been done is said',
    'if (command.changes && app.leavesOpen(error))',
    'if (false)',
    'a card that cannot be read again may have made the change',
    { test: 'cli/switch.test.ts', source: 'cli/main.ts' },
  ],
  [
    'reset',
    'const left = whatGoes(memory, options).operational;',
    'const left: string[] = [];',
    'is not believed: exit 4',
    { test: 'cli/reset.test.ts', source: 'lpa/procedures/reset.ts' },
  ],
]);

row('severe changes need their answer', 'cli/input/confirm.ts', 'cli/switch.test.ts', [
  [
    'the last four digits',
    "if (typeof answer !== 'string' && answer.text.trim() === digits.slice(-DIGITS)) return;",
    "if (typeof answer !== 'string') return;",
    'delete asks for the last four digits',
  ],
  [
    '--confirm is the right one',
    "if (confirm.replaceAll(/[\\s-]/g, '').toUpperCase() === digits) return;",
    'return;',
    'delete without a terminal wants --confirm',
  ],
  [
    'somebody has to be there',
    'if (confirm !== undefined || app.interactive) return;',
    'return;',
    'delete without a terminal wants --confirm',
  ],
  [
    'an enabled profile is not deleted',
    "if (profile.profileState === 'enabled') {",
    'if (false) {',
    'delete of an enabled profile is refused',
    { source: 'cli/commands/delete.ts' },
  ],
  [
    'reset',
    'await confirmSevere(app, { what,',
    'void ({ what,',
    'reset without a terminal, with another EID',
    { test: 'cli/reset.test.ts', source: 'cli/commands/reset.ts' },
  ],
  [
    'dropping notifications',
    'await confirmSevere(app, { what:',
    'void ({ what:',
    'notifications remove wants the numbers, and the EID',
    { test: 'cli/notifications.test.ts', source: 'cli/commands/notifications.ts' },
  ],
]);

row('lock files', 'terminal/lock-file.ts', 'lock-file.test.ts', [
  [
    'no link is followed',
    "if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw noLock(path, 'it is a symbolic link');\n    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);",
    'file = openSync(path, O_RDONLY | O_NONBLOCK);',
    'a symbolic link to a file at the path of the lock',
  ],
  ['no FIFO is waited for', 'O_NOFOLLOW | O_NONBLOCK);', 'O_NOFOLLOW);', 'a FIFO at the path of the lock'],
  ['what is cut short holds nothing', 'found.ageMs > UNFINISHED_MS', 'false', 'a file system without hard links'],
  ['what may be half written is waited for', 'found.ageMs > UNFINISHED_MS', 'true', 'a file system without hard links'],
  [
    'only the own lock is given back',
    'if (readLock(path)?.text === content) rmSync',
    'rmSync',
    'a lock that another program took over',
  ],
  [
    'a stale lock of a stale lock blocks nobody',
    'if (depth === MAX_DEPTH)',
    'if (depth > 0)',
    'a program that died while it removed a stale lock',
  ],
]);

row('input files', 'lpa/input-file.ts', 'cli/input-file.test.ts', [
  ['devices are refused', 'if (!stat.isFile() && !stat.isFIFO()) throw', 'if (false) throw', 'lpa qr FILE: a device'],
  [
    'the size is looked at while it is read',
    'if (length > maxOctets) throw',
    'if (false) throw',
    'a file without a size that gives more than the limit is refused',
  ],
  [
    'a nickname is valid UTF-8',
    'if (!isValidText(nickname)) {',
    'if (false) {',
    'text that is not valid UTF-8 is refused before the card is asked',
    { source: 'lpa/procedures/switch.ts' },
  ],
  [
    'and is checked before a download',
    'if (nickname !== undefined) checkNickname(nickname);',
    '',
    'text that is not valid UTF-8 is refused before the card is asked',
    { source: 'cli/commands/download.ts' },
  ],
]);

row('output and signals', 'cli/io.ts', 'cli/io.test.ts', [
  [
    'a reader that leaves does not end the process',
    'if (!isGone) failure = error;',
    'if (isGone) process.exit(0);\n    failure = error;',
    'a reader that leaves ends the output',
  ],
  [
    'a reader that leaves is no error',
    'if (!isGone) failure = error;',
    'failure = error;',
    'a reader that leaves ends the output',
  ],
  ['a full disk is no silence', 'if (!isGone) failure = error;', '', 'a device without space is an error after the program'],
  [
    'a second SIGHUP is no second Ctrl-C',
    "if (again && signal === 'SIGHUP') return;",
    '',
    'a second SIGHUP does not leave at once',
    { test: 'cli/interrupt.test.ts', source: 'cli/main.ts' },
  ],
  [
    'SIGTERM has an exit code of its own',
    "signal === 'SIGTERM' && exitCode",
    "signal === 'SIGQUIT' && exitCode",
    'SIGTERM where nothing is at stake',
    { test: 'cli/interrupt.test.ts', source: 'cli/main.ts' },
  ],
]);

row('the journal', 'cli/downloads/journal-files.ts', 'cli/journal.test.ts', [
  [
    'so is an entry',
    'writeWhole(path, text, 0o600);',
    'writeWhole(path, text, 0o644);',
    'an entry is readable by its owner alone',
  ],
  [
    'follows no link',
    'const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) |',
    'const READ = constants.O_RDONLY |',
    'a link in the place of the folder or of an entry',
  ],
  ['waits for no FIFO', '| (constants.O_NONBLOCK ?? 0);', ';', 'a FIFO in the journal folder is not waited for'],
  [
    'leaves entries of a newer version alone',
    "if (!isKnown) return 'newer';",
    'if (!isKnown) return undefined;',
    'entries of a newer lpa and files of other programs are left alone',
  ],
  [
    'does not wait for a folder that cannot exist',
    'mkdirSync(path, { mode });',
    'mkdirSync(path, { mode, recursive: true });',
    'a state folder that cannot exist is a warning',
    { source: 'lpa/whole-file.ts' },
  ],
  [
    'keeps the entry of a load that broke',
    "if (!(error instanceof LpaError) || error.codeState === 'unknown') return false;",
    "if (error instanceof LpaError && error.codeState === 'unknown') return false;\n  if (!(error instanceof LpaError)) return true;",
    'an error that is not an answer of the eUICC leaves the journal entry of a load',
    { test: 'cli/side-channels.test.ts', source: 'lpa/procedures/download.ts' },
  ],
  [
    'is one warning where it cannot be written',
    "if (!isWarned) listener?.({ type: 'warning', message, cause });",
    "listener?.({ type: 'warning', message, cause });",
    'a journal that cannot be written is one warning for the whole download',
    { test: 'cli/side-channels.test.ts', source: 'lpa/procedures/download.ts' },
  ],
  [
    'holds no code',
    '...(secret && hashOf(secret))',
    '...(secret && { salt: secret, codeHash: secret })',
    'an entry is readable by its owner alone',
  ],
  [
    'is told of by the next command',
    'if (folder === undefined || !existsSync(folder)) return found;',
    'if (folder !== this.toString()) return found;',
    'the next command on the card tells of what was interrupted',
    { source: 'cli/app.ts' },
  ],
  [
    'says that a package is about to be loaded',
    "await reached('loading');",
    '',
    'a card that was pulled while it was writing',
    { test: 'cli/killed.test.ts', source: 'lpa/procedures/download.ts' },
  ],
  [
    'keeps what nobody knows the end of',
    'if (isOutcomeKnown(error, stage)) lpa.journal?.remove(transactionId);',
    'lpa.journal?.remove(transactionId);',
    'a card that was pulled while it was writing',
    { test: 'cli/killed.test.ts', source: 'lpa/procedures/download.ts' },
  ],
]);

row('secrets', 'cli/capture/secrets.ts', 'cli/trace.test.ts', [
  [
    'masked as text',
    'shown = shown.replaceAll(secret, mask);',
    'continue;',
    'a secret is masked as text, in hexadecimal and in base64',
    { test: 'cli/secrets.test.ts' },
  ],
  [
    'in hexadecimal',
    "shown = shown.replaceAll(new RegExp(toHex(octets), 'gi'), mask);",
    '',
    'a secret is masked as text, in hexadecimal and in base64',
    { test: 'cli/secrets.test.ts' },
  ],
  [
    'in base64',
    'for (const form of base64Cores(octets)) shown = shown.replaceAll(form, mask);',
    '',
    'secrets are masked in base64',
  ],
  [
    'in APDUs, across blocks',
    'const masked = this.#maskedIn(concatAll(pieces));',
    'const masked = pieces.length > 1 ? new Uint8Array(concatAll(pieces).length) : this.#maskedIn(concatAll(pieces));',
    'also where it runs from one block into the next',
  ],
  [
    'short ones where they stand alone',
    'octets.length >= MIN_TEXT ? octets :',
    'true ? octets :',
    'a short secret is masked in APDUs',
  ],
  [
    'the fields that are declared as secret',
    'else if (member instanceof Uint8Array) secrets.addOctets(member);',
    '',
    'the hash of a confirmation code is masked',
    { source: 'cli/capture/secret-fields.ts' },
  ],
  [
    'in errors',
    'const shown = (text: string): string => displayText(secrets.maskText(text), MAX_LINE);',
    'const shown = (text: string): string => displayText(text, MAX_LINE);',
    'a server that repeats the code in its refusal',
    { test: 'cli/secrets.test.ts', source: 'cli/output/present.ts' },
  ],
  [
    'in the errors that a result holds',
    'return masked({ ...members, ...stateMember(error) }, secrets);',
    'return { ...members, ...stateMember(error) };',
    'a server that repeats the code in its refusal',
    { test: 'cli/secrets.test.ts', source: 'cli/output/present.ts' },
  ],
  [
    'from the command line on',
    'noteGiven(argv, secrets);',
    '',
    'a code in the wrong place, or behind a misspelt option',
    { test: 'cli/secrets.test.ts', source: 'cli/main.ts' },
  ],
  [
    'a code is no profile',
    'if (!named.takesCode) refuseCodes(parsed);',
    '',
    'a code in the wrong place, or behind a misspelt option',
    { test: 'cli/secrets.test.ts', source: 'cli/main.ts' },
  ],
  [
    'the value of a misspelt option',
    `.replace(/^(unknown option '[^=]*)=.*'/s, "$1'")`,
    '',
    'a code in the wrong place, or behind a misspelt option',
    { test: 'cli/secrets.test.ts', source: 'terminal/parse-options.ts' },
  ],
  [
    'a short code leaves an ICCID whole',
    'const members = { ...masked(told, secrets), ...(error instanceof LpaError && further.get(error)) };',
    'const members = masked({ ...told, ...(error instanceof LpaError && further.get(error)) }, secrets);',
    'a short code that stands in an ICCID by chance',
    { test: 'cli/secrets.test.ts', source: 'cli/output/present.ts' },
  ],
  [
    'in recordings',
    'write(maskedPost(entry, secrets));',
    'write(entry);',
    'no secret is in recording or capture',
    { test: 'cli/record.test.ts', source: 'cli/capture/record.ts' },
  ],
  [
    'files are for their owner alone',
    'fchmodSync(file, 0o600);',
    '',
    'a file that was there for all to read is closed to others',
    { source: 'cli/capture/private-file.ts' },
  ],
  [
    'files are no symbolic links',
    'if (!ownStream && lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()) throw linkRefused(shown);\n    file = openSync(name, O_WRONLY | O_NONBLOCK | (ownStream ? O_APPEND : O_CREAT | O_NOFOLLOW), 0o600);',
    'file = openSync(name, O_WRONLY | O_NONBLOCK | (ownStream ? O_APPEND : O_CREAT), 0o600);',
    'a symbolic link is refused before the card is used',
    { test: 'cli/side-channels.test.ts', source: 'cli/capture/private-file.ts' },
  ],
  [
    'a full disk is a warning',
    'if (!isFull) giveUp(fileReason(cause));',
    'if (!isFull) throw cause;',
    'a device without space under --trace-file, --record or --pcap is one warning',
    { test: 'cli/side-channels.test.ts', source: 'cli/capture/private-file.ts' },
  ],
  [
    '--redact',
    'maskText: (text, mask) => identities.text(secrets.maskText(text, mask)),',
    'maskText: (text, mask) => secrets.maskText(text, mask),',
    '--redact replaces EID, ICCID and IMEI',
    { test: 'cli/record.test.ts', source: 'cli/capture/redact.ts' },
  ],
]);

const FOREIGN_TEST = 'cli/foreign-text.test.ts';
row('foreign text', 'terminal/safe-text.ts', FOREIGN_TEST, [
  ['controls, formats, surrogates', String.raw`[\p{C}\p{Zl}`, String.raw`[\p{Co}\p{Zl}`, 'a window title'],
  ['line and paragraph separators', String.raw`\p{C}\p{Zl}\p{Zp}`, String.raw`\p{C}`, 'line breaks'],
  ['what fonts leave out', String.raw`\p{Default_Ignorable_Code_Point}]`, ']', 'letters that fonts leave out'],
  ['towers of marks', String.raw`\p{M}){0,4}`, String.raw`\p{M}){0,400}`, 'a tower of marks'],
  [
    'length cut',
    'if (columns + part.columns > maxColumns) return',
    'if (false) return',
    'text that is too long ends in an ellipsis',
  ],
  [
    'JSON escapes the same',
    'return json.replace(hiddenInJson(), (character) =>',
    'return json.replace(/(?!)/g, (character) =>',
    'JSON escapes what hides',
  ],
  [
    'in the preview of an offer',
    '`  ${label.padEnd(8)}  ${displayText(text, 120)}`',
    '`  ${label.padEnd(8)}  ${text}`',
    'hostile names reach the terminal as escapes',
    { test: DOWNLOAD_TEST, source: 'cli/input/consent.ts' },
  ],
  [
    'in what is said on stderr',
    'wrapped(displayText(line, MAX_LINE), ',
    'wrapped(line, ',
    'warnings and notices are harmless and masked',
    { test: 'cli/hostile.test.ts', source: 'cli/app.ts' },
  ],
  [
    'in tables',
    'const shown = displayText(text, width);',
    'const shown = text;',
    'lpa list: names that try something',
    { test: 'cli/hostile.test.ts', source: 'terminal/table.ts' },
  ],
  [
    'in errors',
    'displayText(secrets.maskText(text), MAX_LINE)',
    'secrets.maskText(text)',
    'what a server says is shown as escapes',
    { test: 'cli/secrets.test.ts', source: 'cli/output/present.ts' },
  ],
]);

row('each Event by itself', 'lpa/procedures/discovery.ts', 'cli/discover.test.ts', [
  [
    'a failure ends one Event alone',
    'following.failed.push({ rspServerAddress, eventId, error: failureOf(lpa, error) });',
    'throw error;',
    'an Event that leads nowhere is listed with its error',
  ],
  [
    'an SM-DS that names itself',
    'if (below.above.some((address) => withPort(address) === withPort(event.address))) {',
    'if (false) {',
    'an SM-DS that names itself, or the one that led to it',
  ],
  [
    'the SM-DS that is named is the one that is asked',
    'named ? { smds: [named] } : undefined',
    'undefined',
    'discover --smds asks a named SM-DS',
    { source: 'cli/commands/discover.ts' },
  ],
]);

row('the LPA in the eUICC', 'cli/commands/lpae.ts', 'cli/lpae.test.ts', [
  [
    'a yes is required',
    "if (typeof answer !== 'string' && ['y', 'yes'].includes(answer.text.trim().toLowerCase())) return;",
    'return;',
    'lpae activate asks first',
  ],
  ['a script needs --yes', 'if (!app.settings.yes && !app.interactive) {', 'if (false) {', 'lpae activate asks first'],
  [
    'a result other than ok is an error',
    "if (lpaeActivationResult !== 'ok') throw",
    'if (false) throw',
    'LpaeActivation is refused: ',
    { source: 'lpa/es10/lpae.ts' },
  ],
]);

row('selection of a profile', 'cli/input/select-profile.ts', 'cli/switch.test.ts', [
  [
    'a nickname is compared before a name',
    '({ profileNickname }, text) => is(profileNickname, text),',
    '({ profileName }, text) => is(profileName, text),',
    "a nickname wins over an operator's name",
  ],
  [
    'exact case is compared before any case',
    '({ profileName }, text) => is(profileName, text),',
    '',
    "a nickname wins over an operator's name",
  ],
  ['an empty word names no profile', "if (text.trim() === '') return [];", '', 'a word that means no profile, or several'],
]);

row('the enabled profile', 'lab/euicc/card/pins.ts', 'lab/euicc/card/pins.test.ts', [
  [
    'a wrong PIN costs a try',
    'keep({ triesLeft: Math.max(0, now().triesLeft - 1) });',
    '',
    'VERIFY PIN counts wrong values down, blocks, and starts over with the right one',
  ],
  [
    'a wrong PUK costs a try',
    'keepPuk(Math.max(0, (pukTriesLeft() ?? 0) - 1));',
    '',
    'a PUK that was wrong ten times is blocked',
  ],
  [
    'a blocked PIN is refused',
    'if (triesLeft === 0) return SW.authenticationBlocked;',
    '',
    'VERIFY PIN counts wrong values down, blocks, and starts over with the right one',
    { source: 'lab/euicc/card/pin-commands.ts' },
  ],
  [
    'a file needs its PIN',
    'return context.isAllowed(file, access) ? file : { sw: SW.securityStatus };',
    'return file;',
    'UPDATE BINARY needs what the access rule says, and its octets outlive the power',
    { test: 'lab/euicc/card/files.test.ts', source: 'lab/euicc/card/file-commands.ts' },
  ],
  [
    'a file without a rule is closed',
    'if (!record) return undefined;',
    'if (!record) return parseTlvs(Uint8Array.of(0x80, 0x01, 0x01, 0x90, 0x00));',
    'a file whose rule does not exist is closed',
    { test: 'lab/euicc/card/files.test.ts', source: 'lab/euicc/card/access-rules.ts' },
  ],
  [
    'the power takes verified PINs away',
    '    profiles.reset();\n',
    '',
    'a verified PIN is not verified any more after a reset or a switch of profiles',
    { source: 'lab/euicc/euicc.ts' },
  ],
  [
    'AUTHENTICATE compares the MAC',
    'if (algorithm.f1(rand, sqn, amf).some((octet, i) => octet !== autn[8 + i])) return { sw: SW.incorrectMac };',
    '',
    'a wrong MAC is 9862, and a challenge that another network made passes the MAC check',
    { test: 'lab/euicc/card/authenticate.test.ts', source: 'lab/euicc/card/authenticate-command.ts' },
  ],
  [
    'a sequence number is accepted once',
    'if (seq <= (accepted[index] ?? 0)) return false;',
    '',
    'a sequence number is accepted once; then AUTS tells the network the highest, also after a restart',
    { test: 'lab/euicc/card/authenticate.test.ts', source: 'lab/euicc/card/sequence-numbers.ts' },
  ],
]);

row('what a lab leaves behind', 'lab/state/temporary-folder.ts', 'pcsc/lifetime.test.ts', [
  [
    'the folder of a running lab stays',
    'return owner.namespace === namespace().namespace && !isAlive(owner);',
    'return owner.namespace === namespace().namespace;',
    'several daemons side by side, each with its own readers',
  ],
  [
    'processes of a stale folder are ended',
    '      endProcessesOf(folder);\n',
    '',
    'what a program and its guard left behind, both killed, is removed at the next start',
  ],
  [
    'a daemon that does not end is killed',
    'kill $daemon; sleep ${KILL_AFTER_S}; kill -9 $daemon;',
    'kill $daemon;',
    'a program that is killed with a stopped daemon leaves nothing either',
    { source: 'lab/readers/pcscd.ts' },
  ],
]);

row('orders of the lab', 'lab/smdp/order.ts', 'lab/smdp/download.test.ts', [
  [
    'a success is not undone by a later failure',
    "if (order.state === 'installed') return;",
    '',
    'two downloads of one activation code: a success and a later failure in the order of the downloads',
  ],
  [
    'an order that has ended is not released again',
    "if (isReleased(order.state)) order.state = 'released';",
    "order.state = 'released';",
    'CancelSession with postponed leaves an order whose profile is installed',
  ],
  [
    'no package for an order that has ended meanwhile',
    "unless(isReleased(order.state), '8.2/3.7', `the order is ${order.state}`);",
    '',
    'an order whose profile is installed is not released again by a session',
    { source: 'lab/smdp/get-package.ts' },
  ],
]);

row('records of the lab', 'lab/state/record-file.ts', 'lab/records.test.ts', [
  ['a checksum of each line', 'if (sum !== sumOf(', 'if (false && sum !== sumOf(', 'a changed octet in any line is an error'],
  [
    'a line without its end is dropped',
    'if (this.#mayWrite && start < octets.length) ftruncateSync(this.#file, start);',
    '',
    'a line that is cut off anywhere is dropped',
  ],
  [
    'a change that was written in part is taken back',
    '      ftruncateSync(this.#file, this.#size);\n',
    '',
    'a change that does not fit on the disk is taken back',
  ],
]);

row('a batch, a reset, the journal', 'cli/batch/run.ts', 'cli/batch.test.ts', [
  [
    'one row that fails unexpectedly does not stop the others',
    'await Promise.allSettled([...queues].map(serve));\n  for (const each of served) if',
    'await Promise.all([...queues].map(serve)).then((): PromiseSettledResult<void>[] => []);\n  for (const each of served) if',
    'an unexpected error at one card does not stop the other cards',
  ],
  [
    'the card is the one of the plan',
    'if (row.eid !== undefined && row.eid !== eid) throw',
    'if (false) throw',
    'an activation code is not used with a card that took the place',
    { source: 'cli/batch/row.ts' },
  ],
  [
    'a used activation code is not tried again',
    "if (known?.state === 'begun' && !MAY_TRY_AGAIN.includes(error.codeState)) {",
    'if (false) {',
    'a row whose activation code is used without a profile is not tried again',
    { source: 'cli/batch/row.ts' },
  ],
  [
    'a reset compares the default SM-DP+',
    '.sort(), defaultDpAddress].join()',
    '.sort()].join()',
    'reset --default-smdp alone',
    { test: 'cli/reset.test.ts', source: 'lpa/procedures/reset.ts' },
  ],
  [
    'an entry of another owner is not believed',
    ' || (process.getuid && stat.uid !== process.getuid())) return undefined;',
    ') return undefined;',
    'an entry of another owner is not believed',
    { test: 'cli/journal.test.ts', source: 'cli/downloads/journal-files.ts' },
  ],
]);

row('pending downloads', 'lpa/procedures/discovery.ts', 'cli/discover.test.ts', [
  [
    'every root SM-DS of the eUICC is asked',
    '[rootDsAddress, ...additionalRootDsAddresses]',
    '[rootDsAddress]',
    'placesOn lists the additional root SM-DS addresses after the first',
    { test: 'procedures/discovery.test.ts' },
  ],
  [
    'servers asked on behalf of an SM-DS are counted',
    '  below.left -= 1;\n',
    '',
    'at most 16 servers are asked on behalf of an SM-DS',
  ],
  [
    'servers behind a lower SM-DS are counted too',
    '  following.left = below.left;\n',
    '',
    'servers that a lower SM-DS names count for the root SM-DS',
  ],
  [
    'only four pairs of codes mean that nothing is pending',
    'error instanceof ServerError && NOTHING_PENDING.has(',
    'error instanceof ServerError || NOTHING_PENDING.has(',
    'nothing pending is a refusal with one of four pairs of codes',
  ],
  [
    'inspect reports every refusal of an activation code',
    'if (!inspected || lpa.signal?.aborted) throw error;',
    'if ((!inspected && !isNothingPending(error)) || lpa.signal?.aborted) throw error;',
    'inspect of an activation code reports a refusal that discover takes for nothing pending',
    { test: 'cli/inspect.test.ts' },
  ],
]);

row('ES10 and its blocks', 'lpa/es10/isdr.ts', 'es10/functions.test.ts', [
  [
    'an answer ends a series of blocks',
    'if (last || answer.length > 0) return answer;',
    'if (last) return answer;',
    'an answer with data before the last block ends the series',
  ],
  [
    'a smaller block only in place of the first',
    'sw === WRONG_LENGTH && number === 0 && ',
    'sw === WRONG_LENGTH && ',
    '6700 to a later block',
  ],
  ['9100 announces 256 octets', 'sw & 0xff || 256 : 0', 'sw & 0xff : 0', '91xx announces a proactive command of xx octets'],
  [
    '9100 to a TERMINAL RESPONSE announces 256 octets',
    'sw & 0xff || 256 : 0',
    'sw & 0xff : 0',
    'a length of 0 in 91xx is 256 octets',
    { source: 'lpa/card/proactive.ts', test: 'card/proactive.test.ts' },
  ],
  [
    'the confirmation code is hashed as it was given',
    'sha256(utf8Bytes(code))',
    'sha256(utf8Bytes(code.toUpperCase()))',
    'the confirmation code is hashed in the case in which it was given',
    { source: 'lpa/es10/es10b.ts' },
  ],
  [
    '6985 to SELECT means no application',
    '0x6a86, 0x6985, 0x6999',
    '0x6a86, 0x6999',
    '6985 to SELECT of the first AID',
    { source: 'lpa/es10/open-isdr.ts', test: 'es10/find.test.ts' },
  ],
  [
    'an EID has 16 octets',
    'return content.length === 16 ? toHex(content) : undefined;',
    'return toHex(content);',
    'an EID of the ECASD counts only with 16 octets',
    { source: 'lpa/es10/open-isdr.ts', test: 'es10/find.test.ts' },
  ],
  [
    'a notification that the filter hides is looked for in the whole list',
    'found ??= find(await retrieveNotificationsList(isdr));',
    '',
    'a card that filters every notification out gives its whole list',
    { source: 'lpa/procedures/pending-notifications.ts', test: 'procedures/notifications.test.ts' },
  ],
  [
    'a nickname that the eUICC refuses is an error',
    "if (setNicknameResult !== 'ok') throw",
    'if (false) throw',
    'ES10c.SetNickname throws the result',
    { source: 'lpa/es10/es10c.ts' },
  ],
  [
    'a default SM-DP+ that the eUICC refuses is an error',
    "if (setDefaultDpAddressResult !== 'ok') throw",
    'if (false) throw',
    'ES10a.SetDefaultDpAddress throws the result',
    { source: 'lpa/es10/es10a.ts' },
  ],
  [
    'a list of notifications that the eUICC refuses is not an empty one',
    "if (response.notificationsListResultError === 'noResultAvailable') return [];",
    'if (true) return [];',
    'ES10b.RetrieveNotificationsList throws the result',
    { source: 'lpa/es10/es10b.ts' },
  ],
  [
    'a notification that the eUICC does not remove is an error',
    'throw new EuiccError(RemoveNotificationFromList.name, deleteNotificationStatus);',
    'return true;',
    'ES10b.RemoveNotificationFromList throws the result',
    { source: 'lpa/es10/es10b.ts' },
  ],
  [
    'a series has 256 blocks at most',
    'if (data.length > most * MAX_BLOCKS) throw',
    'if (false) throw',
    'a series has 256 blocks at most',
  ],
  [
    'nothing is sent on a channel that a reset closed',
    '    this.#channel = undefined; // a reset',
    '    // a reset',
    'after a reset no proactive command is pending; after a failed one nothing is sent',
  ],
  [
    'a card that is removed is not called an M2M eUICC',
    "if (!(error instanceof StatusWordError) && !(error instanceof LpaError && error.code === 'decode')) throw error;",
    '',
    'a card that is removed during the question for its EID',
    { source: 'lpa/es10/open-isdr.ts', test: 'es10/find.test.ts' },
  ],
  [
    'a card without an ISD-R is released',
    '    await card[Symbol.asyncDispose]();\n    throw error;',
    '    throw error;',
    'a card without an ISD-R is released',
    { source: 'lpa/es10/open-isdr.ts', test: 'es10/find.test.ts' },
  ],
  [
    'an ATR tells an eUICC from a plain UICC',
    'if (eid === undefined && !saysEuicc(card.atr)) {',
    'if (eid === undefined) {',
    'an ATR with the eUICC bit tells an eUICC',
    { source: 'lpa/es10/open-isdr.ts', test: 'es10/find.test.ts' },
  ],
  [
    'times of certificates have no fractions',
    '/^\\d{14}Z$/',
    '/^\\d{14}(\\.\\d+)?Z$/',
    'times are UTC to the second',
    { source: 'lpa/pki/der.ts', test: 'pki/certificate.test.ts' },
  ],
]);

row('pending notifications', 'lpa/procedures/notifications.ts', 'procedures/notifications.test.ts', [
  ['after Ctrl-C nothing is read', '    lpa.signal?.throwIfAborted();\n', '', 'after Ctrl-C no notification is read or sent'],
  [
    'Ctrl-C reaches a request that has a time limit',
    '[deadline.signal, ...(lpa.signal ? [lpa.signal] : [])]',
    '[deadline.signal]',
    'Ctrl-C during a request reaches the request',
  ],
  [
    'a card that is gone is not asked again',
    'if (failure?.isLast) last = failure.error;',
    '',
    'a card that is gone ends the address',
  ],
  [
    'a notification that the card keeps does not stop the next one',
    '    isSending = false;\n',
    '',
    'a notification that was accepted and is not removed has an error',
  ],
  [
    'an error of the program is thrown',
    "if (settled.status === 'rejected') throw settled.reason;",
    '{}',
    'an error of the program at one address is thrown',
  ],
  [
    'a filter that finds no result is not believed',
    'if (results.length > 0) return results;',
    'return results;',
    'installationResults reads the whole list',
    { source: 'lpa/procedures/pending-notifications.ts', test: 'procedures/pending-notifications.test.ts' },
  ],
]);

row('a plan and what became of it', 'cli/batch/row.ts', 'cli/batch.test.ts', [
  [
    'an activation code that is still valid is tried again',
    "['untouched', 'good', 'likelyGood', 'mayRetry', 'unknown', undefined]",
    "['untouched', 'good', 'mayRetry', 'unknown', undefined]",
    'hangup@getBoundProfilePackage after consent: the next run tries again',
  ],
  [
    'an activation code of an unknown state is tried again',
    "['untouched', 'good', 'likelyGood', 'mayRetry', 'unknown', undefined]",
    "['untouched', 'good', 'likelyGood', 'mayRetry', undefined]",
    'status:8.2/3.7@getBoundProfilePackage after consent: the next run tries again',
  ],
  [
    'each entry of the progress is checked',
    "['begun', 'installed', 'done', 'failed'].includes(state) && ",
    '',
    'progress with a member of another form is refused',
    { source: 'cli/batch/progress-file.ts' },
  ],
  [
    'an activation code without a matching ID belongs to its card',
    "matchingId === '' ? `$${eid ?? reader}` : matchingId",
    'matchingId',
    'an activation code without a matching ID may stand once for each card',
    { source: 'cli/batch/plan.ts' },
  ],
  [
    'a row has an EID or a reader, not both',
    'if ((eid === undefined) === (reader === undefined)) throw',
    'if (eid === undefined && reader === undefined) throw',
    'a row with both an EID and a reader, are refused',
    { source: 'cli/batch/plan.ts' },
  ],
  [
    'a confirmation code of a plan is a secret',
    'if (confirmationCode !== undefined) app.secrets.addText(confirmationCode);',
    '',
    'a plan: names of columns and yes in any form',
    { source: 'cli/batch/plan.ts' },
  ],
  [
    'a card that could not be asked is listed',
    'if (!other) failures.push(',
    'if (false) failures.push(',
    'an EID that is in no reader',
    { source: 'cli/batch/cards.ts' },
  ],
]);

row('certificates as they are read', 'lpa/pki/certificate.ts', 'pki/certificate.test.ts', [
  [
    'one signature algorithm, inside and outside',
    'if (!sameAlgorithm) throw',
    'if (false) throw',
    'a certificate whose two signature algorithms differ is refused',
  ],
  ['r and s and nothing else', 'if (numbers.length !== 2) throw', 'if (false) throw', 'a signature is r and s'],
  [
    'r and s are positive',
    'if (content.length === 0 || content[0]! & 0x80) throw',
    'if (content.length === 0) throw',
    'a signature is r and s',
  ],
  [
    'an extension stands once',
    'if (seen.has(oid)) throw',
    'if (false) throw',
    'an unknown extension is listed only where it is critical; a known one that stands twice is refused',
  ],
  ['a registeredID stands once', 'if (registered.length > 1) throw', 'if (false) throw', 'extensions are read to their ends'],
  [
    'an uncompressed point',
    'if (octets.length !== 65 || octets[0] !== 0x04 || unusedBits !== 0) throw',
    'if (octets.length !== 65) throw',
    'a public key that is not an uncompressed point',
  ],
]);

row('changes of a profile', 'lpa/procedures/switch.ts', 'procedures/switch.test.ts', [
  [
    'disable sends DisableProfile',
    "wanted === 'enabled' ? es10c.enableProfile : es10c.disableProfile",
    'es10c.enableProfile',
    'disable sends DisableProfile',
  ],
  [
    'a card that is gone is not asked in another form',
    "error instanceof CardError && error.problem === 'reset'",
    'error instanceof CardError',
    'a card that is gone is not asked in another form',
  ],
  [
    'what the card shows after an interruption counts',
    'error instanceof DecodeError || isInterrupted(error)',
    'error instanceof DecodeError',
    'an answer that cannot be read, or a card that restarts itself',
  ],
  ['a nickname is sent', '  await es10c.setNickname(isdr, profile.iccid, nickname);\n', '', 'rename sends the nickname as UTF-8'],
  ['the last answer is the error', '  if (last) throw last;\n', '', 'where each form fails and the card shows no change'],
]);

row('a second download of one order', 'lpa/procedures/installed-before.ts', 'procedures/installed-before.test.ts', [
  [
    'a failure result does not use an activation code',
    "'successResult' in data.finalResult && iccid",
    'iccid',
    'a failure of this SM-DP+ is pending',
  ],
  [
    'a result of another SM-DP+ says nothing',
    'iccid !== undefined && isFromServer(data, server)',
    'iccid !== undefined',
    'the success result of another SM-DP+ is pending',
  ],
  ['two candidates name no profile', 'candidates.length === 1 ? candidates[0] : undefined', 'candidates[0]', 'two profiles have'],
  [
    'only a refused matching ID is explained',
    "if (error.subjectCode !== '8.2.6' || error.reasonCode !== '3.8') return;",
    '',
    'any other error is left as it is',
  ],
  [
    'a result without an OID is compared by its address',
    'notified.authority === address',
    'true',
    'a result without an OID, for another address',
  ],
]);
