/** Copies of the compiled code in which a module is another one: for tools that change the code and look who notices. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';

export const root = resolve(import.meta.dirname, '..');
const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);

/** build/ copied, everything else as it is: tests look for their vectors beside it. */
export function copyOfBuild() {
  const copy = mkdtempSync(join(tmpdir(), 'lpa-mutations-'));
  for (const name of readdirSync(root)) if (name !== 'build' && name !== '.git') symlinkSync(join(root, name), join(copy, name));
  cpSync(join(root, 'build'), join(copy, 'build'), { recursive: true, filter: (path) => !/\.(d\.ts|map)$/.test(path) });
  return copy;
}

/** The module src/<file> with another text, as JavaScript. @throws {Error} when the text is no TypeScript */
export function transpiled(file, source) {
  const { outputText, diagnostics } = ts.transpileModule(source, {
    compilerOptions: {
      target: options.target,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
    fileName: file,
    reportDiagnostics: true,
  });
  const [first] = diagnostics ?? [];
  if (first) throw new Error(`src/${file}: ${ts.flattenDiagnosticMessageText(first.messageText, '\n')}`);
  return outputText;
}

/** Where the module src/<file> lies in a copy. */
export const compiledIn = (copy, file) => join(copy, 'build/src', file.replace(/\.ts$/, '.js'));
