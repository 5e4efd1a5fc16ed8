/** The first page of the matrix: how to read it, and what each fault is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAULTS } from '../../src/lab/euicc/faults.ts';
import { SERVER_FAULTS } from '../../src/lab/rsp/faults.ts';
import { ALL_FAULTS, type Fault } from './fault.ts';
import { keep, PAGES } from './matrix.ts';
import { PROCEDURES } from './procedure.ts';

const fileOf = (name: string): string => `${name.replaceAll(' ', '-')}.md`;

function meaningOf({ side, name }: Fault): string {
  const [plain = ''] = name.split(':');
  if (side === 'card') return (FAULTS as Readonly<Record<string, { summary: string }>>)[plain]?.summary ?? '';
  return SERVER_FAULTS[plain]?.says ?? '';
}

/** Faults that differ in their argument alone stand in one line. */
function columns(side: Fault['side']): string[] {
  const rows = new Map<string, string[]>();
  for (const fault of ALL_FAULTS.filter((each) => each.side === side)) {
    const meaning = meaningOf(fault);
    const key = meaning === '' ? fault.name : meaning;
    rows.set(key, [...(rows.get(key) ?? []), fault.name]);
  }
  return [...rows].map(([meaning, names]) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${meaning} |`);
}

const page = (): string =>
  [
    '# The fault matrix',
    '',
    'Every fault of the card, the reader, the network and the servers, at every step of the procedures: how the command ends, what',
    'it says, what is cancelled, what is left on the card, and that all goes on afterwards. The pages are made by',
    '`npm run matrix` from a run of each cell, and the tests compare them.',
    '',
    ...PROCEDURES.map(({ name, command }) => `- [${fileOf(name)}](${fileOf(name)}): \`${command}\``),
    '',
    '## How to read it',
    '',
    'A step is a function that is asked of the card or of a server, a segment of a package, another command to the card, or the',
    'time in which the user decides: in the order in which a run without a fault comes by them. For each step, faults that come',
    'to the same stand in one row:',
    '',
    '- *ends*: exit code, and the name of the error as `--json` has it; `0` where the command does what it was to do.',
    '- *told*: warnings and the message of the error, `SM-DP+` and `SM-DS` in the place of their addresses.',
    '- *code*: what the user is told about the activation code: `untouched`, `good`, `likelyGood`, `mayRetry`, `used`,',
    '  `likelyEnded`, `ended`, `unknown`.',
    '- *CancelSession*: the reason that the card signed, and the reason that the server took, or how it refused.',
    '- *left on the card*: profiles and pending notifications, as the next command (`lpa list`, `lpa notifications`) shows them.',
    '- *afterwards*: what the next command says about it, and what the same command comes to without the fault: `done`, or its',
    '  exit code and error.',
    '',
    'Of every cell the tests demand besides what the page says:',
    '',
    '- no exit code 1, and something is said where the exit code is not 0;',
    '- the next command works, and so does the same command again;',
    '- what was said about the code is true: with a code that is good the same command installs the profile, one that has ended',
    '  is refused;',
    '- no notification is lost: each one that the card made comes to its server, at last with the commands that follow.',
    '',
    '## Faults of the card',
    '',
    '| fault | |',
    '|---|---|',
    ...columns('card'),
    '',
    '## Faults of the reader',
    '',
    '| fault |',
    '|---|',
    ...ALL_FAULTS.filter(({ side }) => side === 'reader').map(({ name }) => `| ${name} |`),
    '',
    '## Faults of the network',
    '',
    'From the step on, to the end of the command; those with the name of a fault of the lab at the step alone.',
    '',
    '| fault | |',
    '|---|---|',
    ...columns('network'),
    '',
    '## Faults of the server',
    '',
    'At the step alone where they are faults of one answer; those of certificates and of what is signed last to the end of the',
    'command. `tls-...` at a step that is not the first: the connection was closed meanwhile, and the new one shows it.',
    '',
    '| fault | |',
    '|---|---|',
    ...columns('server'),
    '',
  ].join('\n');

test('the first page says what each fault is', () => keep('README.md', page()));

test('no fault is without a cell in which it was tried', () => {
  const tables = PROCEDURES.flatMap(({ name }) => readFileSync(join(PAGES, fileOf(name)), 'utf8').split('\n')).filter((line) =>
    /^\| (card|reader|network|server|every)/.test(line),
  );
  const first = tables.map((line) => line.split(' | ')[0] ?? '');
  const isTried = ({ side, name }: Fault): boolean => {
    const [, family = name, own] = /^(refuse|status-word|tls)[:-](.*)$/.exec(name) ?? [];
    return first.some((cell) => {
      const words = cell.split(/[;,:] |[()]/).map((word) => word.replace(/^\| /, '').trim());
      return cell.includes(`every fault of the ${side}`) || cell.includes(`${family} (all)`) || words.includes(own ?? name);
    });
  };
  assert.deepEqual(
    ALL_FAULTS.filter((fault) => !isTried(fault)).map(({ name }) => name),
    [],
  );
});
