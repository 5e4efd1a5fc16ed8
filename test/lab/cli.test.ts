/** lpa-lab as its users meet it: one process after the other, and beside each other. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodePackage, profileElements } from '../../src/lab/profile/build.ts';
import { utf8Bytes } from '../../src/lpa/bytes.ts';
import { readProfilePackage } from '../../src/lpa/saip/package.ts';
import { testLab } from './program.ts';

test('help reads without a folder, a card or a network', async () => {
  await using lab = testLab();
  const { code, stdout, stderr } = await lab.run(['help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.match(stdout, /Begin with:\n {2}lpa-lab run -- lpa info\n/);
  assert.deepEqual(readdirSync(lab.dir), []);
  assert.match((await lab.run(['card', '--help'])).stdout, /\n {6}--manners <name> /);
  assert.match((await lab.run(['help', 'manners'])).stdout, /\n {2}t1 +T=1 only\n/);
  assert.match((await lab.run(['help', 'faults'])).stdout, /\n {2}pull@<place> /);
  assert.match((await lab.run(['help', 'server-faults'])).stdout, /\n {2}tls-expired /);
});

test('a word that is no command, and an option that is none, are usage errors', async () => {
  await using lab = testLab();
  assert.deepEqual(await lab.run(['rnu']), {
    code: 2,
    stdout: '',
    stderr: 'lpa-lab: there is no command rnu\nhint: `lpa-lab help` lists the commands\n',
  });
  assert.deepEqual(await lab.run(['run', '--psc', '--', 'true']), {
    code: 2,
    stdout: '',
    stderr: "lpa-lab: unknown option '--psc'\nhint: did you mean --pcsc? `lpa-lab help run` shows the usage\n",
  });
  assert.deepEqual(await lab.run(['run', 'lpa', 'list']), {
    code: 2,
    stdout: '',
    stderr: 'lpa-lab: the command stands after --\nhint: lpa-lab run -- lpa list\n',
  });
});

test('run gives the command a card, and the card is the same in the next run', async () => {
  await using lab = testLab();
  const first = await lab.run(['run', '--', 'lpa', 'info', 'eid']);
  assert.equal(first.stderr, '');
  assert.match(first.stdout, /^\d{32}\n$/);
  assert.deepEqual(await lab.run(['run', '--', 'lpa', 'info', 'eid']), first);
  assert.deepEqual(await lab.run(['run', '--', 'lpa', 'list', '--json']), { code: 0, stdout: '[]\n', stderr: '' });
});

test('run over PC/SC names its own daemon and no reader', async () => {
  await using lab = testLab();
  const script = 'test -S "$PCSCLITE_CSOCK_NAME" && test -z "$LPA_READER" && lpa info eid';
  const { code, stdout, stderr } = await lab.run(['run', '--pcsc', '--', 'sh', '-c', script], { LPA_READER: 'another' });
  assert.equal(stderr, '');
  assert.match(stdout, /^\d{32}\n$/);
  assert.equal(code, 0);
});

test('run passes on arguments, stdin and the exit code', async () => {
  await using lab = testLab();
  const running = lab.start(['run', '--', 'sh', '-c', 'cat; printf "%s|" "$@"; exit 7', 'sh', '--state', 'a b', '--help']);
  running.child.stdin.end('from stdin\n');
  assert.deepEqual(await running.outcome, { code: 7, stdout: 'from stdin\n--state|a b|--help|', stderr: '' });
});

test('run tells as a shell does of a command that is not there, or ended by a signal', async () => {
  await using lab = testLab();
  const missing = await lab.run(['run', '--', 'no-such-command']);
  assert.deepEqual(missing, { code: 127, stdout: '', stderr: 'lpa-lab: no-such-command: command not found\n' });
  assert.equal((await lab.run(['run', '--', 'sh', '-c', 'kill -9 $$'])).code, 137);
});

test('a signal sent to run reaches the command, whose end is waited for', { timeout: 60_000 }, async () => {
  await using lab = testLab();
  const running = lab.start([
    'run',
    '--',
    'sh',
    '-c',
    'trap "echo told; exit 5" TERM INT; echo ready; while :; do sleep 0.05; done',
  ]);
  await running.printed(/ready/);
  running.child.kill('SIGTERM');
  assert.deepEqual(await running.outcome, { code: 5, stdout: 'ready\ntold\n', stderr: '' });
});

test('what goes to this machine goes through no proxy', async () => {
  await using lab = testLab();
  const { stdout } = await lab.run(['run', '--', 'sh', '-c', 'echo "$NO_PROXY $no_proxy"'], {
    NO_PROXY: 'intranet',
    no_proxy: undefined,
  });
  assert.equal(stdout, 'localhost,127.0.0.1,intranet localhost,127.0.0.1,intranet\n');
});

test('while a lab holds the folder, another one and reset are refused; afterwards they are not', async () => {
  await using lab = testLab();
  const card = lab.start(['card']);
  await card.printed(/^export LPA_READER=tcp:127\.0\.0\.1:\d+\n/);
  const refusal = new RegExp(`^lpa-lab: \`lpa-lab card\` \\(process ${card.child.pid}\\) holds the lab in `);
  for (const args of [['card'], ['run', '--', 'true'], ['reset']]) {
    const { code, stderr } = await lab.run(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, refusal);
  }
  card.child.kill('SIGINT');
  assert.equal((await card.outcome).code, 0);
  assert.equal((await lab.run(['run', '--', 'true'])).code, 0);
  assert.equal((await lab.run(['reset'])).code, 0);
});

test('a lab that was killed blocks nobody', async () => {
  await using lab = testLab();
  const card = lab.start(['card']);
  await card.printed(/^export/);
  card.child.kill('SIGKILL');
  assert.equal((await card.outcome).code, 137);
  assert.ok(existsSync(join(lab.dir, 'card.lock')));
  // The number may have gone to another process since.
  const holder = JSON.parse(readFileSync(join(lab.dir, 'card.lock'), 'utf8'));
  writeFileSync(join(lab.dir, 'card.lock'), JSON.stringify({ ...holder, pid: process.pid }));
  assert.deepEqual(await lab.run(['run', '--', 'true']), { code: 0, stdout: '', stderr: '' });
});

test('reset takes away what the lab made, and nothing else', async () => {
  await using lab = testLab();
  const eid = await lab.run(['run', '--', 'lpa', 'info', 'eid']);
  assert.equal(eid.code, 0);
  writeFileSync(join(lab.dir, 'mine.txt'), 'mine');
  assert.equal((await lab.run(['reset'])).code, 0);
  assert.deepEqual(readdirSync(lab.dir), ['mine.txt']);
});

test('card --tcp puts the card at the port given', async () => {
  await using lab = testLab();
  const first = lab.start(['card']);
  await first.printed(/^export/);
  const port = /:(\d+)\n/.exec(first.stdout())?.[1] ?? '';
  first.child.kill('SIGTERM');
  await first.outcome;
  const second = lab.start(['card', `--tcp=${port}`, '--manners', 'vendor-aid']);
  await second.printed(new RegExp(`^export LPA_READER=tcp:127\\.0\\.0\\.1:${port}\n`));
  second.child.kill('SIGTERM');
  await second.outcome;
  assert.deepEqual(await lab.run(['card', '--manners', 'rude']), {
    code: 2,
    stdout: '',
    stderr: 'lpa-lab: --manners: there are none called rude\nhint: `lpa-lab help manners` lists them\n',
  });
});

test('manners and faults make the card odd while the command runs', async () => {
  await using lab = testLab();
  const list = (...options: string[]) => lab.run(['run', ...options, '--', 'lpa', 'list', '--json']);
  assert.deepEqual(await list('--manners', 'vendor-aid', '--manners', 'gates'), { code: 0, stdout: '[]\n', stderr: '' });
  const plain = await list('--manners', 'plain-uicc');
  assert.equal(plain.code, 3);
  assert.equal(plain.stdout, '');
  const garbled = await list('--fault', 'wrong-tag@GetProfilesInfo');
  assert.equal(garbled.code, 7, garbled.stderr);
  const unplaced = await list('--fault', 'pull');
  assert.equal(unplaced.code, 2);
  assert.match(unplaced.stderr, /^lpa-lab: --fault: pull: where\? /);
  assert.deepEqual(await list(), { code: 0, stdout: '[]\n', stderr: '' });
});

test('order refuses an empty or unreadable profile package, and warns of what the checker finds', async () => {
  await using lab = testLab();
  const file = (name: string, octets: Uint8Array): string => {
    writeFileSync(join(lab.dir, name), octets);
    return join(lab.dir, name);
  };
  const empty = file('empty.der', new Uint8Array());
  const remedy = 'hint: add --allow-invalid to order it all the same\n';
  assert.deepEqual(await lab.run(['order', '--profile', empty]), {
    code: 2,
    stdout: '',
    stderr: `lpa-lab: ${empty} is not a profile package: ProfilePackage: the package is empty\n${remedy}`,
  });
  const text = file('text.der', utf8Bytes('30 elements'));
  const refused = await lab.run(['order', '--profile', text]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /text\.der is not a profile package: /);
  const run = profileElements({ iccid: '89000123456789012341', parts: ['df-5gs'] });
  const whole = await lab.run(['order', '--profile', file('5g.der', encodePackage(run))]);
  assert.equal(whole.code, 0);
  assert.match(
    whole.stderr,
    /^lpa-lab: warning: the package breaks a rule: element 8, df-5gs \(identification 8\), clause 9\.1: .*4F05/m,
  );
  const cut = await lab.run([
    'order',
    '--iccid',
    '89000123456789012358',
    '--profile',
    file('cut.der', encodePackage(run.slice(0, -1))),
  ]);
  assert.equal(cut.code, 0);
  assert.match(cut.stderr, /^lpa-lab: warning: a card refuses this package \(invalid-parameter\): element 8, .* clause 8\.10: /m);
  const allowed = await lab.run(['order', '--profile', empty, '--allow-invalid']);
  assert.match(allowed.stdout, /^LPA:1\$/);
  assert.match(allowed.stderr, /^lpa-lab: warning: .*empty\.der is not a profile package/);
});

test('profile writes a package that its reader takes', async () => {
  await using lab = testLab();
  const path = join(lab.dir, 'alpha.der');
  const { code, stderr } = await lab.run(['profile', '--iccid', '8988201000000000019', '--size', '20000', '--output', path]);
  assert.equal(code, 0);
  const octets = readFileSync(path);
  assert.equal(stderr, `lpa-lab: ${octets.length} octets\n`);
  assert.ok(octets.length > 19_990 && octets.length <= 20_000);
  const { iccid, elements } = readProfilePackage(octets);
  assert.deepEqual({ iccid, last: elements.at(-1)?.name }, { iccid: '8988201000000000019', last: 'end' });
});

test('Ctrl-C at a terminal reaches the command once', { timeout: 60_000 }, async () => {
  await using lab = testLab();
  const counts =
    'n=0; trap "n=\\$((n+1)); echo told \\$n" INT; echo ready; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.05; done; exit 9';
  const running = lab.startInTerminal(['run', '--', 'sh', '-c', counts]);
  await running.printed(/ready/);
  running.child.stdin.write('\x03');
  const { code, stdout } = await running.outcome;
  assert.equal(code, 9);
  assert.deepEqual(stdout.match(/told \d/g), ['told 1']);
});
