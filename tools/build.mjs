/**
 * Bundle the commands and the library: small files, each heavy package in a file of its own that is loaded where it is
 * used. What nearly every command needs stands in one file, for each file costs a millisecond at start-up.
 *
 * Native bindings and packages that bring WebAssembly stay outside; they are looked up in node_modules when they are needed.
 */
import { chmodSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const outside = ['pcsclite', 'pcsc-mini', 'qrcode-terminal', /^zxing-wasm/, /^@jsquash\//];

/** Files that are loaded together: these and all that they import, but for what they import() later. */
const core = closureOf(['src/cli/main.ts', 'src/cli/io.ts', 'src/cli/commands/list.ts', 'src/lpa/card/select-reader.ts']);

function closureOf(files) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    const text = readFileSync(file, 'utf8').replace(/^import type .*?;$/gms, '');
    for (const [, path] of text.matchAll(/^(?:import|export|\}) .*?from '(\.[^']+)';$/gm)) visit(resolve(dirname(file), path));
  };
  for (const file of files) visit(resolve(root, file));
  return found;
}

/**
 * CommonJS packages require Node's own modules. Taken from the process they need no require(), which costs more to make than
 * what they do with it; child_process, for a feature of commander that is not used here, is taken when it is asked for.
 */
const builtinsFromProcess = {
  name: 'builtins from process',
  transform(code, id) {
    if (!id.includes('node_modules') || !code.includes('require(')) return null;
    return code
      .replace("const childProcess = require('node:child_process');", 'const childProcess = {};')
      .replaceAll(/\brequire\((['"])((?:node:)?[a-z0-9_]+(?:\/[a-z0-9_]+)?)\1\)/g, (whole, _quote, name) =>
        name.startsWith('node:') || isBuiltin(name) ? `globalThis.process.getBuiltinModule('${name}')` : whole,
      );
  },
};

const bundle = await rolldown({
  cwd: root,
  input: { 'bin/lpa': 'bin/lpa.ts', 'bin/lpa-lab': 'bin/lpa-lab.ts', 'src/index': 'src/index.ts' },
  platform: 'node',
  external: outside,
  transform: { target: 'node20' },
  logLevel: 'warn',
  plugins: [builtinsFromProcess],
});
await bundle.write({
  dir: resolve(root, 'dist'),
  format: 'esm',
  minify: { compress: true, mangle: false },
  keepNames: true,
  cleanDir: true,
  // .mjs: Node looks for no package.json to know what it is.
  chunkFileNames: 'chunks/[name]-[hash].mjs',
  codeSplitting: {
    groups: [
      { name: 'core', test: (id) => core.has(id), priority: 2 },
      { name: 'commander', test: /node_modules\/commander\//, priority: 1 },
    ],
  },
});
for (const name of ['lpa', 'lpa-lab']) chmodSync(resolve(root, `dist/bin/${name}.js`), 0o755);
