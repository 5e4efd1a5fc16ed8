/** lpa explain: a code or octets, in words. Touches no card, no PC/SC library and no network. */

import type { Node } from '../../inspect/node.ts';
import { fromHex, utf8Text } from '../../lpa/bytes.ts';
import { DecodeError, NetworkError, UsageError } from '../../lpa/errors.ts';
import { fileErrorCode } from '../../lpa/file-error.ts';
import { readInput } from '../../lpa/input-file.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { readStdin } from '../input/activation-code-source.ts';
import { treeText } from '../output/tree.ts';

const OPTIONS = {
  as: {
    flags: '--as <name>',
    text: 'read octets as this data object: SmdpSigned2, Certificate, ProfilePackage, ...',
    offers: async () => (await import('../../inspect/octets.ts')).readableNames(),
  },
} as const;

/** Octets that are read from a file or stdin: more than any package has. */
const MAX_OCTETS = 16 * 1024 * 1024;

export const explain = command({
  usage: 'explain <thing...>',
  takesCode: true,
  summary: 'Say in words what a code means, or what octets hold',
  details:
    'A code is a status word, a result of an ES10 function, subject and reason code of a server, the two numbers of an installation ' +
    'result, the name of a trust check, a PC/SC or TLS result, or an error line as it was printed. Octets are any data object of SGP.22, a ' +
    'bound or unprotected profile package, a certificate, a JSON body or APDUs with their answers: in hexadecimal, in base64, in a ' +
    'file, or on stdin. A profile package is checked as a card checks it, and findings are shown with their clause. Damaged octets are shown as far as they go, and secrets in what is given are shown too.',
  examples: [
    'lpa explain 6A82',
    'lpa explain 8.2.6/3.8',
    'lpa explain EnableProfile catBusy',
    'lpa explain BF3103800105',
    'lpa explain profile.der',
    'lpa explain - < trace.txt',
  ],
  arguments: { thing: 'a code, octets, the name of a file, or - for stdin' },
  options: OPTIONS,
  async run(app, { as }, things: readonly string[]): Promise<Node> {
    const options = { platform: app.io.platform, ...(as !== undefined && { as: await knownName(as) }) };
    const given = things.join(' ').trim();
    const node = given === '-' ? await fromOctets(app, await readStdin(app, 'something to explain'), options) : undefined;
    const found = node ?? (await fromText(app, given, options));
    if (found) return found;
    const file = await fileNamed(given);
    const inFile = file && (await fromOctets(app, file, options));
    if (inFile) return inFile;
    if (file?.length === 0) throw new UsageError(`${displayText(given, 200)}: the file is empty`);
    if (/^[\w./\\: -]{1,200}[/\\.][\w-]{1,100}$/.test(given))
      throw new UsageError(`${displayText(given, 200)}: there is no such file`);
    // What was given may be a secret: it is not repeated.
    throw new UsageError('this is nothing that is known here', {
      remedy: '`lpa help explain` lists what can be given; octets are hexadecimal or base64, whole',
    });
  },
  text: (node, look) => treeText(node, look),
});

interface Options {
  readonly platform: NodeJS.Platform;
  readonly as?: string;
}

/** Octets of a file or stdin: a picture, text, or the thing itself. */
async function fromOctets(app: App, octets: Uint8Array, options: Options): Promise<Node | undefined> {
  if (octets.length > MAX_OCTETS) throw new UsageError(`more than ${MAX_OCTETS / 1024 / 1024} MiB`);
  const { pictureKind } = await import('../input/picture/picture.ts');
  if (pictureKind(octets) !== undefined) {
    const { readCodes } = await import('../input/picture/decode.ts');
    const children: Node[] = [];
    for (const text of await readCodes(octets)) {
      children.push((await fromText(app, text, options)) ?? { name: 'text', words: `"${text}"` });
    }
    return children.length === 1 ? children[0] : { name: 'picture', words: `${children.length} QR codes`, children };
  }
  if (isText(octets)) return fromText(app, utf8Text(octets), options);
  const { bytesTree } = await import('../../inspect/text.ts');
  return bytesTree(octets, options);
}

