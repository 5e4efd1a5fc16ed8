/** Runs one bomb; tells on stdout how it ended, and what it took. */
import { BOMBS, outcomeOfBomb } from './bombs.ts';

const bomb = BOMBS[process.argv[2] ?? ''];
if (!bomb) throw new Error('which bomb?');
const input = await bomb.make();
const started = performance.now();
const outcome = await outcomeOfBomb(bomb, input);
const ms = Math.round(performance.now() - started);
console.log(JSON.stringify({ outcome, ms, mebibytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
