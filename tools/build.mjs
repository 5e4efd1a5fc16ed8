/**
 * Bundle the commands and the library: small files, each heavy package in a file of its own that is loaded where it is
 * used. Native bindings stay outside, they are looked up in node_modules when a reader is needed.
 */
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const outdir = fileURLToPath(new URL('../dist/', import.meta.url));
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: ['bin/lpa.ts', 'bin/lpa-lab.ts', 'src/index.ts'],
  outdir,
  outbase: '.',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: false,
  chunkNames: 'chunks/[name]-[hash]',
  external: ['pcsclite', 'pcsc-mini'],
  // CommonJS packages call require() for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  loader: { '.wasm': 'binary' },
  logLevel: 'warning',
});
for (const name of ['lpa', 'lpa-lab']) chmodSync(new URL(`../dist/bin/${name}.js`, import.meta.url), 0o755);
