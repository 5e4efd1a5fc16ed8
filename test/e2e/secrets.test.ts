/**
 * Every command with everything turned on that tells of a session, and known secrets in it: no octet of them is in what it prints,
 * in a file that it writes, or, where they came by stdin or file, in what the system tells of its process.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { codePicture } from '../../src/lab/cli/picture.ts';
import { preloadProfile } from '../../src/lab/euicc/state.ts';
import { offerAtSocket, type SocketReader } from '../../src/lab/readers/socket.ts';
import { createSmds, type Smds } from '../../src/lab/smds/smds.ts';
import { newSmdsState } from '../../src/lab/smds/state.ts';
import { EID, type Lab, openLab } from '../cli/lab.ts';
import { sharedDomain } from '../lab/smdp/harness.ts';
import { cleanEnv, LPA } from './programs.ts';

/** Of no length that something else has, and nothing in them that could stand elsewhere by chance. */
const MATCHING_IDS = ['QX7ZK-9WJVH-3TYPB-XRFGD', 'JVQ2W-KXZ9P-7HGFT-BRYWD', 'ZZTOP-4QKXJ-9VWHB-PGYFC'] as const;
const EVENT_ID = 'WQKZX-JV4HB-9PYTG-FDRCX';
const CONFIRMATION_CODE = 'kpQ83-zWxJv';
const WRONG_CODE = 'vJq59-Hkwzp';
const SHORT_CODE = '7391';
const SECRETS = [...MATCHING_IDS, EVENT_ID, CONFIRMATION_CODE, WRONG_CODE];
/** Octets in a row that tell too much already. */
const WINDOW = 8;

let lab: Lab;
let smds: Smds;
let reader: SocketReader;
let dir = '';
let out = '';
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lpa-secrets-'));
  out = join(dir, 'written');
  mkdirSync(out);
  smds = await createSmds({ pki: { domains: [await sharedDomain()] }, state: newSmdsState(), log: () => {} });
  await smds.listen(0);
  const { address: operator } = await smds.listenOperator(0);
  lab = await openLab({ card: { rootDsAddress: smds.address }, es12Of: () => operator });
  preloadProfile(lab.card.state, { iccid: OLD, profileName: 'Old', serviceProviderName: 'Lab', profileClass: 'operational' });
  reader = await offerAtSocket(lab.card);
});
after(async () => {
  await reader[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  await smds.close();
  rmSync(dir, { recursive: true });
});

const OLD = '8949000000000000011';

/** What must not be found: a name for it, and its octets. */
type Wanted = readonly [name: string, octets: Buffer];

/** Secrets by all their windows; hashes of them that are not salted, whole. */
function wanted(transactionIds: readonly string[]): Wanted[] {
  return [
    ...SECRETS.flatMap((secret) => [
      ...Array.from({ length: secret.length - WINDOW + 1 }, (_, i): Wanted => {
        return [secret, Buffer.from(secret.slice(i, i + WINDOW))];
      }),
      ...['sha256', 'sha1', 'md5'].map((hash): Wanted => [`${hash} of ${secret}`, createHash(hash).update(secret).digest()]),
    ]),
    ...[CONFIRMATION_CODE, WRONG_CODE, SHORT_CODE].flatMap((code) =>
      transactionIds.map((id): Wanted => {
        const hashCc = createHash('sha256').update(createHash('sha256').update(code).digest()).update(Buffer.from(id, 'hex'));
        return [`hashCc of ${code}`, hashCc.digest()];
      }),
    ),
  ];
}

/** The same octets as they could stand in text: plain, hexadecimal, base64 at each of its three places. */
function formsOf(octets: Buffer): Buffer[] {
  const hex = octets.toString('hex');
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), octets])
      .toString('base64')
      .slice(shift === 0 ? 0 : shift + 1)
      .replace(/=+$/, '')
      .slice(0, -1),
  );
  return [
    octets,
    ...[hex, hex.toUpperCase(), ...base64].map((text) => Buffer.from(text)),
    Buffer.from(octets.toString(), 'utf16le'),
  ];
}

/** What stands in octets, and what stands in the hexadecimal and base64 of it, as often as it is wrapped. */
function readings(octets: Buffer, depth = 3): Buffer[] {
  const text = octets.toString('latin1');
  const inner =
    depth === 0
      ? []
      : [
          ...[...text.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g)].map(([word]) => Buffer.from(word, 'base64')),
          ...[...text.matchAll(/(?:[0-9A-Fa-f]{2}){8,}/g)].map(([word]) => Buffer.from(word, 'hex')),
        ];
  return [octets, ...inner.filter(({ length }) => length >= WINDOW).flatMap((each) => readings(each, depth - 1))];
}

