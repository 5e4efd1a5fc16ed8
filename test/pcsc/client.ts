/** A program that uses src/card: one request a line on stdin, one answer a line on stdout. Its argument is the folder of the sources. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

export type ClientRequest =
  | { readonly do: 'open' | 'readers' | 'reset' | 'atr' | 'changes' | 'close' | 'dispose' }
  | { readonly do: 'connect'; readonly reader: string }
  | { readonly do: 'transmit'; readonly command: string }
  | { readonly do: 'openLink'; readonly reader?: string; readonly waitMs?: number; readonly euicc?: readonly string[] };

const src = process.argv[2] ?? '';
const load = (file: string) => import(pathToFileURL(join(src, file)).href);
const { openPcsc } = (await load('lpa/card/pcsc/pcsc.js')) as typeof import('../../src/lpa/card/pcsc/pcsc.ts');
const { openLink } = (await load('lpa/card/select-reader.js')) as typeof import('../../src/lpa/card/select-reader.ts');
const { fromHex, toHex } = (await load('lpa/bytes.js')) as typeof import('../../src/lpa/bytes.ts');

let pcsc: Awaited<ReturnType<typeof openPcsc>> | undefined;
let link: Awaited<ReturnType<typeof openLink>> | undefined;
const changes: string[] = [];

async function carryOut(request: ClientRequest): Promise<unknown> {
  switch (request.do) {
    case 'open':
      pcsc = await openPcsc();
      pcsc.onChange((readers) => changes.push(readers.map(({ present }) => (present ? '1' : '0')).join('')));
      return pcsc.binding;
    case 'readers':
      return pcsc!.readers().map(({ name, present, atr }) => ({ name, present, ...(atr ? { atr: toHex(atr) } : {}) }));
    case 'changes':
      return changes.splice(0);
    case 'connect':
      link = await pcsc!.connect(request.reader);
      return toHex(link.atr);
    case 'openLink': {
      const asked: string[] = [];
      const waited: string[] = [];
      link = await openLink({
        reader: request.reader,
        waitMs: request.waitMs ?? 0,
        onWait: (name) => waited.push(name),
        isEuicc: async ({ name }) => {
          asked.push(name);
          return request.euicc?.includes(name) ?? false;
        },
      });
      return { name: link.name, asked, waited };
    }
    case 'atr':
      return toHex(link!.atr);
    case 'transmit':
      return toHex(await link!.transmit(fromHex(request.command)));
    case 'reset':
      return link!.reset();
    case 'close':
      return link?.[Symbol.asyncDispose]();
    case 'dispose':
      return pcsc?.[Symbol.asyncDispose]();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await carryOut(JSON.parse(line)).then(
    (result) => ({ result: result ?? null }),
    ({ problem, pcsc: code, message, remedy }) => ({
      failure: { problem, pcsc: code?.toString(16).toUpperCase(), message, remedy },
    }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await link?.[Symbol.asyncDispose]();
await pcsc?.[Symbol.asyncDispose]();
