/**
 * Inputs that are kept: those that once broke something, and a few that reach far. One file each,
 * `test/corpus/<target>/<name>.hex`, 32 octets a line; `#` begins a comment that says what it showed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';

/** From `build/test/fuzz` as from `test/fuzz`: the corpus is not compiled. */
const ROOT = fileURLToPath(
  new URL(import.meta.url.includes('/build/') ? '../../../test/corpus/' : '../corpus/', import.meta.url),
);

export interface Kept {
  readonly name: string;
  readonly input: Uint8Array;
}

export function corpusOf(target: string): readonly Kept[] {
  const folder = `${ROOT}${target}`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.hex'))
    .sort()
    .map((name) => ({ name, input: fromHex(readFileSync(`${folder}/${name}`, 'utf8').replace(/#.*|\s/g, '')) }));
}

/** Targets that have a corpus. */
export const corpora = (): readonly string[] => (existsSync(ROOT) ? readdirSync(ROOT) : []);

/** @returns the path of the file */
export function keep(target: string, name: string, input: Uint8Array, comment: string): string {
  mkdirSync(`${ROOT}${target}`, { recursive: true });
  const path = `${ROOT}${target}/${name}.hex`;
  const lines = toHex(input).match(/.{1,64}/g) ?? [];
  writeFileSync(
    path,
    `${comment
      .split('\n')
      .map((line) => `# ${line}`.trimEnd())
      .join('\n')}\n${lines.join('\n')}\n`,
  );
  return path;
}
