/** Faults of answers: their JSON, their HTTP, their timing. */
import type { ServerResponse } from 'node:http';
import { UsageError } from '../../lpa/errors.ts';
import type { FaultRow } from './fault-hooks.ts';

const JSON_TYPE = { 'content-type': 'application/json' } as const;
const CUT_AFTER_MS = 20;

/** Octets of base64 a line, as MIME has them. */
const inLines = (text: string): string => text.replace(/.{76}/g, '$&\r\n');

const isLongBase64 = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 76 && /^[A-Za-z0-9+/=]+$/.test(value);

const isRefusal = ({ header }: Record<string, unknown>): boolean => /"(Failed|Expired)"/.test(JSON.stringify(header) ?? '');

const milliseconds = (text: string): number => {
  const [, digits, unit = 'ms'] = /^(\d+)(ms|s)?$/.exec(text) ?? [];
  if (digits === undefined) throw new UsageError('delay: expected a time such as 50ms or 2s');
  return Number(digits) * (unit === 's' ? 1000 : 1);
};

const statusCode = (text: string): `${string}/${string}` => {
  const [, subject, reason] = /^(\d+(?:\.\d+)*)\/(\d+(?:\.\d+)*)$/.exec(text) ?? [];
  if (subject === undefined) throw new UsageError('status: expected subject code and reason code, such as 8.2.6/3.8');
  return `${subject}/${reason}`;
};

/** An answer cut off in the middle: headers, half the body, and the connection is gone. */
function cut(response: ServerResponse, text: string): void {
  response.writeHead(200, { ...JSON_TYPE, 'content-length': Buffer.byteLength(text) });
  response.write(text.slice(0, Math.floor(text.length / 2)));
  setTimeout(() => response.destroy(), CUT_AFTER_MS);
}

/** One octet at a time, as long as anybody listens. */
function drip(response: ServerResponse, text: string, everyMs: number): void {
  response.writeHead(200, JSON_TYPE);
  let at = 0;
  const timer = setInterval(() => {
    if (at < text.length) response.write(text[at++]);
    else response.end(() => clearInterval(timer));
  }, everyMs);
  response.on('close', () => clearInterval(timer));
}

// biome-ignore format: a table
export const answerFaults: Readonly<Record<string, FaultRow>> = {
  status: {
    says: 'it answers Failed with this subject and reason code',
    argument: 'such as 8.2.6/3.8',
    where: 'authenticateClient',
    hooks: (code) => ({ refusal: { status: 'Failed', code: statusCode(code) } }),
  },
  expired: {
    says: 'it answers Expired with this subject and reason code',
    argument: 'such as 8.8.5/4.10, which it is where none is given',
    where: 'authenticateClient',
    hooks: (code) => ({ refusal: { status: 'Expired', code: statusCode(code || '8.8.5/4.10') } }),
  },
  'no-header': {
    says: 'the answer has no header',
    hooks: () => ({ json: ({ header, ...others }) => others }),
  },
  'base64-lines': {
    says: 'base64 in lines of 76 characters (an LPA accepts it)',
    hooks: () => ({
      json: (body) => Object.fromEntries(Object.entries(body).map(([name, value]) => [name, isLongBase64(value) ? inLines(value) : value])),
    }),
  },
  'no-padding': {
    says: 'base64 without padding (an LPA accepts it)',
    hooks: () => ({
      json: (body) => Object.fromEntries(Object.entries(body).map(([name, value]) => [name, typeof value === 'string' ? value.replace(/=+$/, '') : value])),
    }),
  },
  'member-order': {
    says: 'members in another order, the header last (an LPA accepts it)',
    hooks: () => ({ json: (body) => Object.fromEntries(Object.entries(body).reverse()) }),
  },
  'lower-case': {
    says: 'transactionId in lower case (an LPA accepts it)',
    hooks: () => ({
      json: (body) => (typeof body['transactionId'] === 'string' ? { ...body, transactionId: body['transactionId'].toLowerCase() } : body),
    }),
  },
  'tobe-used': {
    says: 'euiccCiPKIdToBeUsed spelt euiccCiPKIdTobeUsed (an LPA accepts it)',
    hooks: () => ({
      json: ({ euiccCiPKIdToBeUsed, ...others }) =>
        euiccCiPKIdToBeUsed === undefined ? others : { ...others, euiccCiPKIdTobeUsed: euiccCiPKIdToBeUsed },
    }),
  },
  'unknown-members': {
    says: 'members that no version names (an LPA accepts it)',
    hooks: () => ({
      json: (body) => ({ vendor: { nested: [1, null, 'x'] }, ...body, rspCapability: '', crlList: [] }),
    }),
  },
  'warning': {
    says: 'Executed-WithWarning instead of success (an LPA accepts it)',
    hooks: () => ({
      json: (body) => isRefusal(body) ? body : ({
        ...body,
        header: { functionExecutionStatus: { status: 'Executed-WithWarning', statusCodeData: { subjectCode: '8.1', reasonCode: '4.3' } } },
      }),
    }),
  },
};

// biome-ignore format: a table
export const httpFaults: Readonly<Record<string, FaultRow>> = {
  delay: {
    says: 'every answer comes this much later',
    argument: 'such as 50ms or 2s',
    hooks: (text) => ({ delayMs: milliseconds(text) }),
  },
  http: {
    says: 'an HTTP status instead of an answer',
    argument: 'the status, else 500',
    hooks: (status) => ({ instead: (response) => response.writeHead(Number(status || 500), { 'content-type': 'text/html' }).end('<h1>No</h1>') }),
  },
  html: {
    says: 'a page instead of JSON, with HTTP status 200',
    hooks: () => ({ instead: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>') }),
  },
  redirect: {
    says: 'a redirect to another host',
    hooks: () => ({ instead: (response) => response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end() }),
  },
  silent: {
    says: 'no answer at all',
    hooks: () => ({ instead: () => {} }),
  },
  hangup: {
    says: 'the connection ends instead of an answer',
    hooks: () => ({ instead: (response) => response.destroy() }),
  },
  'no-body': {
    says: 'an empty body where there should be one',
    hooks: () => ({ send: (response) => response.writeHead(200, JSON_TYPE).end() }),
  },
  cut: {
    says: 'the connection ends in the middle of an answer; the function was carried out',
    hooks: () => ({ send: cut }),
  },
  'slow-drip': {
    says: 'one octet at a time; the function was carried out',
    argument: 'time between octets, else 200ms',
    hooks: (every) => ({ send: (response, text) => drip(response, text, milliseconds(every || '200ms')) }),
  },
  'huge-body': {
    says: 'eight megabytes of spaces after the answer',
    hooks: () => ({ send: (response, text) => response.writeHead(200, JSON_TYPE).end(text + ' '.repeat(8 * 1024 * 1024)) }),
  },
  'huge-length': {
    says: 'content-length says ten gigabytes',
    hooks: () => ({
      send: (response, text) => response.writeHead(200, { ...JSON_TYPE, 'content-length': 10_000_000_000 }).write(text),
    }),
  },
  'deep-json': {
    says: 'a member with arrays in arrays, a hundred thousand deep',
    hooks: () => ({
      send: (response, text) => response.writeHead(200, JSON_TYPE).end(`{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},${text.slice(1)}`),
    }),
  },
  'dies-after-package': {
    says: 'it is gone once the package is out: the notification cannot be delivered',
    where: 'getBoundProfilePackage',
    hooks: () => ({ diesAfterwards: true }),
  },
};
