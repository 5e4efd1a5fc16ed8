/**
 * Reads octets that others made with our tables, and writes them again (test/vectors/octets/README.md).
 * An error that lab and LPA share cannot pass here.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DataObject, Fields, Type } from '../../src/lpa/asn1/schema.ts';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { concatAll, fromBase64, fromHex, toHex } from '../../src/lpa/bytes.ts';
import { DecodeError } from '../../src/lpa/errors.ts';
import * as es9p from '../../src/lpa/es9/es9p.ts';
import { decodeParams, encodeParams } from '../../src/lpa/es9/function.ts';
import { BoundProfilePackage, metadataOf, readBoundProfilePackage, segmentsOf } from '../../src/lpa/sgp22/bpp.ts';
import { StoreMetadataRequest } from '../../src/lpa/sgp22/profile.ts';
import { REGISTRY } from '../../src/lpa/sgp22/registry.ts';
import * as iot from '../../src/lpa/sgp32/iot.ts';

interface Vector {
  readonly name: string;
  /** A data object of the registry, or a function of ES9+ where `json` has its message. */
  readonly object: string;
  readonly direction: 'request' | 'response' | 'part';
  readonly hex?: string;
  readonly base64?: string;
  readonly json?: Readonly<Record<string, unknown>>;
  /** Some of the values, as the source states them; octets in hex. */
  readonly decoded?: unknown;
  /** Why the tables write other octets for the same value. */
  readonly differs?: string;
  /** Words of the error where the octets are none that may be read; `note` says why. */
  readonly refused?: string;
  /** Words of the error where the data object can be read, but not be cut for the eUICC. */
  readonly refusedAsPackage?: string;
  /** Octets of each part of a package that another LPA sends at a time. */
  readonly segments?: readonly number[];
  readonly note?: string;
}
interface Source {
  readonly file: string;
  readonly source: string;
  readonly licence: string;
  readonly vectors: readonly Vector[];
}

const folder = join(import.meta.dirname, '../../../test/vectors/octets');
const SOURCES: readonly Source[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => ({ file, ...JSON.parse(readFileSync(join(folder, file), 'utf8')) }));
const VECTORS = SOURCES.flatMap(({ file, vectors }) => vectors.map((vector) => ({ ...vector, at: `${file}: ${vector.name}` })));
const OCTETS = VECTORS.filter(({ json }) => json === undefined);

/** SGP.32 has objects of the same names under tags of its own. */
const ofIot = new Set<unknown>(Object.values(iot));
const OBJECTS = REGISTRY.filter(({ object }) => !ofIot.has(object));

/** Objects of which nobody seems to have published octets. */
// biome-ignore format: a table
const WITHOUT_OUTSIDE_OCTETS: readonly string[] = [
  // The ASN.1 binding of ES9+ and ES11: what is out there speaks JSON.
  'AuthenticateClientRequest', 'AuthenticateClientResponseEs11', 'AuthenticateClientResponseEs9', 'CancelSessionRequestEs9',
  'CancelSessionResponseEs9', 'GetBoundProfilePackageRequest', 'GetBoundProfilePackageResponse', 'HandleNotification',
  'InitiateAuthenticationRequest', 'InitiateAuthenticationResponse', 'RemoteProfileProvisioningRequest',
  'RemoteProfileProvisioningResponse',
  // Functions that hardly any LPA calls, and what an operator's server sends to a card.
  'LoadCRLRequest', 'LoadCRLResponse', 'LpaeActivationRequest', 'LpaeActivationResponse', 'UpdateMetadataRequest',
  // It has the certificates of the card in it: who publishes a trace leaves it out.
  'OtherSignedNotification',
];
/** Messages of ES9+ in JSON of which nobody seems to have published the members. */
const WITHOUT_OUTSIDE_JSON: readonly string[] = [];

const octetsOf = ({ hex, base64 }: Vector): Uint8Array => (hex === undefined ? fromBase64(base64 ?? '') : fromHex(hex));

function objectOf({ object: name, direction }: Vector): DataObject<any> {
  const entry = OBJECTS.find((each) => each.object.name === name && each.direction === direction);
  assert.ok(entry, `no table has ${name} as a ${direction}`);
  return entry.object;
}

/** The value as a source can state it: octets in hex, a signed data object without the octets that are kept with it. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('bytes' in value && 'value' in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

/** The content octets of a value from the tables alone: octets that were kept are not used. */
function rebuilt(type: Type<any>, value: any): Uint8Array {
  if (type.inner) return rebuilt(type.inner, value.value);
  const { shape } = type;
  if (shape.kind === 'sequence' || shape.kind === 'choice') return rebuiltFields(shape.fields, value);
  if (shape.kind !== 'list') return type.encode(value);
  const { item } = shape;
  const items: readonly unknown[] = value;
  return concatAll(items.map((each) => ('tag' in item ? encodeTlv(item.tag, rebuilt(item.type, each)) : rebuilt(item, each))));
}