/** APDUs of a trace or a recording without what stands between them: a secret may run from one block into the next. */
function streamsIn(text: string): Buffer[] {
  return ['>', '<'].map((side) => {
    const lines = [...text.matchAll(new RegExp(`^ *${side} ([0-9A-F •]+)$`, 'gm'))];
    const datas = lines.map(([, line = '']) => {
      const octets = line.replaceAll(' ', '').replaceAll('••', '00');
      return side === '>' ? octets.slice(10) : octets.slice(0, -4);
    });
    return Buffer.from(datas.join(''), 'hex');
  });
}

/** The same of a capture: what is behind IPv4, UDP and GSMTAP in each of its records. */
function streamsInPcap(octets: Buffer): Buffer[] {
  const [headers, recordHeader, fileHeader] = [44, 16, 24];
  const streams: Buffer[][] = [[], []];
  for (let at = fileHeader; at + recordHeader <= octets.length; ) {
    const length = octets.readUInt32LE(at + 8);
    const apdu = octets.subarray(at + recordHeader + headers, at + recordHeader + length);
    if (apdu[1] === 0xe2) streams[0]!.push(apdu.subarray(5, 5 + (apdu[4] ?? 0)));
    if (apdu[1] === 0xc0) streams[1]!.push(apdu.subarray(5, -2));
    at += recordHeader + length;
  }
  return streams.map((pieces) => Buffer.concat(pieces));
}

function leaksIn(where: string, octets: Buffer, secrets: readonly Wanted[]): string[] {
  // Whatever is whole hexadecimal or base64 was read already, and is searched for the octets themselves.
  const streams = where.endsWith('.pcap') ? streamsInPcap(octets) : streamsIn(octets.toString('utf8'));
  const read = [...readings(octets).slice(1), ...streams];
  return secrets.flatMap(([name, secret]) =>
    formsOf(secret).some((form) => octets.includes(form)) || read.some((each) => each.includes(secret))
      ? [`${where}: ${name}`]
      : [],
  );
}

interface Run {
  readonly argv: readonly string[];
  readonly exit: number;
  readonly stdin?: string | Uint8Array;
  /** The result is the secret: `qr`, `explain`, and the event that `discover` shows. */
  readonly shows?: true;
  /** A code is an argument, which `ps` shows to everybody. */
  readonly inArgument?: true;
  /** Killed when stderr matches. */
  readonly killedAt?: RegExp;
}

/** What the system tells of a process; nothing once it has ended. */
function processList(pid: number | undefined): Buffer[] {
  return ['cmdline', 'environ', 'comm', 'status'].flatMap((list) => {
    try {
      return [readFileSync(`/proc/${pid}/${list}`)].filter(({ length }) => length > 0);
    } catch {
      return [];
    }
  });
}

let counted = 0;
const transactionIds = new Set<string>();

/** One command with all its records; @returns what was found in them, its streams and its process. */
async function leaksOf({ argv, exit, stdin = '', shows, inArgument, killedAt }: Run): Promise<string[]> {
  counted += 1;
  const file = (name: string): string => join(out, `${counted}.${name}`);
  const words = [...argv, ...['--trace', '--trace-file', file('trace'), '--record', file('record'), '--pcap', file('pcap')]];
  const child = spawn(process.execPath, [LPA, ...words], {
    cwd: dir,
    env: cleanEnv(out, { LPA_READER: reader.name, NO_PROXY: 'localhost' }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const printed = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const processes: Buffer[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      printed[name] = Buffer.concat([printed[name], chunk]);
      processes.push(...processList(child.pid));
      if (killedAt?.test(printed.stderr.toString())) child.kill('SIGKILL');
    });
  }
  child.stdin.on('error', () => {}); // it may end without having read
  child.stdin.end(stdin);
  const [code] = await once(child, 'close');
  const what = `lpa ${argv.join(' ')}`;
  assert.ok(inArgument || processes.length > 0 || !existsSync('/proc/self/cmdline'), `${what}: its process was seen`);
  assert.equal(
    killedAt ? child.signalCode : code,
    killedAt ? 'SIGKILL' : exit,
    `${what}: ${printed.stdout}${printed.stderr.toString().slice(-1500)}`,
  );

  const recording = existsSync(file('record')) ? readFileSync(file('record'), 'utf8') : '';
  for (const [, id = ''] of recording.matchAll(/"transactionId": ?"([0-9A-F]+)"/g)) transactionIds.add(id);
  const secrets = wanted([...transactionIds]);
  return [
    ...(shows ? [] : leaksIn(`${what}, stdout`, printed.stdout, secrets)),
    ...leaksIn(`${what}, stderr`, printed.stderr, secrets),
    ...(inArgument ? [] : processes.flatMap((list) => leaksIn(`${what}, process list`, list, secrets))),
  ];
}

/** Whatever was written below the folder since the test began. */
function leaksInFiles(): string[] {
  const secrets = wanted([...transactionIds]);
  return readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(out, name)).isFile())
    .flatMap((name) => leaksIn(name, readFileSync(join(out, name)), secrets));
}

