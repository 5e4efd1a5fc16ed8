import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Doors } from '../../src/cli/devices/transports.ts';
import { codePicture } from '../../src/lab/cli/picture.ts';
import { toHex, utf8Bytes } from '../../src/lpa/bytes.ts';
import { openRspDoor } from '../../src/lpa/es9/https.ts';
import { GetRatResponse } from '../../src/lpa/sgp22/policy.ts';
import { lpa } from './harness.ts';
import { openLab } from './lab.ts';

const ALPHA = { profileName: 'Alpha', serviceProviderName: 'Lab Mobile' };
const INITIATED = 'InitiateAuthentication: Executed-Success';
const OFFERED = 'AuthenticateClient: Executed-Success';
const CANCELLED = 'CancelSession: Executed-Success';

/** A card whose maker allows both rules to everybody, asking the user. */
const RAT = toHex(
  GetRatResponse.encode({
    rat: [
      {
        pprIds: ['ppr1', 'ppr2'],
        allowedOperators: [{ mccMnc: 'EEE-EEE', gid1: new Uint8Array(), gid2: new Uint8Array() }],
        pprFlags: ['consentRequired'],
      },
    ],
  }),
);

test('download --yes shows the offer, installs, delivers the notification and says what is next', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  const { code, out, err } = await lab.run(['download', activationCode, '--yes']);
  assert.equal(out, `Installed ${order.iccid} (Lab Mobile Alpha), disabled\n`);
  assert.equal(
    err.replace(/CI {8}[0-9A-F]{40}/, 'CI        ...'),
    `\
  Profile   Alpha
  Provider  Lab Mobile
  ICCID     ${order.iccid}
  Class     operational
  Owner     001-01
  Server    ${lab.smdp.address} (OID ${lab.smdp.oid})
  Trusted   under a CI that the card lists
  CI        ...
next: \`lpa enable ${order.iccid}\`
`,
  );
  assert.equal(code, 0);
  assert.equal(order.state, 'installed');
  assert.deepEqual(lab.card.state.notifications, []);
});

test('download --json: one object on stdout; the same code again: exit 5 and 8.2.6/3.8 in words', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  const first = await lab.run(['download', activationCode, '--yes', '--json']);
  assert.equal(first.code, 0);
  const { isdpAid, ...result } = JSON.parse(first.out);
  assert.match(isdpAid, /^A000000559/);
  assert.deepEqual(result, {
    iccid: order.iccid,
    serviceProviderName: 'Lab Mobile',
    profileName: 'Alpha',
    profileState: 'disabled',
    notificationsPending: 0,
  });
  const again = await lab.run(['download', activationCode, '--yes']);
  assert.equal(again.code, 5);
  assert.equal(again.out, '');
  assert.match(again.err, /^lpa: ES9\+\.AuthenticateClient: matching ID refused \(8\.2\.6\/3\.8\)$/m);
  assert.match(
    again.err,
    /^hint: the activation code is no longer valid: run `lpa list` to see whether its profile is installed/m,
  );
  assert.match(again.err, /^the activation code has ended$/m);
  const json = await lab.run(['download', activationCode, '--yes', '--json']);
  const { error } = JSON.parse(json.err.trimEnd().split('\n').at(-1) ?? '');
  assert.deepEqual(
    [error.code, error.subjectCode, error.reasonCode, error.function],
    ['server', '8.2.6', '3.8', 'ES9+.AuthenticateClient'],
  );
});

test('Enter, end of input and "later" postpone: exit 130, and the same code downloads afterwards', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  for (const typed of ['\n', '', 'later\n', 'what\nl\n']) {
    const { code, out, err } = await lab.run(['download', activationCode], { typed });
    assert.deepEqual([code, out], [130, '']);
    assert.match(err, /\nDownload\? \[y\]es, \[l\]ater \(default\), \[r\]efuse for good: /);
    assert.match(err, /lpa: postponed\nthe activation code is still good\n$/);
  }
  assert.deepEqual(lab.decisions().slice(0, 3), [INITIATED, OFFERED, CANCELLED]);
  assert.ok(lab.log.every(({ data }) => data?.['reason'] === undefined || data['reason'] === 'postponed'));
  assert.equal(order.state, 'released');
  assert.equal((await lab.run(['download', activationCode], { typed: 'y\n' })).code, 0);
});

