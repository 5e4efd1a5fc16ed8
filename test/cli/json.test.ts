/** docs/json.md shows what each command prints with --json, from a real run. UPDATE_DOCS=1 writes it there. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { createSmdp } from '../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { sharedDomain } from '../lab/smdp/harness.ts';
import { doorsTo, makeCards, readerName } from './cards.ts';
import { lpa } from './harness.ts';

// From build/test/cli.
const DOC = fileURLToPath(new URL('../../../docs/json.md', import.meta.url));
/** What prints no data: help and scripts for shells. */
const NOT_SHOWN = new Set(['help', 'completion', 'notifications']);

interface Run {
  readonly argv: readonly string[];
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The commands one after the other, on one card that has a default SM-DP+ with an order for it. */
async function runAll(): Promise<Run[]> {
  const domain = await sharedDomain();
  const smdp = await createSmdp({ pki: { domains: [domain] }, state: newSmdpState(), log: () => {} });
  await smdp.listen(0);
  const cards = await makeCards(domain, 2, () => {}, ['lpae']);
  const dir = mkdtempSync(join(tmpdir(), 'lpa-json-'));
  const [{ eid, state }] = cards as [(typeof cards)[number]];
  state.rootDsAddress = '';
  const order = (matchingId: string, profileName: string): string =>
    smdp.createOrder({ matchingId, profileName, serviceProviderName: 'Example Mobile', iccid: ICCIDS[matchingId]! })
      .activationCode;
  const codes = ['CODE-1', 'CODE-2', 'CODE-3', 'CODE-4'].map((id, i) => order(id, `Plan ${i + 1}`));
  smdp.createOrder({ eid, matchingId: '', profileName: 'Waiting', serviceProviderName: 'Example Mobile' });
  const plan = join(dir, 'plan.csv');
  const saved = join(dir, 'pending.der');
  writeFileSync(plan, `eid,code,nickname,enable\n${cards[1]!.eid},${codes[3]},phone,yes\n`);
  // Whatever another run would have otherwise.
  const stable = (text: string): string =>
    text
      .replaceAll(smdp.address, 'smdp.example.com')
      .replaceAll('localhost', 'smdp.example.com')
      .replaceAll(domain.ciPKId, '81370F5125D0B1D408D4C3B232E6D25E795BEBFB')
      .replaceAll(plan, 'plan.csv')
      .replaceAll(saved, 'pending.der')
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z| UTC)?/g, '2026-01-01 12:00 UTC')
      .replaceAll(/\d+ ms/g, '12 ms');
  const runs: Run[] = [];
  const run = async (...argv: string[]): Promise<void> => {
    const ran = await lpa([...argv, '--json'], { doors: doorsTo(cards), env: { LPA_READER: readerName(0) } });
    runs.push({ argv: argv.map(stable), code: ran.code, out: stable(ran.out), err: stable(ran.err) });
  };
  try {
    await run('readers');
    await run('info');
    await run('info', 'eid');
    await run('smdp', smdp.address);
    await run('lpae');
    await run('lpae', 'status');
    await run('lpae', 'activate', '--cat', '--yes');
    await run('discover');
    await run('qr', codes[0]!);
    await run('inspect', codes[0]!);
    await run('download', codes[0]!, '--yes', '--quiet');
    await run('download', codes[1]!, '--yes', '--quiet', '--enable', '--nickname', 'work', '--no-notify');
    await run('notifications', 'list');
    await run('notifications', 'save', saved);
    await run('notifications', 'send');
    await run('list');
    await run('list', '--wide', '--reader', 'all');
    await run('rename', ICCIDS['CODE-1']!, 'home');
    await run('enable', 'home');
    await run('disable', 'home');
    await run('delete', 'home', '--confirm', ICCIDS['CODE-1']!, '--no-notify');
    await run('notifications', 'remove', '--all', '--confirm', eid);
    await run('batch', plan, '--yes', '--quiet');
    await run('reset', '--operational', '--confirm', eid);
    await run('doctor', codes[2]!);
    await run('explain', '8.2.6/3.8');
    await run('explain', 'BF3103800105');
    await run('list', '--wides');
    await run('list', '--reader', 'nowhere');
    await run('download', codes[0]!, '--yes', '--quiet');
    return runs;
  } finally {
    await smdp.close();
    rmSync(dir, { recursive: true });
  }
}

const ICCIDS: Readonly<Record<string, string>> = {
  'CODE-1': '8949000000000000011',
  'CODE-2': '8949000000000000029',
  'CODE-3': '8949000000000000037',
  'CODE-4': '8949000000000000045',
};

const shell = (word: string): string => (/^[\w./:-]+$/.test(word) ? word : `'${word}'`);

const shown = ({ argv, code, out, err }: Run): string => {
  const lines = [
    `### lpa ${argv
      .filter((word) => word !== '--quiet')
      .map(shell)
      .join(' ')} --json`,
    '',
  ];
  if (out !== '')
    return [...lines, ...(code === 0 ? [] : [`Exit code ${code}.`, '']), '```json', out.trimEnd(), '```'].join('\n');
  const last = err.trimEnd().split('\n').at(-1) ?? '';
  return [...lines, `Exit code ${code}; nothing on stdout, and as the last line of stderr:`, '', '```json', last, '```'].join(
    '\n',
  );
};

test('docs/json.md shows what every command prints with --json', async () => {
  const runs = await runAll();
  for (const { argv, code, out, err } of runs) {
    // One JSON text on stdout, or nothing there and an error as the last line of stderr.
    if (out === '') assert.ok(JSON.parse(err.trimEnd().split('\n').at(-1) ?? '').error.code, argv.join(' '));
    else JSON.parse(out);
    assert.notEqual(code, 1, `${argv.join(' ')}: ${err}`);
  }
  const results = runs.filter(({ out }) => out !== '');
  const names = new Set(results.flatMap(({ argv: [first, second] }) => [first, `${first} ${second}`]));
  const missing = ENTRIES.map(({ name }) => name).filter((name) => !names.has(name) && !NOT_SHOWN.has(name));
  assert.deepEqual(missing, [], 'commands that the page does not show');

  const text = readFileSync(DOC, 'utf8');
  const section = (name: string, parts: readonly Run[]): string =>
    [`<!-- ${name} -->`, parts.map(shown).join('\n\n'), '<!-- end -->'].join('\n');
  let filled = text;
  for (const [name, parts] of [
    ['results', results],
    ['errors', runs.filter(({ out }) => out === '')],
  ] as const) {
    const pattern = new RegExp(`<!-- ${name} -->\n[^]*?<!-- end -->`);
    assert.match(text, pattern);
    filled = filled.replace(pattern, () => section(name, parts));
  }
  if (process.env['UPDATE_DOCS']) writeFileSync(DOC, filled);
  else assert.equal(text, filled, 'docs/json.md is behind; UPDATE_DOCS=1 npm test -- cli/json');
});