const order = (i: number, more: Parameters<Lab['smdp']['createOrder']>[0] = {}): string =>
  lab.smdp.createOrder({ matchingId: MATCHING_IDS[i], ...more }).activationCode;
const withdraw = (): void => {
  for (const { iccid } of lab.smdp.state.orders) lab.smdp.state.remove(iccid);
};
const input = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(dir, name), content);
  return name;
};

test('the search finds what it looks for, however it is wrapped', () => {
  const secrets = wanted(['A1B2']);
  const [id] = MATCHING_IDS;
  const hash = createHash('sha256').update(CONFIRMATION_CODE).digest();
  const hashCc = createHash('sha256').update(hash).update(Buffer.from('A1B2', 'hex')).digest();
  const inHex = Buffer.from(`..${id}..`).toString('hex');
  for (const text of [
    `${id}`,
    `x${id.slice(3, 11)}x`,
    inHex,
    inHex.toUpperCase(),
    ...[0, 1, 2].map((shift) => Buffer.from(`${' '.repeat(shift)}${id}.....`).toString('base64')),
    Buffer.from(Buffer.from(`.${id}.`).toString('base64')).toString('base64'),
    hash.toString('hex'),
    hashCc.toString('hex'),
    hashCc.toString('base64'),
    `  > 81E2110003${Buffer.from(id.slice(0, 3)).toString('hex').toUpperCase()}\n  < 9000\n  > 81E2910007${Buffer.from(id.slice(3, 10)).toString('hex').toUpperCase()}\n`,
  ]) {
    assert.notDeepEqual(leaksIn('text', Buffer.from(text), secrets), [], text);
  }
  assert.deepEqual(leaksIn('text', Buffer.from('lpa: nothing of the kind'), secrets), []);
});

