/** What holds for every input, stated once each; fast-check looks for one for which it does not. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { mintCi, mintDpTls, mintServerSubCa } from '../../src/lab/pki/mint.ts';
import { encodeTlv, parseTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, concatAll, equalBytes, toBase64 } from '../../src/lpa/bytes.ts';
import { exchange } from '../../src/lpa/card/iso7816.ts';
import { frame } from '../../src/lpa/card/socket/framing.ts';
import { openSocket } from '../../src/lpa/card/socket/socket.ts';
import { DecodeError, LpaError, TrustError, UsageError } from '../../src/lpa/errors.ts';
import { callRsp } from '../../src/lpa/es9/function.ts';
import { readCertificate } from '../../src/lpa/pki/certificate.ts';
import { keyIdentifier, publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import { verifyServerChain } from '../../src/lpa/pki/trust.ts';
import { type ActivationCode, formatActivationCode, parseActivationCode } from '../../src/lpa/procedures/activation-code.ts';
import { differingField } from '../../src/lpa/procedures/metadata.ts';
import { readBoundProfilePackage, segmentsOf } from '../../src/lpa/sgp22/bpp.ts';
import { StoreMetadataRequest } from '../../src/lpa/sgp22/profile.ts';
import { REGISTRY } from '../../src/lpa/sgp22/registry.ts';
import { displayText, displayWidth, jsonText } from '../../src/terminal/safe-text.ts';
import { randomOf } from './random.ts';
import { sampleOf } from './sample.ts';
import { RSP_FUNCTIONS } from './targets/answer.ts';
import { checkHarmless } from './targets/text.ts';

const seed = fc.nat(2 ** 31);

test('good octets of every data object are read, can be written, and read the same; cut short they are refused', () => {
  for (const { object } of REGISTRY) {
    fc.assert(
      fc.property(seed, fc.double({ min: 0, max: 1, noNaN: true }), (from, fill) => {
        const octets = sampleOf(object, randomOf(from), fill);
        const value: unknown = object.decode(octets);
        assert.deepEqual(object.decode(object.encode(value)), value, object.name);
        assert.throws(() => object.decode(octets.subarray(0, -1)), DecodeError);
      }),
      { numRuns: 40 },
    );
  }
});

const segments = (tag: number) =>
  fc
    .array(fc.uint8Array({ minLength: 9, maxLength: 300 }), { minLength: 1, maxLength: 6 })
    .map((bodies) => concatAll(bodies.map((body) => encodeTlv(tag, body))));

test('the segments of a package, whatever its parts, are the package', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 50 }),
      segments(0x87),
      segments(0x88),
      fc.option(segments(0x87)),
      segments(0x86),
      (secureChannel, first, metadata, second, profile) => {
        const bytes = encodeTlv(
          0xbf36,
          concat(
            encodeTlv(0xbf23, encodeTlv(0x80, secureChannel)),
            encodeTlv(0xa0, first),
            encodeTlv(0xa1, metadata),
            second === null ? new Uint8Array() : encodeTlv(0xa2, second),
            encodeTlv(0xa3, profile),
          ),
        );
        const cut = [...segmentsOf(readBoundProfilePackage(bytes))];
        assert.ok(equalBytes(concatAll(cut), bytes));
        assert.ok(cut.every(({ length }) => length > 0));
      },
    ),
    { numRuns: 200 },
  );
});

test('metadata in another order is the same, with another value it is not, and the field is named', () => {
  fc.assert(
    fc.property(seed, fc.nat(), (from, pick) => {
      const random = randomOf(from);
      const octets = sampleOf(StoreMetadataRequest, random);
      const { children } = parseTlv(octets);
      const turned = pick % children.length;
      const moved = [...children.slice(turned), ...children.slice(0, turned)];
      assert.equal(differingField(octets, encodeTlv(0xbf25, concatAll(moved.map(({ bytes }) => bytes)))), undefined);
      const other = sampleOf(StoreMetadataRequest, random);
      const [a, b] = [StoreMetadataRequest.decode(octets), StoreMetadataRequest.decode(other)];
      const field = differingField(octets, other);
      if (isDeepStrictEqual(a, b)) return;
      assert.ok(field !== undefined && (field in a || field in b), field);
      assert.notDeepEqual((a as Record<string, unknown>)[field], (b as Record<string, unknown>)[field]);
    }),
    { numRuns: 500 },
  );
});

test('one changed octet in what is signed, of the server or of who stands above it, ends trust', async () => {
  const ci = await mintCi({});
  const subCa = await mintServerSubCa(ci, 'dp');
  const chain = [await mintDpTls(subCa, 'smdp.example.com'), subCa].map(({ certificate }) => certificate);
  const tbs = await Promise.all(chain.map(async (certificate) => (await readCertificate(certificate)).tbs));
  const anchors = { ciPKIds: [keyIdentifier(publicPoint(ci.privateKey))], ca: [], allowTestCi: false, strictCi: true };
  const verify = (sent: readonly Uint8Array[]) =>
    verifyServerChain({ sent, host: 'smdp.example.com', role: 'dp', anchors, web: { authorized: false }, now: new Date() });
  assert.equal((await verify(chain)).trustedBy, 'chip');
  await fc.assert(
    fc.asyncProperty(fc.nat(1), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, where, change) => {
      const [octets, signed] = [chain[which]!, tbs[which]!];
      // The certificate is SEQUENCE { tbs, ... }: what is signed begins behind its header.
      const start = octets.length - parseTlv(octets).content.length;
      const at = start + (where % signed.length);
      const changed = Uint8Array.from(octets, (octet, i) => (i === at ? octet ^ change : octet));
      await assert.rejects(verify(which === 0 ? [changed, chain[1]!] : [chain[0]!, changed]), TrustError);
    }),
    { numRuns: 150 },
  );
});

test('whatever JSON a server answers, the function answers or an error of ours', async () => {
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.uint8Array({ maxLength: 60 }).map(toBase64),
    fc.constantFrom('__proto__', 'Executed-Success', 'Failed', null, 0, '', '0A'),
  );
  const members = fc.dictionary(
    fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      'x',
      ...RSP_FUNCTIONS.flatMap(({ response }) => Object.keys(response ?? {})),
    ),
    values,
  );
  const body = fc.oneof(
    fc
      .tuple(members, fc.constantFrom('Executed-Success', 'Executed-WithWarning', 'Failed', 'Expired', 'x'))
      .map(([rest, status]) => JSON.stringify({ header: { functionExecutionStatus: { status } }, ...rest })),
    fc.json(),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...RSP_FUNCTIONS), body, async (fn, text) => {
      try {
        const answer = await callRsp(async () => ({ status: 200, body: text }), 'a.b', { ...fn, request: {} }, {});
        assert.ok(Object.keys(answer).every((name) => name in (fn.response ?? {})));
      } catch (error) {
        assert.ok(error instanceof LpaError, String(error));
      }
      assert.equal(Object.keys(Object.prototype).length, 0);
    }),
    { numRuns: 2000 },
  );
});

test('whatever text is shown, nothing in it acts, it is as wide as it says, and JSON gives it back', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
    fc
      .array(fc.constantFrom('\x1b[2J', '\u202e', '\u200d', 'e\u0301', '日', '\u{1F469}', '\ufe0f', '\n', 'a'), { maxLength: 20 })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, fc.nat(120), (foreign, columns) => {
      const shown = displayText(foreign, columns);
      checkHarmless(shown);
      assert.ok(displayWidth(shown) <= columns);
      assert.equal(displayText(shown, columns), shown);
      const json = jsonText({ foreign });
      checkHarmless(json);
      assert.equal(JSON.parse(json).foreign, foreign);
    }),
    { numRuns: 2000 },
  );
});

test('an activation code that is written reads as what it was', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/);
  const code = fc.record(
    {
      smdpAddress: fc
        .tuple(fc.array(label, { minLength: 2, maxLength: 4 }), fc.option(fc.integer({ min: 1, max: 65535 })))
        .map(([labels, port]) => `${labels.join('.')}${port === null ? '' : `:${port}`}`),
      matchingId: fc.stringMatching(/^[0-9A-Z-]{0,40}$/),
      smdpOid: fc.constantFrom('1.3.6.1.4.1.31746', '2.999.10'),
      confirmationCodeRequired: fc.boolean(),
    },
    { requiredKeys: ['smdpAddress', 'matchingId', 'confirmationCodeRequired'], noNullPrototype: true },
  );
  fc.assert(
    fc.property(code, (given) => {
      assert.deepEqual(parseActivationCode(formatActivationCode(given as ActivationCode)), given);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      try {
        parseActivationCode(`LPA:1$${text}`);
      } catch (error) {
        assert.ok(error instanceof UsageError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('whatever a card answers, an exchange ends, with its octets or an error of ours', async () => {
  const answer = fc.tuple(
    fc.uint8Array({ maxLength: 256 }),
    fc.constantFrom(0x9000, 0x6100, 0x6101, 0x61ff, 0x6c00, 0x6c10, 0x910b, 0x6985, 0x6a82),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 5 }), fc.boolean(), async (answers, broken) => {
      let count = 0;
      const transmit = async (): Promise<Uint8Array> => {
        const [data, sw] = answers[count++ % answers.length]!;
        assert.ok(count < 3000);
        return broken && count % 7 === 0 ? data.subarray(0, 1) : concat(data, Uint8Array.of(sw >> 8, sw & 0xff));
      };
      try {
        const { sw } = await exchange(transmit, 'X', Uint8Array.of(0x80, 0xe2, 0x91, 0, 0));
        assert.notEqual(sw >> 8, 0x61);
      } catch (error) {
        assert.ok(error instanceof LpaError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test('whatever comes from the other end of a socket, there is a card, or an error of ours', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const name = `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 80 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (chunks, framed) => {
          const all = concatAll(framed ? chunks.map(frame) : chunks);
          server.removeAllListeners('connection');
          server.on('connection', (socket) => {
            socket.on('error', () => {}); // the other side may be gone
            socket.end(all);
          });
          try {
            await using link = await openSocket(name);
            await link.transmit(Uint8Array.of(0, 0xa4, 4, 0, 0));
          } catch (error) {
            assert.ok(error instanceof LpaError, String(error));
          }
        },
      ),
      { numRuns: 100 },
    );
  } finally {
    server.close();
  }
});
