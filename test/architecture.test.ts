/** Imports point down: a file imports from its own folder and from the floors below it; each npm package has one door. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { test } from 'node:test';

/** Who may import whom, beside itself and the ground (files of `src` itself). docs/architecture.md draws it. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  ground: [],
  asn1: [],
  sgp22: ['asn1'],
  saip: ['asn1'],
  card: ['asn1'],
  pki: ['asn1'],
  es10: ['sgp22', 'card', 'asn1'],
  es9: ['sgp22', 'pki', 'asn1'],
  procedures: ['es10', 'es9', 'sgp22', 'card', 'pki', 'asn1'],
  terminal: [],
  explain: ['sgp22', 'saip', 'pki', 'asn1'],
  cli: ['terminal', 'explain', 'procedures', 'es10', 'es9', 'sgp22', 'saip', 'card', 'pki', 'asn1'],
  lab: ['terminal', 'explain', 'procedures', 'es10', 'es9', 'sgp22', 'saip', 'card', 'pki', 'asn1'],
};

/** npm package: the folder or file that alone may import it. */
const DOORS: Readonly<Record<string, string>> = {
  pcsclite: 'src/lpa/card/pcsc/pcsc',
  'pcsc-mini': 'src/lpa/card/pcsc/pcsc',
  undici: 'src/lpa/es9/https.ts',
  asn1js: 'src/lpa/pki/der.ts',
  '@noble/curves': 'src/pki/',
  commander: 'src/terminal/parse-options.ts',
  chalk: 'src/terminal/style.ts',
  jsqr: 'src/cli/qr/',
  'zxing-wasm': 'src/cli/qr/',
  pngjs: 'src/cli/qr/',
  '@jsquash/jpeg': 'src/cli/qr/',
  '@jsquash/webp': 'src/cli/qr/',
  'qrcode-terminal': 'src/terminal/qr-code.ts',
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name));
const roomOf = (file: string): string => file.split(sep).slice(1, -1)[0] ?? 'ground';
const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\(|require\()\s*'([^']+)'/g)].map(([, path]) => path!);

test('imports point down, and nothing but bin/lpa-lab and the tests imports the lab', () => {
  for (const file of files) {
    const room = roomOf(file);
    assert.ok(room in BELOW, `${file} is in a room that the plan does not know`);
    if (file === join('src', 'index.ts')) continue; // the library: it shows what stands below
    for (const path of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = roomOf(normalize(join(dirname(file), path)));
      assert.ok(
        target === room || target === 'ground' || BELOW[room]!.includes(target),
        `${file} imports ${path}, which is above it`,
      );
    }
  }
  assert.ok(!importsOf(join('bin', 'lpa.ts')).some((path) => path.includes('/lab/')), 'bin/lpa.ts imports the lab');
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