test('"r" refuses for good, says beforehand what that means, and ends the order', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  const { code, err } = await lab.run(['download', activationCode], { typed: 'r\n' });
  assert.equal(code, 130);
  assert.match(err, /Refused for good, the operator may withdraw the profile; later changes nothing\.\nDownload\?/);
  assert.match(err, /lpa: refused for good\nthe activation code has ended\n$/);
  assert.ok(lab.log.some(({ who, data }) => who === 'sm-dp+' && data?.['reason'] === 'endUserRejection'));
  assert.equal(order.state, 'error');
});

test('no answer at the prompt in time is a timeout, which leaves the code good', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder(ALPHA);
  const { code, err } = await lab.run(['download', activationCode], {
    typed: '',
    staysOpen: true,
    env: { LPA_PROMPT_TIMEOUT: '0.05' },
  });
  assert.equal(code, 130);
  assert.match(err, /\nlpa: no answer at the prompt\nthe activation code is still good\n$/);
  assert.ok(lab.log.some(({ who, data }) => who === 'sm-dp+' && data?.['reason'] === 'timeout'));
});

test('Ctrl-C at the preview cancels on both sides as postponed, and says so', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  let press: () => void = () => {};
  const { code, err } = await lab.run(['download', activationCode], {
    typed: '',
    staysOpen: true,
    onInterrupt: (interrupt) => {
      press = interrupt;
    },
    onStderr: (text) => {
      if (text.includes('Download?')) setTimeout(press, 10);
    },
  });
  assert.equal(code, 130);
  assert.match(err, /cancelling\. Ctrl-C again leaves at once\n/);
  assert.match(err, /lpa: postponed\nthe activation code is still good\n$/);
  assert.ok(lab.log.some(({ who, data }) => who === 'sm-dp+' && data?.['reason'] === 'postponed'));
  assert.equal(order.state, 'released');
});

test('Ctrl-C while the card is writing is told, and the profile is finished', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  let press: () => void = () => {};
  let pressed = false;
  const { code, out, err } = await lab.run(['download', activationCode, '--yes', '--progress', 'json'], {
    onInterrupt: (interrupt) => {
      press = interrupt;
    },
    onStderr: (text) => {
      if (pressed || !/LoadBoundProfilePackage","sent":[1-9]/.test(text)) return;
      pressed = true;
      press();
    },
  });
  assert.equal(code, 0);
  assert.match(err, /the card is writing: this is finished first\. Ctrl-C again leaves at once/);
  assert.match(out, new RegExp(`^Installed ${order.iccid}`));
  assert.match(err, /1 notification is left on the card; `lpa notifications send` delivers/);
  assert.equal((await lab.run(['notifications', 'send'])).code, 0);
  assert.equal(order.state, 'installed');
});

test('a wrong confirmation code, then the right one, in one run; the offer is shown once', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ ...ALPHA, confirmationCode: '4321' });
  const { code, err, out } = await lab.run(['download', activationCode], { typed: 'y\n0000\n4321\n' });
  assert.equal(code, 0, err);
  assert.match(out, /^Installed /);
  assert.equal(err.split('Download?').length, 2);
  assert.equal(err.split('Confirmation code for').length, 3);
  assert.match(err, /warning: the confirmation code was refused: 2 tries are left\n/);
});

test('the server wants a confirmation code that the activation code does not tell of: it is asked for', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ ...ALPHA, confirmationCode: '4321', ccFlag: false });
  const asked = await lab.run(['download', activationCode], { typed: 'y\n\n' });
  assert.equal(asked.code, 130);
  const script = await lab.run(['download', activationCode, '--yes']);
  assert.equal(script.code, 2);
  assert.match(script.err, /lpa: the server wants a confirmation code\n/);
  assert.ok(lab.log.every(({ data }) => data?.['reason'] === undefined || data['reason'] === 'postponed'));
  const given = await lab.run(['download', activationCode, '--yes', '--confirmation-code-file', '-'], { stdin: '4321\n' });
  assert.equal(given.code, 0, given.err);
});

