/**
 * Write docs/conformance.md: what SGP.23 has and the tests for it, each result of ES10 and each status code of ES9+ with the
 * tests that provoke it. The tests of the lab are run and asked for their names, so a code that no test reaches is an empty line.
 *
 * `--check <file>` takes the names of a whole run from what tools/passed-reporter.mjs wrote, as `npm test` does at its end: it
 * fails where a named test did not pass, a code has none, or the page is another.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FAMILIES } from '../test/conformance.mjs';

const OUTPUT = 'docs/conformance.md';

const es10a = await import('../build/src/lpa/es10/es10a.js');
const es10b = await import('../build/src/lpa/es10/es10b.js');
const es10c = await import('../build/src/lpa/es10/es10c.js');
const { errorReason } = await import('../build/src/lpa/sgp22/notification.js');
const { authenticateErrorCode } = await import('../build/src/lpa/sgp22/authentication.js');
const { SERVER_CODES } = await import('../build/src/failures/server-codes.js');
const { downloadErrorCode } = await import('../build/src/lpa/sgp22/download.js');

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

const checking = process.argv.indexOf('--check');
const passed = checking < 0 ? undefined : byFile(readFileSync(process.argv[checking + 1], 'utf8'));
const tests = namesOfTests('test/lab/euicc');
const serverTests = ['test/lab/smdp', 'test/lab/smds'].flatMap(namesOfTests);
const missing = [];
const lines = [
  '# Conformance',
  '',
  'What every fault of the card, the reader, the network and the servers comes to, at every step of every procedure:',
  '[the fault matrix](fault-matrix/README.md).',
  '',
  'Made by `node tools/conformance.mjs` from the names of the tests that passed, and checked at the end of `npm test`.',
  '',
  'SGP.23 has the test cases for SGP.22. Its families are listed with the tests that show the same here, or with the reason why there',
  'are none; then what each function can answer, and the test that makes it do so.',
  '',
  ...FAMILIES.flatMap(({ title, rows }) => [
    `## ${title}`,
    '',
    '| case | tests |',
    '|---|---|',
    ...rows.map(([what, ...references]) => `| ${what} | ${references.map(reference).join('; ')} |`),
    '',
  ]),
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
if (passed) {
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
  const files = ['src/lab/rsp', 'src/lab/smdp', 'src/lab/smds'].flatMap((folder) =>
    readdirSync(folder).map((file) => join(folder, file)),
  );
  const quoted = files
    .filter((file) => !/fault/.test(file)) // what a fault may be told to answer is no decision of the server
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/'(\d+(?:\.\d+)+\/\d+\.\d+)'/g)].map(([, code]) => code));
  return [...new Set(quoted)].sort();
}

/** Names of the tests in a folder that passed, by file. */
function namesOfTests(folder) {
  if (passed) return [...passed].filter(([file]) => dirname(file) === folder).flatMap(([, names]) => names.map(cell));
  const compiled = join('build', folder);
  const files = readdirSync(compiled).filter((file) => file.endsWith('.test.js'));
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=./tools/passed-reporter.mjs', ...files.map((file) => join(compiled, file))],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`tests in ${folder} fail; first make them pass`);
  return [...byFile(stdout)].flatMap(([, names]) => names.map(cell));
}

/** @param lines of tools/passed-reporter.mjs @returns names by file, files in their order */
function byFile(lines) {
  const names = new Map();
  for (const line of lines.split('\n').filter(Boolean)) {
    const { file, name } = JSON.parse(line);
    names.set(file, [...(names.get(file) ?? []), name]);
  }
  return new Map([...names].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function cell(name) {
  return name.replaceAll('|', '\\|');
}

/** `file: words`, and whether a test of that file with these words in its name passed; or `no test: ` and why. */
function reference(text) {
  if (text.startsWith('no test: ')) return text.slice('no test: '.length);
  const [, file, words] = /^(\S+\.ts): (.+)$/s.exec(text) ?? [];
  const names = passed?.get(join('test', file ?? ''));
  if (passed && !names?.some((name) => name.includes(words))) missing.push(`test/${text}`);
  return `[${file}](../test/${file}): ${cell(words)}`;
}
