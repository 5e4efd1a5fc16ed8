/**
 * Requests to a lab that runs, from another `lpa-lab`: one line of JSON there, one back.
 *
 *     {"request":"order","argument":{...}}      {"result":...}  or  {"error":{"message":"...","remedy":"..."}}
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { LpaError, UsageError } from '../../lpa/errors.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export type Handlers = Readonly<Record<string, (argument: unknown) => Promise<unknown>>>;

export interface Control extends AsyncDisposable {
  /** For the lock file: a socket that only this user can reach, with a short name wherever the folder is. */
  readonly path: string;
  /** Requests that came before wait for this. */
  answer(handlers: Handlers): void;
}

/** A profile package of half a megabyte, as base64, and some. */
const MAX_LINE = 8 * 1024 * 1024;

export async function openControl(): Promise<Control> {
  const dir = process.platform === 'win32' ? undefined : makeTemporaryFolder();
  const path = dir ? join(dir, 'control') : `\\\\.\\pipe\\lpa-lab-${randomBytes(8).toString('hex')}`;
  let ready: (handlers: Handlers) => void = () => {};
  const handlers = new Promise<Handlers>((resolve) => {
    ready = resolve;
  });
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy()); // who asked has gone: nobody to answer
    line(socket).then(
      async (text) => socket.end(`${JSON.stringify(await replyTo(text, await handlers))}\n`),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    path,
    answer: (given) => ready(given),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      if (dir) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** @throws {UsageError} what the other side refused with, or that it went away */
export async function ask(path: string, request: string, argument: unknown): Promise<unknown> {
  const socket = createConnection(path);
  const text = await new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => socket.end(`${JSON.stringify({ request, argument })}\n`));
    line(socket).then(resolve, reject);
  }).catch((error) => {
    throw new UsageError('the lab that holds the folder did not answer', { cause: error, remedy: 'run the command again' });
  });
  socket.destroy();
  const reply = JSON.parse(text) as { result?: unknown; error?: { message: string; remedy?: string } };
  if (reply.error) throw new UsageError(reply.error.message, { remedy: reply.error.remedy });
  return reply.result;
}

async function replyTo(text: string, handlers: Handlers): Promise<object> {
  try {
    const { request, argument } = JSON.parse(text) as { request: string; argument: unknown };
    const handler = Object.hasOwn(handlers, request) ? handlers[request] : undefined;
    if (!handler) return { error: { message: `the lab that runs here does not take: ${request}` } };
    return { result: await handler(argument) };
  } catch (error) {
    const { message, remedy } = error instanceof LpaError ? error : { message: (error as Error).message, remedy: undefined };
    return { error: { message, remedy } };
  }
}

function line(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (more: string) => {
      text += more;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_LINE) reject(new Error('too long'));
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('it ended without an answer')));
    socket.on('close', () => reject(new Error('the connection was lost')));
  });
}