test('a script with a wrong confirmation code is told once: exit 5, and the order is kept', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder({ ...ALPHA, confirmationCode: '4321' });
  const { code, err } = await lab.run(['download', activationCode, '--yes', '--confirmation-code', '9999']);
  assert.equal(code, 5);
  assert.match(err, /confirmation code refused \(8\.2\.7\/3\.8\)\n(.*\n)*the activation code is still good\n/);
  assert.deepEqual(lab.decisions(), [INITIATED, OFFERED, 'GetBoundProfilePackage: 8.2.7/3.8']);
  assert.notEqual(order.state, 'error');
});

test('what is wrong with the command line is told before a card or a server is touched: exit 2', async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['download', 'LPA:1$smdp.example.com$X'], /a download has to be agreed to, and nobody is there to be asked/],
    [['download', 'LPA:1$smdp.example.com$X$$1', '--yes'], /the activation code wants a confirmation code with it/],
    [['download', 'LPA:2$smdp.example.com$X', '--yes'], /activation code: format is "2", only 1 is defined/],
    [['download', 'LPA:1$smdp.example.com$X', '--smdp', 'a.example', '--yes'], /cannot be used with --smdp or --matching-id/],
    [['download', '--matching-id', 'X', '--yes'], /--matching-id requires --smdp/],
    [
      ['download', '--smdp', 'a.example', '--matching-id', 'A B', '--yes'],
      /--matching-id: expected printable ASCII other than \$ \(column 2\)/,
    ],
    [['download', '--smdp', '127.0.0.1', '--yes'], /--smdp: an IP address is not allowed/],
    [['download', 'nothing-here.png', '--yes'], /nothing-here\.png: there is no such file/],
    [['download', '-', '--yes'], /stdin is empty/],
    [['download', 'LPA:1$smdp.example.com$X', '--accept-rules', 'ppr3', '--yes'], /--accept-rules/],
    [['download', 'LPA:1$smdp.example.com$X', '--imei', '1', '--yes'], /--imei: an IMEI has 15 digits/],
  ];
  for (const [argv, message] of cases) {
    const { code, err, out } = await lpa(argv, { doors: { openLink: () => assert.fail('the card was touched') } });
    assert.deepEqual([code, out], [2, ''], argv.join(' '));
    assert.match(err, message);
  }
});

test('a matching ID outside the specification: one warning that does not quote it, and the profile is installed', async () => {
  await using lab = await openLab();
  for (const matchingId of ['TS48v5_SAIP2.3_BERTLV', 'A&B#C_D']) {
    const { activationCode } = lab.smdp.createOrder({ matchingId });
    const options = ['--smdp', lab.smdp.address, '--matching-id', matchingId];
    for (const argv of [
      ['inspect', activationCode],
      ['inspect', ...options],
      ['download', activationCode, '--yes'],
    ]) {
      const { code, out, err } = await lab.run(argv);
      assert.equal(code, 0, err);
      assert.equal((err + out).match(/^warning:.*$/gm)?.length, 1, err);
      assert.match(err, /^warning: .*the matching ID has characters outside the specification's set \(A-Z, 0-9, -\)$/m);
      assert.ok(!(out + err).includes(matchingId), err);
    }
  }
});

test('--timeout sets the time for answers and for the package', async () => {
  await using lab = await openLab();
  const seen: (number | undefined)[][] = [];
  const doors: Partial<Doors> = {
    openServers: async (options) => {
      seen.push([options.timeoutMs, options.packageTimeoutMs]);
      return openRspDoor(options);
    },
  };
  for (const words of [[], ['--timeout', '7']]) {
    const { activationCode } = lab.smdp.createOrder(ALPHA);
    assert.equal((await lab.run(['download', activationCode, '--yes', ...words], { doors })).code, 0);
  }
  assert.deepEqual(seen, [
    [undefined, undefined],
    [7000, 7000],
  ]);
});

test('a rule that wants consent is asked for by itself; --yes does not cover it, --accept-rules does', async () => {
  await using lab = await openLab({ card: { rat: RAT } });
  const { order, activationCode } = lab.smdp.createOrder({ ...ALPHA, rules: ['ppr2'] });
  const script = await lab.run(['download', activationCode, '--yes']);
  assert.equal(script.code, 2);
  assert.match(
    script.err,
    /lpa: the profile has rules that want your consent: ppr2\nthe activation code is still good\nhint: --accept-rules ppr2 /,
  );
  const no = await lab.run(['download', activationCode], { typed: 'y\n\n' });
  assert.equal(no.code, 130);
  assert.match(no.err, /Rule {6}PPR2: it cannot be deleted from this card until the operator allows\n {12}it\n/);
  assert.match(no.err, /Accept this rule\? \[y\]es, \[n\]o \(default\): /);
  assert.ok(lab.log.every(({ data }) => data?.['reason'] === undefined || data['reason'] === 'postponed'));
  assert.equal(order.state, 'released');
  const yes = await lab.run(['download', activationCode, '--yes', '--accept-rules', 'ppr1,ppr2']);
  assert.equal(yes.code, 0, yes.err);
});

test('a rule that the card does not allow: exit 9, before anything is asked', async () => {
  await using lab = await openLab({ card: { rat: toHex(GetRatResponse.encode({ rat: [] })) } });
  const { activationCode } = lab.smdp.createOrder({ ...ALPHA, rules: ['ppr2'] });
  const { code, err } = await lab.run(['download', activationCode], { typed: 'y\n' });
  assert.equal(code, 9);
  assert.ok(!err.includes('Download?'));
});

test('--enable and --nickname do what they say after installing', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  const { code, out, err } = await lab.run(['download', activationCode, '--yes', '--enable', '--nickname', 'work', '--json']);
  assert.equal(code, 0, err);
  assert.deepEqual([JSON.parse(out).profileState, JSON.parse(out).notificationsPending], ['enabled', 0]);
  const [profile] = JSON.parse((await lab.run(['list', '--json'])).out);
  assert.deepEqual([profile.profileState, profile.profileNickname, profile.iccid], ['enabled', 'work', order.iccid]);
});

