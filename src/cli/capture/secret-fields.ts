/** Which fields of requests and answers are bearer secrets: the declarations of the functions say so. */
import type { Shape } from '../../lpa/asn1/schema.ts';
import * as es9p from '../../lpa/es9/es9p.ts';
import * as es11 from '../../lpa/es9/es11.ts';
import type { Params, RspFunction } from '../../lpa/es9/function.ts';
import * as es10a from '../../lpa/es10/es10a.ts';
import * as es10b from '../../lpa/es10/es10b.ts';
import * as es10c from '../../lpa/es10/es10c.ts';
import type { Es10Function } from '../../lpa/es10/isdr.ts';
import type { Masking } from './secrets.ts';

/** From here on the secrets in a value are known, and found in whatever form they go over the wire. */
export function noteSecrets<T>(value: T, secrets: Masking): T {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  for (const [name, member] of Object.entries(value)) {
    if (!SECRET_FIELDS.has(name)) noteSecrets(member, secrets);
    else if (member instanceof Uint8Array) secrets.addOctets(member);
    else if (typeof member === 'string') secrets.addText(member);
  }
  return value;
}

const declared = (modules: readonly object[], members: readonly string[]): (readonly [string, any])[] =>
  modules
    .flatMap((module) => Object.values(module))
    .flatMap((value) =>
      typeof value === 'object' && value !== null && members.every((member) => member in value)
        ? [[value.name, value] as const]
        : [],
    );

/** ES10 functions by name. */
export const ES10: ReadonlyMap<string, Es10Function<unknown, unknown>> = new Map(
  declared([es10a, es10b, es10c], ['name', 'request', 'response']),
);
/** ES9+ and ES11 functions by name. */
export const RSP: ReadonlyMap<string, RspFunction<Params, Params>> = new Map(declared([es9p, es11], ['name', 'path', 'request']));

/** Names of the fields that are declared as secret, wherever they stand. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set([
  ...[...ES10.values()].flatMap(({ request, response }) => [...secretsIn(request.type.shape), ...secretsIn(response.type.shape)]),
  'eventId', // of an SM-DS: it is the matching ID at the SM-DP+
]);

function secretsIn(shape: Shape): string[] {
  switch (shape.kind) {
    case 'sequence':
    case 'choice':
      return Object.entries(shape.fields).flatMap(([name, field]) => [
        ...(field.secret ? [name] : []),
        ...secretsIn(field.type.shape),
      ]);
    case 'list':
      return secretsIn('tag' in shape.item ? shape.item.type.shape : shape.item.shape);
    case 'opaque':
      return shape.inner ? secretsIn(shape.inner) : [];
    default:
      return [];
  }
}
