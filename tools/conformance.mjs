/**
 * Write docs/conformance.md: each result of ES10 and each status code of ES9+ with the tests that provoke it. The tests are
 * run and asked for their names, so a code that no test reaches is an empty line, and `--check` fails on it.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OUTPUT = 'docs/conformance.md';

const es10a = await import('../build/src/es10/es10a.js');
const es10b = await import('../build/src/es10/es10b.js');
const es10c = await import('../build/src/es10/es10c.js');
const { errorReason } = await import('../build/src/sgp22/notification.js');
const { authenticateErrorCode } = await import('../build/src/sgp22/authentication.js');
const { SERVER_CODES } = await import('../build/src/explain/server-codes.js');
const { downloadErrorCode } = await import('../build/src/sgp22/download.js');

/** Results that came with v3 or SGP.32: the tables read them, a v2 card does not send them. */
const LATER = new Set([
  'unsupportedCiPKId',
  'transactionIdError',
  'missingCrl',
  'invalidCrlSignature',
  'revokedCert',
  'invalidCertOrCrlTime',
  'invalidCertOrCrlConfiguration',
  'invalidIccid',
  'disallowedByEnterpriseRule',
  'commandError',
  'disallowedForRpm',
  'noEsimPortAvailable',
  'rollbackNotAvailable',
  'disallowedInTestMode',
  'returnFallbackProfile',
  'profileChangeOngoing',
  'enterpriseProfilesNotSupported',
  'enterpriseRulesNotAllowed',
  'enterpriseProfileNotAllowed',
  'enterpriseOidMismatch',
  'enterpriseRulesError',
  'enterpriseProfilesOnly',
  'lprNotSupported',
  'unknownTlvInMetadata',
  'installFailedDueToInsufficientMinimumSecurityLevel',
  'installFailedDueToServerAddressAbsentInEuiccAllowList',
]);

/** Codes of servers that ours have no honest way to; `--server-fault status:<code>` answers any of them. */
const NOT_ANSWERED = {
  '8.1.1/2.1': 'a certificate with an EID of another form is refused before (8.1.3/6.1)',
  '8.1.1/3.1': '8.1.1/3.10 as some clients shorten it',
  '8.1.1/3.9': 'of v3 (RPM). An eUICC without an order is told 8.2.6/3.8: that keeps it unknown who has one',
  '8.1.4/6.1':
    'one test server has it for an EID beyond the range of its EUM; the name constraints are part of the chain, so 8.1.3/6.1',
  '8.2.1/3.1': '8.2.1/3.10 as some clients shorten it',
  '8.2.1/3.10': 'an ICCID that is bound to another EID: 8.1.1/3.10 names the EID, which is what differs',
  '8.2.6/3.1': '8.2.6/3.10 as some clients shorten it',
  '8.2.9/2.3': 'of v3 (RPM): metadata to update',
  '8.2.12/3.10': 'of v3 (RPM): the owner of a profile that is managed',
  '8.8/3.1': '8.8/3.10 as some clients shorten it',
  '8.8/4.2': 'what does not fit has a code of its own here',
  '8.8.5/3.3': 'an eUICC may have lost its session, so an order whose session is open may be asked for again',
  '8.8.5/4.1': '8.8.5/4.10 as some clients shorten it',
};

const names = (type) => Object.entries(type.shape.names ?? {}).filter(([name]) => name !== 'ok' && !LATER.has(name));

/** The enumeration in a response: of its one result field, or of its error alternative. */
function resultsOf({ response }) {
  const shape = response.type.shape.kind === 'opaque' ? response.type.shape.inner : response.type.shape;
  const field = Object.entries(shape.fields ?? {}).find(
    ([name, { type }]) => /result|error|status/i.test(name) && type.shape.kind === 'enumerated',
  )?.[1];
  return field ? names(field.type) : [];
}

const functions = [...Object.values(es10a), ...Object.values(es10b), ...Object.values(es10c)]
  .filter((each) => typeof each?.name === 'string' && each.response)
  .map((fn) => [fn.name, resultsOf(fn)]);
const tables = new Map([
  ...functions,
  [es10b.AuthenticateServer.name, names(authenticateErrorCode)],
  [es10b.PrepareDownload.name, names(downloadErrorCode)],
  [es10b.LOAD_BOUND_PROFILE_PACKAGE, names(errorReason)],
]);

