/** The registry of data objects: complete, and true to the ES functions. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DataObject } from '../../src/lpa/asn1/schema.ts';
import * as es10a from '../../src/lpa/es10/es10a.ts';
import * as es10b from '../../src/lpa/es10/es10b.ts';
import * as es10c from '../../src/lpa/es10/es10c.ts';
import { nameOfTag, REGISTRY, registered } from '../../src/lpa/sgp22/registry.ts';

const isDataObject = (value: unknown): value is DataObject<unknown> =>
  typeof value === 'object' && value !== null && 'tag' in value && 'name' in value && 'decode' in value;

test('every data object that a table of sgp22 exports is registered', async () => {
  const folder = join(import.meta.dirname, '../../src/lpa/sgp22');
  for (const file of readdirSync(folder).filter((name) => /\.(js|ts)$/.test(name) && !name.endsWith('.d.ts'))) {
    const exported: Record<string, unknown> = await import(join(folder, file));
    for (const object of Object.values(exported).filter(isDataObject)) {
      assert.ok(
        REGISTRY.some((entry) => entry.object === object),
        `${file}: ${object.name}`,
      );
    }
  }
});

test('the request and the response of every ES10 function are registered as such', () => {
  const functions = [es10a, es10b, es10c].flatMap((module) =>
    Object.values(module).filter((value) => typeof value === 'object' && value !== null && 'request' in value),
  ) as { name: string; request: DataObject<unknown>; response: DataObject<unknown> }[];
  assert.ok(functions.length > 15);
  for (const { name, request, response } of functions) {
    assert.equal(registered(request.tag).find(({ object }) => object === request)?.direction, 'request', name);
    assert.equal(registered(response.tag).find(({ object }) => object === response)?.direction, 'response', name);
  }
});

test('one tag names request and response, and tags that depend on their place have no name', () => {
  assert.deepEqual(
    registered(0xbf38).map(({ object, direction }) => [object.name, direction]),
    [
      ['AuthenticateServerRequest', 'request'],
      ['AuthenticateServerResponse', 'response'],
    ],
  );
  assert.equal(nameOfTag(0xbf31), 'EnableProfile');
  assert.equal(nameOfTag(0xbf44), 'LoadRpmPackage');
  assert.equal(nameOfTag(0xa0), undefined);
});
