/** A reporter of node:test that writes what passed, a JSON line each: the source file in which the test stands, and its name. */
import { relative } from 'node:path';

export default async function* passed(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' || data.file === undefined || data.skip !== undefined) continue;
    // With --enable-source-maps it is the source already, else what was compiled from it.
    const file = relative('.', data.file).replace(/^build\/(.*)\.js$/, '$1.ts');
    yield `${JSON.stringify({ file, name: data.name })}\n`;
  }
}
