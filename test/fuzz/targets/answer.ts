/** Answers of RSP servers: JSON of any kind behind each function of ES9+ and ES11. The first octet says which. */

import { Secrets } from '../../../src/cli/capture/secrets.ts';
import { traceTo } from '../../../src/cli/capture/trace.ts';
import type { DataObject } from '../../../src/lpa/asn1/schema.ts';
import { concat, toBase64, utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import * as es9p from '../../../src/lpa/es9/es9p.ts';
import * as es11 from '../../../src/lpa/es9/es11.ts';
import { callRsp, type Params, type RspFunction } from '../../../src/lpa/es9/function.ts';
import { ServerSigned1 } from '../../../src/lpa/sgp22/authentication.ts';
import { SmdpSigned2 } from '../../../src/lpa/sgp22/download.ts';
import { SubjectKeyIdentifier } from '../../../src/lpa/sgp22/identifiers.ts';
import { StoreMetadataRequest } from '../../../src/lpa/sgp22/profile.ts';
import { type Mutator, mutateOctets, mutateTlv } from '../mutate.ts';
import { type Random, randomOf } from '../random.ts';
import { sampleOf } from '../sample.ts';
import { Finding, outcomeOf, type Target } from '../target.ts';
import { samplePackage } from './bpp.ts';

type AnyFunction = RspFunction<Params, Params>;

export const RSP_FUNCTIONS: readonly AnyFunction[] = [
  es9p.InitiateAuthentication,
  es9p.AuthenticateClient,
  es9p.GetBoundProfilePackage,
  es9p.HandleNotification,
  es9p.CancelSession,
  es11.InitiateAuthentication,
  es11.AuthenticateClient,
];

const base64Of = (object: DataObject<any>, random: Random): string => toBase64(sampleOf(object, random));

const MEMBERS: Readonly<Record<string, (random: Random) => unknown>> = {
  transactionId: () => '0123456789ABCDEF0123456789ABCDEF',
  serverSigned1: (random) => base64Of(ServerSigned1, random),
  serverSignature1: () => 'XzdAAAA=',
  euiccCiPKIdToBeUsed: (random) => base64Of(SubjectKeyIdentifier, random),
  serverCertificate: () => 'MAA=',
  profileMetadata: (random) => base64Of(StoreMetadataRequest, random),
  smdpSigned2: (random) => base64Of(SmdpSigned2, random),
  smdpSignature2: () => 'XzdAAAA=',
  smdpCertificate: () => 'MAA=',
  boundProfilePackage: () => toBase64(samplePackage(true)),
  eventEntries: () => [{ eventId: 'EVENT-1', rspServerAddress: 'smdp.example.com' }],
};

const FAILED = {
  header: {
    functionExecutionStatus: {
      status: 'Failed',
      statusCodeData: { subjectCode: '8.2.6', reasonCode: '3.8', subjectIdentifier: 'x', message: '\u001b[2J' },
    },
  },
};

function seeds(): Uint8Array[] {
  const random = randomOf(3);
  return RSP_FUNCTIONS.flatMap(({ response }, i) => {
    const members = Object.keys(response ?? {}).map((name) => [name, MEMBERS[name]?.(random)]);
    const header = { functionExecutionStatus: { status: 'Executed-Success' } };
    return [{ header, ...Object.fromEntries(members) }, FAILED].map((body) =>
      concat(Uint8Array.of(i), utf8Bytes(JSON.stringify(body))),
    );
  });
}

/** Values where the other type was expected, and what JavaScript might trip over. */
const WORDS = [
  '{', '}', '[', ']', '"', ':', ',', 'null', 'true', '[]', '{}', '""', '0', '-1', '1e999', '1e-7', '"__proto__":', '"constructor":',
  '"prototype":', '"toString":', '"header":', '"__proto__":{"polluted":true,"header":{"functionExecutionStatus":{"status":"Executed-Success"}}}',
  '"constructor":{"prototype":{"polluted":true}}', '"length":4294967295', '"then":{}', '\\u0000', '\\ud800', '\ufeff', '"euiccCiPKIdTobeUsed":"BAA="',
  '"status":{"toString":null}', '"statusCodeData":null', '"statusCodeData":"x"', '"AA=="', '"AA\\n=="', '"===="', '"toJSON":1',
].map(utf8Bytes); // biome-ignore format: a list of words

/** A body as text, its members as wholes, and what is inside of their base64. */
export const mutateBody: Mutator = (body, random, pool, words) => {
  const json = random.chance(0.4) ? objectIn(body) : undefined;
  if (!json) return mutateOctets(body, random, pool, words);
  const inside = Object.values(json).filter((value) => typeof value === 'object' && value !== null);
  const target = inside.length > 0 && random.chance(0.3) ? (random.pick(inside) as Record<string, unknown>) : json;
  const entries = Object.entries(target);
  if (entries.length === 0) return mutateOctets(body, random, pool, words);
  const [name, value] = random.pick(entries);
  const odd: readonly unknown[] = [
    null,
    0,
    -1,
    true,
    [],
    {},
    '',
    'x',
    [[[]]],
    { toString: 1 },
    'A'.repeat(5000),
    [value],
    { [name]: value },
    Object.values(target).at(-1),
  ];
  target[name] =
    typeof value === 'string' && random.chance(0.6)
      ? toBase64((random.chance(0.6) ? mutateTlv : mutateOctets)(octetsIn(value), random, pool, []))
      : random.pick(odd);
  return utf8Bytes(JSON.stringify(json));
};

function objectIn(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(utf8Text(body));
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // what was made of it before is no JSON any more
  }
}

const octetsIn = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

const mutateAnswer: Mutator = (input, random, pool, words) =>
  concat(
    input.subarray(0, 1),
    mutateBody(
      input.subarray(1),
      random,
      pool.map((each) => each.subarray(1)),
      words,
    ),
  );

export const answer: Target = {
  name: 'answer',
  mutate: mutateAnswer,
  words: WORDS,
  seeds,
  async run(input) {
    const fn = RSP_FUNCTIONS[(input[0] ?? 0) % RSP_FUNCTIONS.length]!;
    const body = utf8Text(input.subarray(1));
    const trace = traceTo(() => {}, new Secrets());
    const outcome = await outcomeOf(async () => {
      const values = await callRsp(
        async () => ({ status: 200, body }),
        'smdp.example.com',
        { ...fn, request: {} },
        {},
        {
          listener: trace.listener,
        },
      );
      const odd = Object.keys(values).find((name) => !(name in (fn.response ?? {})));
      if (odd !== undefined) throw new Finding(`a member that nobody declared: ${odd}`);
      if (Object.getPrototypeOf(values) !== Object.prototype) throw new Finding('the values have another prototype');
    });
    trace.end();
    if ('polluted' in {} || Object.keys(Object.prototype).length > 0) throw new Finding('Object.prototype was written to');
    return `${fn.name} ${outcome}`;
  },
};
