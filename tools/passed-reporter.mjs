/** A reporter of node:test that writes what passed, a JSON line each: the compiled file, and the name. */
import { relative } from 'node:path';

export default async function* passed(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' || data.file === undefined || data.skip !== undefined) continue;
    yield `${JSON.stringify({ file: relative('.', data.file), name: data.name })}\n`;
  }
}
