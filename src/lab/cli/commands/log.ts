/** lpa-lab log: what the card and the servers decided, and why. */
import { join } from 'node:path';
import { displayText, jsonText } from '../../../terminal/safe-text.ts';
import { FILES } from '../../state/folder.ts';
import type { LogEntry } from '../../state/log.ts';
import { readLogFile } from '../../state/log-file.ts';
import { labCommand } from '../command.ts';
import { whenTold } from '../signals.ts';

export const log = labCommand({
  name: 'log',
  summary: 'Show what the card and the servers decided, and why',
  examples: ['lpa-lab log', 'lpa-lab log --follow', 'lpa-lab log --json | jq -r \'select(.who == "sm-dp+").detail\''],
  details: ['Entries stand in the order of time; a line names the transaction where another one begins.'],
  options: {
    json: { flags: '--json', text: 'one JSON object a line' },
    follow: { flags: '-f, --follow', text: 'go on showing what comes, until Ctrl-C' },
  },
  async run(desk, { json = false, follow = false }) {
    const stop = new AbortController();
    const told = follow ? whenTold() : undefined;
    told?.then(() => stop.abort());
    desk.stdoutEnded?.addEventListener('abort', () => stop.abort());
    const heading = headings();
    for await (const entry of readLogFile(join(desk.dir, FILES.log), { follow, signal: stop.signal })) {
      desk.print(json ? jsonText(entry) : [...heading(entry), lineOf(entry)].join('\n'));
    }
    return 0;
  },
});

/** What goes before an entry of another transaction than the last. Entries of none, such as a reset, stay where they are. */
function headings(): (entry: LogEntry) => string[] {
  let current: string | undefined;
  return ({ transactionId }) => {
    if (transactionId === undefined || transactionId === current) return [];
    const first = current === undefined;
    current = transactionId;
    return [...(first ? [] : ['']), `transaction ${displayText(transactionId)}`];
  };
}

/** Long enough for a reason in words, short enough for what a client made up. */
const MAX_DETAIL = 400;
const LONGEST_WHO = 8;

function lineOf({ time, who, event, detail }: LogEntry): string {
  // Local time, as on the operator's clock; `--json` has the whole of it.
  const clock = new Date(time);
  const at = `${clock.toTimeString().slice(0, 8)}.${String(clock.getMilliseconds()).padStart(3, '0')}`;
  return `${at}  ${who.padEnd(LONGEST_WHO)}  ${displayText(event)}: ${displayText(detail, MAX_DETAIL)}`;
}