const rebuiltFields = (fields: Fields, value: Readonly<Record<string, unknown>>): Uint8Array =>
  concatAll(
    Object.entries(fields)
      .filter(([name, { fallback }]) => value[name] !== undefined && (fallback === undefined || value[name] !== fallback))
      .map(([name, { tag, type }]) => encodeTlv(tag, rebuilt(type, value[name]))),
  );

/** Every member that the source states is there and equal; an array has to be complete. */
function assertStated(found: unknown, stated: unknown, path: string): void {
  if (typeof stated !== 'object' || stated === null) {
    assert.equal(found, stated, path);
    return;
  }
  assert.ok(typeof found === 'object' && found !== null, `${path} is not there`);
  if (Array.isArray(stated)) assert.equal((found as unknown[]).length, stated.length, path);
  for (const [name, value] of Object.entries(stated)) {
    assertStated((found as Record<string, unknown>)[name], value, `${path}/${name}`);
  }
}

for (const vector of OCTETS) {
  test(`octets of others, ${vector.at}`, () => {
    const object = objectOf(vector);
    const octets = octetsOf(vector);
    if (vector.refused !== undefined) {
      assert.ok(vector.note, 'a vector that is refused says why');
      assert.throws(() => object.decode(octets), isDecodeError(vector.refused));
      return;
    }
    const value = object.decode(octets);
    if (vector.decoded !== undefined) assertStated(plain(value), vector.decoded, object.name);
    const written = encodeTlv(object.tag, rebuilt(object.type, value));
    if (vector.differs === undefined) {
      assert.equal(toHex(written), toHex(octets));
    } else {
      assert.notEqual(toHex(written), toHex(octets), 'nothing differs');
      assert.deepEqual(plain(object.decode(written)), plain(value));
    }
    if (vector.differs === undefined || object.type.verbatim) assert.equal(toHex(object.encode(value)), toHex(octets));
  });
}

const isDecodeError = (words: string) => (error: unknown) => error instanceof DecodeError && error.message.includes(words);

test('packages of others are cut for the eUICC as another LPA cuts them, or refused', () => {
  const packages = OCTETS.filter(({ object, refused }) => object === BoundProfilePackage.name && refused === undefined);
  assert.ok(packages.length > 0);
  for (const vector of packages) {
    const octets = octetsOf(vector);
    if (vector.refusedAsPackage !== undefined) {
      assert.throws(() => readBoundProfilePackage(octets), isDecodeError(vector.refusedAsPackage), vector.at);
      continue;
    }
    const bpp = readBoundProfilePackage(octets);
    const segments = [...segmentsOf(bpp)];
    assert.equal(toHex(concatAll(segments)), toHex(octets), vector.at);
    assert.ok(vector.segments, `${vector.at} does not say how others cut it`);
    assert.deepEqual(
      segments.map(({ length }) => length),
      vector.segments,
      vector.at,
    );
    assert.ok(StoreMetadataRequest.decode(metadataOf(bpp)).iccid, vector.at);
  }
});

const FUNCTIONS = Object.values(es9p).flatMap((each) => ('path' in each ? [each] : []));

for (const vector of VECTORS.filter(({ json }) => json !== undefined)) {
  test(`JSON of others, ${vector.at}`, () => {
    const fn = FUNCTIONS.find(({ name }) => name === vector.object);
    assert.ok(fn, `ES9+ has no function ${vector.object}`);
    const params = vector.direction === 'request' ? fn.request : fn.response;
    assert.ok(params, `${fn.name} has no ${vector.direction}`);
    const value = decodeParams(params, { ...vector.json }, fn.name);
    if (vector.decoded !== undefined) assertStated(plain(value), vector.decoded, fn.name);
    assert.deepEqual(encodeParams(params, value), vector.json);
  });
}

test('every data object of ES10, ES8+ and ES9+ is read from octets of others, with known exceptions', () => {
  const read = new Set(OCTETS.filter(({ refused }) => refused === undefined).map(objectOf));
  const missing = OBJECTS.filter(({ object }) => !read.has(object)).map(({ object }) => object.name);
  assert.deepEqual(missing.sort(), [...WITHOUT_OUTSIDE_OCTETS].sort());
});

test('every message of ES9+ in JSON is read from one of others, with known exceptions', () => {
  const read = new Set(VECTORS.filter(({ json }) => json !== undefined).map(({ object, direction }) => `${object} ${direction}`));
  const messages = FUNCTIONS.flatMap(({ name, response }) => [
    `${name} request`,
    ...(response && Object.keys(response).length > 0 ? [`${name} response`] : []),
  ]);
  assert.deepEqual(messages.filter((message) => !read.has(message)).sort(), [...WITHOUT_OUTSIDE_JSON].sort());
});

test('every source is named with its licence, and the README lists its file', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const { file, source, licence } of SOURCES) {
    assert.ok(source && licence, file);
    assert.ok(readme.includes(`\`${file}\``), `${file} is not listed`);
  }
  const names = VECTORS.map(({ at }) => at);
  assert.deepEqual(names, [...new Set(names)], 'two vectors have one name');
});