test('--enable that fails: exit 4, the error says what is installed, and its notification is delivered', async () => {
  await using lab = await openLab({ card: { rat: RAT } });
  const locked = lab.smdp.createOrder({ ...ALPHA, rules: ['ppr1'] });
  const first = await lab.run(['download', locked.activationCode, '--yes', '--accept-rules', 'ppr1', '--enable']);
  assert.equal(first.code, 0, first.err);
  const { order, activationCode } = lab.smdp.createOrder({ ...ALPHA, profileName: 'Beta' });
  const { code, out, err } = await lab.run(['download', activationCode, '--yes', '--enable', '--json']);
  assert.deepEqual([code, out], [4, ''], err);
  const { error } = JSON.parse(err.trimEnd().split('\n').at(-1) ?? '');
  assert.deepEqual([error.function, error.result], ['ES10c.EnableProfile', 'disallowedByPolicy']);
  assert.deepEqual(error.installed, { iccid: order.iccid });
  assert.equal(order.state, 'installed');
});

test('a test profile is called one', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ ...ALPHA, profileClass: 'test' });
  const { err } = await lab.run(['download', activationCode], { typed: '\n' });
  assert.match(err, /Class {5}test: not for use; its keys are public/);
});

test('hostile names reach the terminal as escapes', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ profileName: 'A\x1b]52;c;eA==\x07\u202e', serviceProviderName: 'B\r\nC' });
  const { out, err } = await lab.run(['download', activationCode, '--yes']);
  assert.ok(!/[\x00-\x09\x0b-\x1f\u202e]/.test(out + err));
  assert.match(err, /Profile {3}A\\x1B\]52;c;eA==\\x07\\u202E\n/);
});

test('steps are told line by line where stderr is no terminal, each once', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder(ALPHA);
  const { err } = await lab.run(['download', activationCode, '--yes', '--progress', 'auto']);
  assert.deepEqual(
    err.split('\n').filter((line) => !line.startsWith('  ')),
    [
      'reading the eUICC',
      `contacting ${lab.smdp.address}`,
      'the eUICC checks the server',
      'the server checks the eUICC',
      'reading the profiles',
      'preparing the download',
      'fetching the profile',
      'installing',
      'reading notifications',
      `notifying ${lab.smdp.address}`,
      'reading notifications',
      err.split('\n').at(-2),
      '',
    ],
  );
});