async function fromText(app: App, text: string, options: Options): Promise<Node | undefined> {
  const given = text.trim();
  if (/^(lpa:)?\d?\$|^lpa:|^https?:\/\//i.test(given) && !/\s/.test(given)) return activationCode(app, given);
  const { textTree } = await import('../../inspect/text.ts');
  return (
    (await pcscResult(given, options.platform)) ??
    (await connectionFailure(given, options)) ??
    (await atrOf(given)) ??
    textTree(given, options)
  );
}

/** The fields of an activation code. @throws {UsageError} naming the column */
async function activationCode(app: App, text: string): Promise<Node> {
  const { parseActivationCode } = await import('../../lpa/procedures/activation-code.ts');
  const code = parseActivationCode(text);
  const { describeCi } = await import('../../lpa/pki/ci-names.ts');
  app.secrets.addText(code.matchingId);
  const field = (name: string, value: unknown, words = String(value)): Node[] =>
    value === undefined ? [] : [{ name, value, words }];
  return {
    name: 'activation code',
    notes: [...(code.warnings ?? []), 'it is a secret: whoever has it may have the profile'],
    children: [
      ...field('smdpAddress', code.smdpAddress),
      {
        name: 'matchingId',
        value: code.matchingId,
        words: code.matchingId === '' ? '(none)' : `"${code.matchingId}"`,
        secret: true,
      },
      ...field('smdpOid', code.smdpOid),
      ...field('confirmationCodeRequired', code.confirmationCodeRequired, code.confirmationCodeRequired ? 'yes' : 'not said'),
      ...field('ciPKIndicator', code.ciPKIndicator, code.ciPKIndicator && describeCi(code.ciPKIndicator)),
      ...field('deleteNotificationForDc', code.deleteNotificationForDc),
    ],
  };
}

/** `8010002E`, `0x8010002e` or `SCARD_E_NO_READERS_AVAILABLE`. */
async function pcscResult(text: string, platform: NodeJS.Platform): Promise<Node | undefined> {
  const [, digits] = /^(?:0x)?(8010[0-9a-f]{4})$/i.exec(text) ?? [];
  if (digits === undefined && !/^SCARD_[EWF]_\w+$/i.test(text)) return undefined;
  const { pcscCode, pcscError } = await import('../../lpa/card/pcsc/pcsc-errors.ts');
  const code = digits === undefined ? pcscCode(text.toUpperCase()) : Number.parseInt(digits, 16);
  if (code === 0) return undefined;
  const error = pcscError(code, undefined, undefined);
  const { explain: explainError } = await import('../../failures/explain-error.ts');
  const { message, remedy } = explainError(error, platform);
  return {
    name: `PC/SC ${code.toString(16).toUpperCase()}`,
    value: error.problem,
    cause: message,
    ...(remedy !== undefined && { remedy }),
  };
}

/** What Node calls a failed connection, `ENOTFOUND`: the problem that it is here. */
async function connectionFailure(text: string, { platform }: Options): Promise<Node | undefined> {
  if (!/^(E[A-Z_]{3,30}|(ERR|UND_ERR|HPE)_\w{1,60})$/.test(text)) return undefined;
  const { connectionError } = await import('../../lpa/es9/tls.ts');
  const error = connectionError(Object.assign(new Error(text), { code: text }), 'the server');
  if (!(error instanceof NetworkError) || error.problem === 'other') return undefined;
  const { explain: explainError } = await import('../../failures/explain-error.ts');
  const { message, remedy } = explainError(error, platform);
  return { name: text, value: error.problem, cause: message, ...(remedy !== undefined && { remedy }) };
}

/** An ATR, as `lpa readers` shows it. */
async function atrOf(text: string): Promise<Node | undefined> {
  const digits = text.replace(/[\s:]/g, '');
  if (!/^3[BF]([0-9a-f]{2}){3,32}$/i.test(digits)) return undefined;
  const { readAtr } = await import('../../lpa/card/atr.ts');
  try {
    const { protocols, euicc, mep, checkByte, historical } = readAtr(fromHex(digits));
    if (checkByte === 'wrong') return undefined;
    return {
      name: 'ATR',
      octets: digits.toUpperCase(),
      children: [
        { name: 'protocols', value: protocols, words: protocols.map((protocol) => `T=${protocol}`).join(', ') },
        {
          name: 'euicc',
          value: euicc,
          words: euicc ? 'says that it is an eUICC' : 'does not say that it is an eUICC, which proves nothing',
        },
        ...(mep ? [{ name: 'mep', value: mep, words: 'several profiles may be enabled at once' }] : []),
        { name: 'historical', words: `${historical.length} octets` },
      ],
    };
  } catch (error) {
    if (error instanceof DecodeError) return undefined; // no ATR: octets like any others
    throw error;
  }
}

async function knownName(as: string): Promise<string> {
  const { readableNames } = await import('../../inspect/octets.ts');
  const name = readableNames().find((each) => each.toLowerCase() === as.toLowerCase());
  if (name !== undefined) return name;
  const begun = readableNames().filter((each) => each.toLowerCase().startsWith(as.toLowerCase().slice(0, 4)));
  throw new UsageError('--as: there is no such data object', {
    remedy:
      begun.length > 0 ? `did you mean ${begun.slice(0, 5).join(', ')}?` : 'names are those of the specification: SmdpSigned2',
  });
}

async function fileNamed(name: string): Promise<Uint8Array | undefined> {
  try {
    return await readInput(name, MAX_OCTETS);
  } catch (cause) {
    const code = fileErrorCode((cause as Error).cause) ?? '';
    if (/^E(NOENT|NAMETOOLONG|NOTDIR)$|^ERR_INVALID_ARG/.test(code)) return undefined; // it was no name
    throw cause;
  }
}

/** UTF-8 without control characters but for line ends and tabs. */
function isText(octets: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
    return !/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text);
  } catch {
    return false; // what fatal asks for
  }
}
