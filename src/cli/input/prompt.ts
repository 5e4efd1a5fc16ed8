/**
 * Questions on stderr, answers from stdin. Lines are read in the terminal's own mode, so that Ctrl-C stays a signal; only for
 * a code is the terminal taken raw, for nothing must be echoed. What was typed ahead waits for the next question.
 */
import { StringDecoder } from 'node:string_decoder';
import type { Io } from '../io.ts';

/** What was typed, without its line end; or why there is no answer. */
export type Answer = { readonly text: string } | 'end' | 'interrupt' | 'timeout';

export interface Prompt {
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<Answer>;
}

interface PromptOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const CTRL_C = '\x03';
const CTRL_D = '\x04';
/** Characters of an answer; whoever pipes more into a prompt has mistaken it for something else. */
const MAX_ANSWER = 4096;

export function promptOn(io: Io, { timeoutMs, signal }: PromptOptions): Prompt {
  let ahead = '';
  // A character may arrive in two pieces.
  const decoder = new StringDecoder('utf8');

  const ask: Prompt['ask'] = (question, { hidden = false } = {}) => {
    const { stdin } = io;
    const terminal = stdin as typeof stdin & { setRawMode?: (raw: boolean) => void };
    // Before the question: whoever answers at once must not see it echoed.
    if (hidden && !signal.aborted) terminal.setRawMode?.(true);
    io.stderr(question);
    return new Promise<Answer>((resolve) => {
      const finish = (answer: Answer): void => {
        clearTimeout(timer);
        stdin.off('data', onData);
        stdin.off('end', onEnd);
        signal.removeEventListener('abort', onAbort);
        stdin.pause();
        if (hidden) terminal.setRawMode?.(false);
        // The Enter of the answer was echoed by the terminal, but for what is hidden or did not come from it.
        if (hidden || typeof answer === 'string') io.stderr('\n');
        resolve(answer);
      };
      const takeLine = (): boolean => {
        const end = /[\r\n]/.exec(ahead)?.index;
        if (end === undefined && ahead.length < MAX_ANSWER) return false;
        const text = ahead.slice(0, end ?? MAX_ANSWER);
        ahead = ahead.slice(text.length).replace(/^(\r\n|\r|\n)/, '');
        finish({ text: hidden ? edited(text) : text });
        return true;
      };
      const onData = (chunk: Uint8Array | string): void => {
        ahead += typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk));
        const control = hidden ? new RegExp(`[${CTRL_C}${CTRL_D}]`).exec(ahead) : null;
        if (control) {
          ahead = '';
          finish(control[0] === CTRL_C ? 'interrupt' : 'end');
        } else takeLine();
      };
      const onEnd = (): void => {
        const text = ahead;
        ahead = '';
        finish(text === '' ? 'end' : { text });
      };
      const onAbort = (): void => finish('interrupt');
      const timer = setTimeout(() => finish('timeout'), timeoutMs);

      if (signal.aborted) return finish('interrupt');
      if (takeLine()) return;
      if (stdin.readableEnded || stdin.destroyed) return onEnd();
      signal.addEventListener('abort', onAbort);
      stdin.on('data', onData);
      stdin.on('end', onEnd);
      stdin.resume();
    });
  };
  return { ask };
}

/** In raw mode Backspace is a character like others. */
function edited(text: string): string {
  const kept: string[] = [];
  for (const character of text) {
    if (character === '\x7f' || character === '\b') kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}