test('every command at the highest trace level: no secret in its output, its files and the process list', {
  timeout: 300_000,
}, async () => {
  const seen = new Set<string>();
  const found: string[] = [];
  const run = async (name: string, one: Run): Promise<void> => {
    seen.add(name);
    found.push(...(await leaksOf(one)));
  };
  const plain = order(0);
  const codeFile = input('code.txt', `${plain}\n`);

  await run('inspect', { argv: ['inspect', '-'], exit: 0, stdin: plain });
  await run('doctor', { argv: ['doctor', codeFile], exit: 0 });
  await run('qr', { argv: ['qr', '-'], exit: 0, stdin: plain, shows: true });
  await run('qr', { argv: ['qr', input('code.png', await codePicture(plain))], exit: 0, shows: true });
  await run('explain', { argv: ['explain', '-'], exit: 0, stdin: plain, shows: true });
  await run('download', { argv: ['download', codeFile, '--yes', '--json'], exit: 0 });
  await run('download', { argv: ['download', codeFile, '--yes'], exit: 5 });
  withdraw();

  const confirmed = order(1, { confirmationCode: CONFIRMATION_CODE });
  const ccFile = input('cc.txt', `${CONFIRMATION_CODE}\n`);
  const twoFiles = ['download', input('confirmed.txt', confirmed), '--yes'];
  await run('download', { argv: twoFiles, exit: 2 });
  await run('download', { argv: [...twoFiles, '--confirmation-code-file', '-'], exit: 5, stdin: WRONG_CODE });
  await run('download', { argv: [...twoFiles, '--confirmation-code-file', ccFile, '--no-notify'], exit: 0 });
  await run('download', { argv: ['download', confirmed, '--yes', '--confirmation-code', WRONG_CODE], exit: 4, inArgument: true });
  withdraw();

  const short = order(2, { confirmationCode: SHORT_CODE });
  const atOffer = /^ES10b\.PrepareDownload /m;
  const shortArgv = ['download', '-', '--yes', '--confirmation-code-file', input('short.txt', SHORT_CODE)];
  await run('download', { argv: shortArgv, exit: 0, stdin: short, killedAt: atOffer });
  const journal = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => /journal\/./.test(name));
  assert.equal(journal.length, 1, 'the journal has an entry, and it is searched too');
  found.push(...leaksInFiles());
  await run('download', { argv: [...shortArgv, '--nickname', 'short'], exit: 0, stdin: short });
  withdraw();

  lab.smdp.createOrder({ matchingId: EVENT_ID, eid: EID, smdsAddress: smds.address });
  await lab.smdp.publishEvents();
  await run('discover', { argv: ['discover'], exit: 0, shows: true });
  await run('discover', { argv: ['discover', '--install', '--yes'], exit: 0, shows: true });
  await lab.smdp.settled();
  withdraw();

  const planned = order(0, { confirmationCode: CONFIRMATION_CODE });
  mkdirSync(join(out, 'batch'));
  // The plan holds the codes; what is written beside it does not.
  const plan = input('plan.csv', `reader,code,confirmationCode\n${reader.name},${planned},${CONFIRMATION_CODE}\n`);
  await run('batch', { argv: ['batch', plan, '--dry-run'], exit: 0 });
  await run('batch', { argv: ['batch', plan, '--yes', '--results', join(out, 'results.csv')], exit: 0 });
  writeFileSync(join(out, 'progress'), readFileSync(join(dir, `${plan}.progress`)));

  await run('list', { argv: ['list', '--wide'], exit: 0 });
  await run('info', { argv: ['info'], exit: 0 });
  await run('info eid', { argv: ['info', 'eid'], exit: 0 });
  await run('readers', { argv: ['readers'], exit: 0 });
  await run('smdp', { argv: ['smdp', 'smdp.example.com'], exit: 0 });
  await run('notifications', { argv: ['notifications'], exit: 0 });
  await run('notifications list', { argv: ['notifications', 'list'], exit: 0 });
  await run('notifications save', { argv: ['notifications', 'save', join(out, 'notifications.der')], exit: 0 });
  await run('lpae', { argv: ['lpae'], exit: 0 });
  await run('lpae status', { argv: ['lpae', 'status'], exit: 0 });
  await run('lpae activate', { argv: ['lpae', 'activate', '--yes'], exit: 4 });
  await run('enable', { argv: ['enable', 'Old', '--no-notify'], exit: 0 });
  await run('disable', { argv: ['disable', 'Old', '--no-notify'], exit: 0 });
  await run('rename', { argv: ['rename', 'Old', 'older'], exit: 0 });
  await run('delete', { argv: ['delete', 'older', '--confirm', OLD, '--no-notify'], exit: 0 });
  await run('notifications send', { argv: ['notifications', 'send'], exit: 0 });
  await run('reset', { argv: ['reset', '--operational', '--confirm', EID, '--no-notify'], exit: 0 });
  await run('notifications remove', { argv: ['notifications', 'remove', '--all', '--confirm', EID], exit: 0 });
  await run('help', { argv: ['help', 'download'], exit: 0 });
  await run('completion', { argv: ['completion', 'bash'], exit: 0 });

  found.push(...leaksInFiles());
  assert.ok(streamsInPcap(readFileSync(join(out, '6.pcap')))[0]!.includes(Buffer.from('BF3882', 'hex')), 'captures are read');
  assert.deepEqual([...new Set(found)], []);
  assert.deepEqual([...seen].sort(), ENTRIES.map(({ name }) => name).sort(), 'every command was run');
  assert.ok(transactionIds.size >= 8, `${transactionIds.size} sessions were recorded`);
});

test('a code in the wrong place, or cut short, is not repeated by the error', async () => {
  const [id] = MATCHING_IDS;
  const code = `LPA:1$smdp.example.com$${id}`;
  const link = `https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=${encodeURIComponent(code)}`;
  const found: string[] = [];
  for (const [argv, exit] of [
    [[code], 2],
    [['downlaod', code], 2],
    [['enable', code], 2],
    [['enable', link], 2],
    [['rename', code, 'x'], 2],
    [['delete', code, '--confirm', code], 2],
    [['smdp', code], 2],
    [['notifications', 'send', code], 2],
    [['batch', code, '--yes'], 2],
    [['info', code], 2],
    [['list', code], 2],
    [['help', code], 2],
    [['completion', code], 2],
    [['readers', '--reader', code], 3],
    [['list', '--reader', code], 3],
    [['list', `--matching-id=${id}`], 2],
    [['download', `--matching-di=${id}`], 2],
    [['download', '--confirmation-code', CONFIRMATION_CODE, '--matching-id', id], 2],
    [['download', `LPA:1$smdp.example.com$${id}$x`, '--yes'], 2],
    [['download', `LPA:1$smdp.example.com$${id} x`, '--yes'], 2],
    [['download', `LPA:2$smdp.example.com$${id}`, '--yes'], 2],
    [['download', id, '--yes'], 2],
    [['download', code, '--yes', '--confirmation-code', CONFIRMATION_CODE, '--confirmation-code-file', '-'], 2],
    [['inspect', code, '--reader', 'tcp:127.0.0.1:1'], 3],
  ] as const) {
    for (const json of [[], ['--json']]) found.push(...(await leaksOf({ argv: [...argv, ...json], exit, inArgument: true })));
  }
  found.push(...leaksInFiles());
  assert.deepEqual([...new Set(found)], []);
});
