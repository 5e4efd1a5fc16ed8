/** Codes as people have them at hand: `6A82`, `8.2.6/3.8`, `5/12`, `catBusy`, `ES10c.EnableProfile 5`, or a whole error line. */

import { CARD_CAUSES, cardProblem } from '../failures/card-problems.ts';
import { FAMILIES, type Family } from '../failures/code-families.ts';
import { httpRemedy, NETWORK_CAUSES, NETWORK_REMEDIES } from '../failures/network-problems.ts';
import { isServerCode, serverCode } from '../failures/server-codes.ts';
import { statusWord } from '../failures/status-words.ts';
import { TRUST_CAUSES, TRUST_REMEDIES } from '../failures/trust-checks.ts';
import type { Words } from '../failures/words.ts';
import type { TrustCheck } from '../lpa/errors.ts';
import type { Node } from './node.ts';

/** What a text means as a code; undefined where it is none that is known. */
export function lookUp(text: string, platform: NodeJS.Platform): Node | undefined {
  const given = text.trim();
  return (
    pairNode(given) ??
    installationNode(given) ??
    statusWordNamed(given) ??
    httpNode(given) ??
    named(given, platform) ??
    insideLine(given)
  );
}

const withWords = (name: string, { cause, remedy }: Words, value?: unknown): Node => ({
  name,
  ...(value !== undefined && { value }),
  ...(cause !== undefined && { cause }),
  ...(remedy !== undefined && { remedy }),
});

/** Subject and reason code of a server, with a slash, a comma or a space between them. */
function pairNode(text: string): Node | undefined {
  const [, subjectCode = '', reasonCode = ''] = /^(\d+(?:\.\d+){0,4})[\s/,]+(\d+\.\d+)$/.exec(text) ?? [];
  if (!isServerCode(subjectCode, reasonCode)) return undefined;
  return withWords(`${subjectCode}/${reasonCode}`, serverCode(subjectCode, reasonCode), { subjectCode, reasonCode });
}

/** bppCommandId and errorReason of a ProfileInstallationResult. */
function installationNode(text: string): Node | undefined {
  const [, command, reason] = /^(\d)\s*\/\s*(\d{1,3})$/.exec(text) ?? [];
  if (command === undefined || reason === undefined) return undefined;
  const nodes = [codeNode(family('BppCommandId'), command), codeNode(family('ErrorReason'), reason)];
  return nodes.some((node) => node === undefined)
    ? undefined
    : { name: `ProfileInstallationResult ${command}/${reason}`, children: nodes.filter((node) => node !== undefined) };
}

function statusWordNamed(text: string): Node | undefined {
  const [, digits = ''] = /^(?:sw\s*:?\s*|status word\s+)?(?:0x)?([69][0-9a-f]\s?[0-9a-f]{2})$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  const sw = digits.replace(' ', '').toUpperCase();
  return withWords(`status word ${sw}`, statusWord(Number.parseInt(sw, 16)) ?? { cause: 'not one that is known' }, sw);
}

function httpNode(text: string): Node | undefined {
  const [, status] = /^http\s*:?\s*([1-5]\d\d)$/i.exec(text) ?? [];
  return status === undefined
    ? undefined
    : withWords(`HTTP ${status}`, { cause: NETWORK_CAUSES.http, remedy: httpRemedy(Number(status)) }, Number(status));
}

/** A family and a code in it, by name or number; a code by its name alone; a family alone. */
function named(text: string, platform: NodeJS.Platform): Node | undefined {
  const [first = '', second, more] = text.split(/[\s:=]+/).filter((word) => word !== '' && !/^lpa$/i.test(word));
  if (more !== undefined || first === '') return undefined;
  const families = FAMILIES.filter(({ name }) => same(name, first) || same(name.replace(/^ES\d+[a-c+]?\./, ''), first));
  const nodes =
    second !== undefined
      ? families.flatMap((each) => codeNode(each, second) ?? [])
      : families.length > 0
        ? families.map(familyNode)
        : [
            ...FAMILIES.flatMap((each) => (/^\d+$/.test(first) ? [] : (codeNode(each, first) ?? []))),
            ...otherNames(first, platform),
          ];
  const [only, another] = nodes;
  if (!another) return only;
  return { name: text, words: `${nodes.length} things are called so`, children: nodes };
}