test('a failed installation is reported to the server, named to the element, and ends with exit 4', async () => {
  await using lab = await openLab({ card: { memory: 2000 } });
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  const { code, err } = await lab.run(['download', activationCode, '--yes']);
  assert.equal(code, 4);
  assert.match(err, /lpa: installation failed in \w+: not enough memory for the profile \(\d\/10\)\n/);
  assert.match(err, /the same activation code may be tried again\n/);
  assert.ok(lab.smdp.state.notifications.some(({ iccid, result }) => iccid === order.iccid && result !== 'ok'));
  assert.deepEqual(lab.card.state.notifications, []);
});

test('no secret reaches stdout, stderr or a trace, in whatever form', async () => {
  await using lab = await openLab();
  const matchingId = 'QRSTUV-23456-SECRET';
  const { activationCode } = lab.smdp.createOrder({ ...ALPHA, matchingId, confirmationCode: 'CC-98765' });
  const file = join(mkdtempSync(join(tmpdir(), 'lpa-')), 'trace.txt');
  const wrong = await lab.run(['download', activationCode, '--yes', '--trace', '--confirmation-code', 'CC-00000']);
  const right = await lab.run(['download', activationCode, '--yes', '--trace-file', file, '--confirmation-code', 'CC-98765']);
  const again = await lab.run(['download', activationCode, '--yes', '--json', '--confirmation-code', 'CC-98765']);
  assert.deepEqual([wrong.code, right.code, again.code], [5, 0, 5]);
  const everything = [wrong, right, again].map(({ out, err }) => out + err).join('') + readFileSync(file, 'utf8');
  assert.match(everything, /ES10b\.AuthenticateServer \{.*"matchingId":"•••"/);
  for (const secret of [matchingId, 'CC-98765', 'CC-00000']) {
    const octets = utf8Bytes(secret);
    assert.ok(!everything.includes(secret));
    assert.ok(!everything.includes(toHex(octets)));
    for (const shift of [0, 1, 2]) {
      const base64 = Buffer.concat([Buffer.alloc(shift), octets]).toString('base64');
      assert.ok(!everything.includes(base64.slice(Math.ceil((shift * 8) / 6), -4)));
    }
  }
});

test('a byte order mark is taken off, and UTF-16 is read, as Windows saves it: both codes, from files and from stdin', async () => {
  await using lab = await openLab();
  const dir = mkdtempSync(join(tmpdir(), 'lpa-'));
  const saved: readonly ((text: string) => Uint8Array)[] = [
    (text) => utf8Bytes(`\ufeff${text}\r\n`),
    (text) => Buffer.from(`\ufeff${text}\r\n`, 'utf16le'),
    (text) => Buffer.from(`\ufeff${text}\r\n`, 'utf16le').swap16(),
  ];
  for (const [i, octets] of saved.entries()) {
    const order = () => lab.smdp.createOrder({ ...ALPHA, confirmationCode: `${i}321` }).activationCode;
    const files = ['cc.txt', 'code.txt'].map((name) => join(dir, name)) as [string, string];
    writeFileSync(files[0], octets(`${i}321`));
    writeFileSync(files[1], octets(order()));
    const fromFiles = await lab.run(['download', files[1], '--yes', '--confirmation-code-file', files[0]]);
    assert.equal(fromFiles.code, 0, fromFiles.err);
    const codeOnStdin = ['download', '-', '--yes', '--confirmation-code-file', files[0]];
    assert.equal((await lab.run(codeOnStdin, { stdin: octets(order()) })).code, 0);
    const ccOnStdin = ['download', order(), '--yes', '--confirmation-code-file', '-'];
    assert.equal((await lab.run(ccOnStdin, { stdin: octets(`${i}321`) })).code, 0);
  }
  rmSync(dir, { recursive: true });
});

test('a code from a file on stdin, and from a picture', async () => {
  await using lab = await openLab();
  const text = lab.smdp.createOrder(ALPHA);
  assert.equal((await lab.run(['download', '-', '--yes'], { stdin: `${text.activationCode}\n` })).code, 0);
  const drawn = lab.smdp.createOrder({ ...ALPHA, profileName: 'Beta' });
  const picture = join(mkdtempSync(join(tmpdir(), 'lpa-')), 'code.png');
  writeFileSync(picture, await codePicture(drawn.activationCode));
  assert.equal((await lab.run(['download', picture, '--yes'])).code, 0);
  assert.equal(JSON.parse((await lab.run(['list', '--json'])).out).length, 2);
});