const tests = namesOfTests('build/test/lab/euicc');
const serverTests = ['build/test/lab/smdp', 'build/test/lab/smds'].flatMap(namesOfTests);
const missing = [];
const lines = [
  '# Conformance',
  '',
  'What every fault of the card, the reader, the network and the servers comes to, at every step of every procedure:',
  '[the fault matrix](fault-matrix/README.md).',
  '',
  'Made by `node tools/conformance.mjs` from the names of the tests that passed: what each function can answer, and the test that makes it do so.',
  '',
  '## ES10a, ES10b, ES10c: results of SGP.22 v2.5',
  '',
  '| function | result | test |',
  '|---|---|---|',
];
for (const [fn, results] of tables) {
  for (const [result, code] of results) {
    const found = tests.find((name) => name.startsWith(`${fn}: `) && new RegExp(`\\b${result}\\b`).test(name));
    if (!found) missing.push(`${fn} ${result}`);
    lines.push(`| ${fn} | ${result} (${code}) | ${found ?? ''} |`);
  }
}
lines.push('', '## ES9+, ES11, ES2+, ES12: subject and reason codes', '', '| function | code | test |', '|---|---|---|');
const answered = serverTests.flatMap(pairsOf).sort();
for (const [fn, code, name] of answered) lines.push(`| ${fn} | ${code} | ${name} |`);
const isAnswered = (code) => answered.some(([, each]) => each === code);
for (const code of new Set([...codesOfServers(), ...SERVER_CODES])) {
  if (!isAnswered(code) && !(code in NOT_ANSWERED)) missing.push(`status code ${code}`);
  if (isAnswered(code) && code in NOT_ANSWERED) missing.push(`status code ${code} has a test: it is answered`);
}
lines.push('', '### Not answered by a server of the lab', '', '| code | why |', '|---|---|');
for (const [code, why] of Object.entries(NOT_ANSWERED)) lines.push(`| ${code} | ${why} |`);
const text = `${lines.join('\n')}\n`;

for (const each of missing) console.error(`no test: ${each}`);
if (process.argv.includes('--check')) {
  const stale = readFileSync(OUTPUT, 'utf8') !== text;
  if (stale) console.error(`${OUTPUT} is not what the tests say: node tools/conformance.mjs`);
  process.exit(stale || missing.length > 0 ? 1 : 0);
}
writeFileSync(OUTPUT, text);
console.log(`${OUTPUT}: ${lines.length} lines, ${missing.length} results without a test`);

/** `confirmOrder: 8.1.1/2.2 and 3.10 for ...` names two codes of one function, `registerEvent and deleteEvent: ...` codes of two. */
function pairsOf(name) {
  const [before = '', rest = ''] = name.split(/: | with /);
  const functions = before.split(/, | and /);
  if (!functions.every((fn) => /^(ES\d+\.[A-Z]|[a-z])[a-z]+[A-Z]\w+$/.test(fn))) return [];
  let subject = '';
  const pairs = [];
  for (const [, named, reason] of rest.matchAll(/\b(?:(\d+(?:\.\d+)*)\/)?(\d+\.\d+)\b/g)) {
    subject = named ?? subject;
    if (subject) pairs.push(...functions.map((fn) => [fn, `${subject}/${reason}`, name]));
  }
  return pairs;
}

/** Subject and reason codes that stand in the servers' source. */
function codesOfServers() {
  const files = ['src/lab/smdp', 'src/lab/smds'].flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  const quoted = files
    .filter((file) => !/fault/.test(file)) // what a fault may be told to answer is no decision of the server
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/'(\d+(?:\.\d+)+\/\d+\.\d+)'/g)].map(([, code]) => code));
  return [...new Set(quoted)].sort();
}

function namesOfTests(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.test.js'));
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap', ...files.map((file) => join(folder, file))],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status !== 0) throw new Error(`tests in ${folder} fail; first make them pass`);
  return [...stdout.matchAll(/^ *ok \d+ - (.*)$/gm)].map(([, name]) => name.replaceAll('\\#', '#').replaceAll('|', '\\|'));
}