/** What Node and OpenSSL call the failures that a trust check stands for. */
// biome-ignore format: a table
const CHECKS: Readonly<Record<string, TrustCheck>> = {
  CERT_HAS_EXPIRED: 'tlsExpired', CERT_NOT_YET_VALID: 'tlsNotYetValid', ERR_TLS_CERT_ALTNAME_INVALID: 'tlsName',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tlsAnchor', UNABLE_TO_GET_ISSUER_CERT: 'tlsAnchor', UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tlsAnchor',
  SELF_SIGNED_CERT_IN_CHAIN: 'tlsAnchor', DEPTH_ZERO_SELF_SIGNED_CERT: 'tlsAnchor', CERT_SIGNATURE_FAILURE: 'tlsPath',
  PATH_LENGTH_EXCEEDED: 'tlsPath', INVALID_CA: 'tlsPath', INVALID_PURPOSE: 'tlsKeyUsage', HOSTNAME_MISMATCH: 'tlsName',
};

function otherNames(word: string, platform: NodeJS.Platform): Node[] {
  const check = keyIn(TRUST_CAUSES, word) ?? CHECKS[word.toUpperCase()];
  const network = keyIn(NETWORK_CAUSES, word);
  const card = keyIn(CARD_CAUSES, word);
  return [
    ...(check ? [withWords(`trust check ${check}`, { cause: TRUST_CAUSES[check], remedy: TRUST_REMEDIES[check] }, check)] : []),
    ...(network
      ? [
          withWords(
            `network problem ${network}`,
            { cause: NETWORK_CAUSES[network], remedy: NETWORK_REMEDIES[network] ?? httpRemedy(undefined) },
            network,
          ),
        ]
      : []),
    ...(card ? [withWords(`card problem ${card}`, { cause: CARD_CAUSES[card], remedy: cardProblem(card, platform) }, card)] : []),
  ];
}

const keyIn = <T extends object>(table: T, word: string): (keyof T & string) | undefined =>
  (Object.keys(table) as (keyof T & string)[]).find((key) => same(key, word)); // the keys of the table are keys of T

function codeNode(each: Family | undefined, wanted: string): Node | undefined {
  const former = each?.former?.[Number(wanted)];
  const [code, number] =
    Object.entries(each?.numbers ?? {}).find(([name, value]) => same(name, former ?? wanted) || String(value) === wanted) ?? [];
  if (!each || code === undefined) return undefined;
  return withWords(`${each.name}: ${code} (${number})`, code === 'ok' ? { cause: 'success' } : (each.words(code) ?? {}), code);
}

const familyNode = (each: Family): Node => ({
  name: each.name,
  children: Object.keys(each.numbers).flatMap((code) => codeNode(each, code) ?? []),
});

const family = (name: string): Family | undefined => FAMILIES.find((each) => each.name === name);

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** `lpa: ES9+.AuthenticateClient: matching ID refused (8.2.6/3.8)` as it was copied. */
function insideLine(text: string): Node | undefined {
  const codes = [...text.matchAll(/\((\d+(?:\.\d+)*\/\d+(?:\.\d+)*)\)/g)].map(([, code = '']) => code);
  const found = codes.map((code) => pairNode(code) ?? installationNode(code)).find((node) => node !== undefined);
  if (found) return found;
  const [, sw] = /status word ([0-9A-F]{4})\b/i.exec(text) ?? [];
  return sw === undefined ? undefined : statusWordNamed(sw);
}
