/** `--progress json`: everything on stderr is one JSON object per line. */
import { jsonText } from '../../terminal/safe-text.ts';
import type { Io } from '../io.ts';

/** Wider than any line: a line that was broken for a terminal would be several objects. */
const COLUMNS = 100_000;

/** Returns the process with a stderr of JSON lines: text that is no JSON object becomes `{"message":"..."}`, a prompt `{"prompt":"..."}`. */
export function withJsonStderr(io: Io): Io {
  return Object.create(io, {
    stderrColumns: { value: io.stderrColumns === undefined ? undefined : COLUMNS },
    stderr: {
      value(text: string): void {
        if (text.trim() === '') return;
        const lines = text.trimEnd().split('\n');
        if (lines.every(isObject)) io.stderr(`${lines.join('\n')}\n`);
        else io.stderr(`${jsonText({ [text.endsWith('\n') ? 'message' : 'prompt']: text.trim() })}\n`);
      },
    },
  });
}

function isObject(line: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false; // text that begins with a brace
  }
}
