import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { wordsIn } from '../../src/cli/parse.ts';
import { commandNamed } from '../../src/cli/registry.ts';
import { settingsFrom } from '../../src/cli/settings.ts';
import { UsageError } from '../../src/lpa/errors.ts';

test('an option goes before its variable, a variable before the default', () => {
  const env = { LPA_READER: 'from env', LPA_TIMEOUT: '5', LPA_IMEI: '35-290611-0000000', LPA_JSON: '1', CI: 'true' };
  const fromEnv = settingsFrom({}, env);
  assert.deepEqual(
    [fromEnv.reader, fromEnv.timeoutMs, fromEnv.imei, fromEnv.json, fromEnv.input],
    ['from env', 5000, '352906110000000', true, false],
  );
  const both = settingsFrom({ reader: 'given', timeout: '7.5', imei: '352906110000018' }, env);
  assert.deepEqual([both.reader, both.timeoutMs, both.imei], ['given', 7500, '352906110000018']);
  const neither = settingsFrom({}, {});
  assert.deepEqual(neither, {
    waitMs: 10_000,
    caFiles: [],
    allowTestCi: false,
    strictCi: false,
    lenientRoles: false,
    notify: true,
    promptTimeoutMs: 600_000,
    json: false,
    progress: 'auto',
    quiet: false,
    yes: false,
    input: true,
    color: 'auto',
    trace: false,
    redact: false,
  });
});

test('a switch in the environment is off when it is empty, 0, false or no', () => {
  for (const value of ['', '0', 'false', 'no', 'NO']) {
    const { allowTestCi, strictCi, lenientRoles, trace, json } = settingsFrom(
      {},
      {
        LPA_ALLOW_TEST_CI: value,
        LPA_STRICT_CI: value,
        LPA_LENIENT_ROLES: value,
        LPA_TRACE: value,
        LPA_JSON: value,
      },
    );
    assert.deepEqual([allowTestCi, strictCi, lenientRoles, trace, json], [false, false, false, false, false], value);
  }
});

test('NO_COLOR goes before FORCE_COLOR, --color before both', () => {
  assert.equal(settingsFrom({}, { NO_COLOR: '1', FORCE_COLOR: '1' }).color, 'never');
  assert.equal(settingsFrom({}, { FORCE_COLOR: '1' }).color, 'always');
  assert.equal(settingsFrom({ color: 'always' }, { NO_COLOR: '1' }).color, 'always');
});

test('what cannot be used is named by its option or its variable', () => {
  const cases: readonly (readonly [Parameters<typeof settingsFrom>, RegExp])[] = [
    [[{ wait: 'x' }, {}], /^--wait: not a number of seconds$/],
    [[{ timeout: '-1' }, {}], /^--timeout: not a number of seconds$/],
    [[{}, { LPA_TIMEOUT: '1e9' }], /^LPA_TIMEOUT: /],
    [[{}, { LPA_PROMPT_TIMEOUT: 'soon' }], /^LPA_PROMPT_TIMEOUT: /],
    [[{ imei: '3529061100000001' }, {}], /^--imei: an IMEI has 15 digits$/],
    [[{ aid: 'A0' }, {}], /^--aid: an AID has 5 to 16 octets in hexadecimal$/],
    [[{}, { LPA_ISDR_AID: 'zz' }], /^LPA_ISDR_AID: /],
    [[{ ca: ['/no/such/file.pem'] }, {}], /^--ca: there is no file \/no\/such\/file\.pem$/],
  ];
  for (const [args, message] of cases) {
    assert.throws(
      () => settingsFrom(...args),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  }
});

test('global options may stand before, between and after the words of a command', () => {
  for (const argv of [
    ['--reader', 'list', 'notifications', 'send', '4'],
    ['-r', 'list', 'notifications', '--json', 'send', '4'],
    ['notifications', '--reader=list', 'send', '4'],
    ['profile', 'notifications', '-q', 'send', '4'],
  ]) {
    const { words } = wordsIn(argv, 3);
    assert.equal(commandNamed(ENTRIES, words).entry.name, 'notifications send', argv.join(' '));
  }
  const { words, without } = wordsIn(['rename', '--json', 'list', 'send'], 3);
  const { entry, taken } = commandNamed(ENTRIES, words);
  assert.deepEqual([entry.name, without(taken)], ['rename', ['--json', 'list', 'send']]);
});

test('an activation code in the place of a command is not repeated', () => {
  assert.throws(
    () => commandNamed(ENTRIES, ['LPA:1$smdp.example.com$SECRET']),
    (error: unknown) => error instanceof UsageError && !`${error.message}${error.remedy}`.includes('SECRET'),
  );
});
