/** Where an activation code comes from: the argument itself, the picture it names, or stdin. */
import { extname } from 'node:path';
import { UsageError } from '../../lpa/errors.ts';
import { isMissing, readInput } from '../../lpa/input-file.ts';
import { type ActivationCode, parseActivationCode } from '../../lpa/procedures/activation-code.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { App } from '../app.ts';
import { textIn } from './text-file.ts';

/** Octets of a picture or text that are read from stdin. */
const MAX_INPUT = 64 * 1024 * 1024;

/**
 * @param source a code, the name of a picture, or `-`
 * @throws {UsageError} naming the column of a code, or what is wrong with a picture
 */
export async function activationCodeFrom(app: App, source: string): Promise<ActivationCode> {
  return (await sourcedCode(app, source)).code;
}

/** The same, and whether it was a picture that held the code. */
export async function sourcedCode(app: App, source: string): Promise<{ code: ActivationCode; picture: boolean }> {
  if (source === '-') return codeIn(app, await readStdin(app));
  const fileLike = !/[$]|^lpa:|^https?:/i.test(source);
  const octets = fileLike ? await fileNamed(source) : undefined;
  return octets ? codeIn(app, octets, displayText(source, 200)) : { code: parsed(app, source), picture: false };
}

/** stdin as text, one trailing line end taken off. */
export async function textFromStdin(app: App): Promise<string> {
  return textIn(await readStdin(app)).replace(/\r?\n$/, '');
}

/** @param file that the octets come from; absent for stdin */
async function codeIn(app: App, octets: Uint8Array, file?: string): Promise<{ code: ActivationCode; picture: boolean }> {
  const { pictureKind } = await import('./picture/picture.ts');
  if (pictureKind(octets) === undefined) return { code: codeInText(app, octets, file), picture: false };
  const { readCodes } = await import('./picture/decode.ts');
  const texts = await readCodes(octets);
  const codes: ActivationCode[] = [];
  let first: unknown;
  for (const text of texts) {
    try {
      codes.push(parsed(app, text));
    } catch (error) {
      first ??= error;
    }
  }
  const [code, another] = codes;
  if (!code) throw texts.length === 1 ? first : new UsageError('none of the QR codes in the picture is an activation code');
  return { code: another ? await choose(app, codes) : code, picture: true };
}

/** Characters that no text file has. */
const BINARY = /[\x00-\x08\x0e-\x1f]/;

/** @throws {UsageError} that says what the file is: a picture may have been expected there */
function codeInText(app: App, octets: Uint8Array, file: string | undefined): ActivationCode {
  const text = textIn(octets);
  if (file === undefined) return parsed(app, text);
  if (BINARY.test(text)) throw new UsageError(`${file}: this is neither a picture of a known kind nor a text`);
  try {
    return parsed(app, text);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(`${file}: this is a text file, not a picture, and it holds no activation code (${cause.message})`, {
      remedy: cause.remedy ?? 'name a picture of the QR code, or a text file with an activation code in one line',
      cause,
    });
  }
}

/** Every part of a code that is a secret is known as one from here on. */
function parsed(app: App, text: string): ActivationCode {
  const code = parseActivationCode(text);
  app.secrets.addText(code.matchingId);
  for (const warning of code.warnings ?? []) app.warn(`activation code: ${warning}`);
  return code;
}

async function choose(app: App, codes: readonly ActivationCode[]): Promise<ActivationCode> {
  // A matching ID is a secret, but it alone tells two codes of one server apart: its last characters have to do.
  const lines = codes.map(({ smdpAddress, matchingId }, i) => `  ${i + 1}  ${smdpAddress}  ...${matchingId.slice(-4)}`);
  const several = `the picture holds ${codes.length} different activation codes`;
  if (!app.interactive) throw new UsageError(several, { remedy: 'cut the picture to the one that is meant' });
  const answer = await app.ask(`${several}:\n${lines.join('\n')}\nWhich one? `);
  const chosen = typeof answer === 'string' ? undefined : codes[Number(answer.text.trim()) - 1];
  if (!chosen) throw new UsageError('none of the codes was chosen');
  return chosen;
}

async function fileNamed(name: string): Promise<Uint8Array | undefined> {
  try {
    return await readInput(name, MAX_INPUT);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    const looksLikeFile = extname(name) !== '' && /[\\/]|\.(png|jpe?g|gif|webp|bmp|txt)$/i.test(name);
    if (isMissing(cause) && !looksLikeFile) return undefined; // a code without its separators: its own error is better
    const what = isMissing(cause) ? 'there is no such file' : cause.message;
    throw new UsageError(`${displayText(name, 200)}: ${what}`, { cause });
  }
}

/** stdin to its end. @throws {UsageError} where there is nothing, or too much */
export async function readStdin(app: App, expected = 'a code'): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of app.io.stdin) {
    const octets = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    length += octets.length;
    if (length > MAX_INPUT) throw new UsageError(`stdin: more than ${MAX_INPUT / 1024 / 1024} MiB`);
    chunks.push(octets);
  }
  if (length === 0) throw new UsageError(`stdin is empty, and ${expected} was expected there`);
  return Buffer.concat(chunks);
}
