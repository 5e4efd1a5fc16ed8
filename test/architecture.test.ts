/** Imports point down: a file imports from its own room and from the rooms below it; one place imports each npm package. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { test } from 'node:test';

/** Which room may import which, besides itself and the plain files of `src/lpa`. docs/architecture.md draws it. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  lpa: [],
  'lpa/asn1': [],
  'lpa/sgp22': ['lpa/sgp32', 'lpa/asn1'],
  'lpa/sgp32': ['lpa/sgp22', 'lpa/asn1'],
  'lpa/saip': ['lpa/asn1'],
  'lpa/card': ['lpa/asn1'],
  'lpa/pki': ['lpa/asn1'],
  'lpa/es10': ['lpa/sgp22', 'lpa/card', 'lpa/asn1'],
  'lpa/es9': ['lpa/sgp22', 'lpa/pki', 'lpa/asn1'],
  'lpa/procedures': ['lpa/es10', 'lpa/es9', 'lpa/sgp22', 'lpa/card', 'lpa/pki', 'lpa/asn1'],
  terminal: ['lpa'],
  failures: ['lpa/sgp32', 'lpa/sgp22', 'lpa/saip', 'lpa/pki', 'lpa/asn1'],
  inspect: ['failures', 'lpa/sgp32', 'lpa/sgp22', 'lpa/saip', 'lpa/pki', 'lpa/asn1'],
  cli: ['terminal', 'failures', 'inspect', 'lpa/*'],
  lab: ['terminal', 'inspect', 'lpa/*'],
};

/** npm package: the folder or file that alone may import it. */
const DOORS: Readonly<Record<string, string>> = {
  pcsclite: 'src/lpa/card/pcsc/pcsc',
  'pcsc-mini': 'src/lpa/card/pcsc/pcsc',
  undici: 'src/lpa/es9/https.ts',
  asn1js: 'src/lpa/pki/der.ts',
  '@noble/curves': 'src/lpa/pki/',
  commander: 'src/terminal/parse-options.ts',
  chalk: 'src/terminal/style.ts',
  jsqr: 'src/cli/input/picture/',
  'zxing-wasm': 'src/cli/input/picture/',
  pngjs: 'src/cli/input/picture/',
  '@jsquash/jpeg': 'src/cli/input/picture/',
  '@jsquash/webp': 'src/cli/input/picture/',
  'qrcode-terminal': 'src/terminal/qr-code.ts',
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name));
/** `lpa/card` of src/lpa/card/pcsc/pcsc.ts, `cli` of src/cli/help/help.ts. */
function roomOf(file: string): string {
  const [room = 'public', inner] = file.split(sep).slice(1, -1);
  return room === 'lpa' && inner !== undefined ? `lpa/${inner}` : room;
}
const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\(|require\()\s*'([^']+)'/g)].map(([, path]) => path!);

const targetsOf = (file: string): string[] =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((path) => normalize(join(dirname(file), path)));

const mayImport = (room: string, target: string): boolean =>
  target === room ||
  target === 'lpa' ||
  (BELOW[room] ?? []).some((name) => name === target || (name === 'lpa/*' && target.startsWith('lpa/')));

test('imports point down, and nothing but bin/lpa-lab and the tests imports the lab', () => {
  for (const file of files) {
    if (file === join('src', 'index.ts')) continue; // the public library: a list of what stands below it
    const room = roomOf(file);
    assert.ok(room in BELOW, `${file} is in a room that the plan does not know`);
    for (const target of targetsOf(file))
      assert.ok(mayImport(room, roomOf(target)), `${file} imports ${target}, which is above it`);
  }
  assert.ok(!importsOf(join('bin', 'lpa.ts')).some((path) => path.includes('/lab/')), 'bin/lpa.ts imports the lab');
});

test('a folder has at most 24 files', () => {
  const perFolder = files.reduce(
    (map, file) => map.set(dirname(file), [...(map.get(dirname(file)) ?? []), file]),
    new Map<string, string[]>(),
  );
  for (const [folder, inside] of perFolder) assert.ok(inside.length <= 24, `${folder} has ${inside.length} files`);
});

test('each npm package comes in through one door', () => {
  for (const file of files) {
    for (const path of importsOf(file).filter((name) => !name.startsWith('.') && !name.startsWith('node:'))) {
      const name = path.startsWith('@') ? path.split('/').slice(0, 2).join('/') : path.split('/')[0]!;
      const door = DOORS[name] ?? Object.entries(DOORS).find(([key]) => name.startsWith(key))?.[1];
      const posix = file.split(sep).join('/');
      // The lab draws pictures and terminals of its own with what the CLI reads them with.
      if (posix.startsWith('src/lab/')) continue;
      assert.ok(door !== undefined, `${file} imports ${name}, which has no door in this test`);
      assert.ok(posix.startsWith(door), `${file} imports ${name}, whose door is ${door}`);
    }
  }
});
