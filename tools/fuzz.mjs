/**
 * Fuzz the compiled code: `npm run fuzz [-- --seconds 60 --seed N --target name]`. The targets are in test/fuzz/targets.
 *
 * The inputs are tried in a worker. This thread watches it: an input that does not come back and memory that grows beyond
 * its bound are findings too. A finding is kept in test/corpus/<target>/, shown, and makes the exit code 1.
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** MiB that the whole process may have; pictures of the largest size that is read need most of it. */
const MAX_RSS = 1024;
/** Times its limit after which an input counts as one that never ends. */
const PATIENCE = 10;
/** Octets of input that this thread gets to see. */
const SHARED = 128 * 1024;

const load = async () => ({
  ...(await import('../build/test/fuzz/targets/index.js')),
  ...(await import('../build/test/fuzz/run.js')),
  ...(await import('../build/test/fuzz/corpus.js')),
});

if (isMainThread) await watch();
else await work();

async function watch() {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, target: { type: 'string', multiple: true } },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  const seconds = Number(values.seconds);
  if (!(seconds > 0) || !Number.isSafeInteger(seed)) throw new Error('--seconds and --seed take numbers');
  const { TARGETS, keep, nameOfInput } = await load();
  const names = TARGETS.map(({ name }) => name);
  const unknown = values.target?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`no target ${unknown}; there are ${names.join(', ')}`);
  const chosen = values.target ?? names;
  console.log(`seed ${seed}, ${seconds} s for ${chosen.length} targets, at most ${MAX_RSS} MiB`);
  let runs = 0;
  let failed = 0;
  for (const name of chosen) {
    const report = await inWorker(name, seed, (seconds * 1000) / chosen.length);
    runs += report.runs ?? 0;
    const numbers = [
      name.padEnd(12),
      `${report.runs ?? '?'} runs`.padStart(14),
      `${report.outcomes ?? '?'} outcomes`.padStart(14),
      `slowest ${Math.round(report.slowestMs ?? 0)} ms`.padStart(18),
      `peak ${report.peak} MiB`.padStart(15),
    ];
    console.log(numbers.join('  '));
    if (!report.found) continue;
    failed++;
    const { input, error, run } = report.found;
    const comment = `${error.split('\n')[0]}\nseed ${seed}, run ${run}`;
    console.log(`  ${error.split('\n').join('\n  ')}`);
    console.log(`  kept as ${keep(name, nameOfInput(input), input, comment)}`);
  }
  console.log(failed === 0 ? `${runs} runs, nothing found` : `${runs} runs, ${failed} findings (seed ${seed})`);
  process.exit(failed === 0 ? 0 : 1);
}

/** One target until its time is up, it found something, hangs, or takes too much memory. */
function inWorker(target, seed, ms) {
  const shared = new SharedArrayBuffer(16 + SHARED);
  const state = new Int32Array(shared, 0, 4); // begun at (0: idle), limit in ms, length of the input, runs
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { target, seed, ms, shared },
    resourceLimits: { maxOldGenerationSizeMb: MAX_RSS / 2 },
  });
  let peak = 0;
  return new Promise((resolve) => {
    const end = (report) => {
      clearInterval(timer);
      resolve({ ...report, peak });
      void worker.terminate();
    };
    const foundNow = (error) => {
      const input = Uint8Array.from(new Uint8Array(shared, 16, Math.min(state[2], SHARED)));
      end({ runs: state[3], found: { input, run: state[3], error } });
    };
    const timer = setInterval(() => {
      const rss = Math.round(process.memoryUsage.rss() / 2 ** 20);
      peak = Math.max(peak, rss);
      const begun = state[0];
      const took = begun === 0 ? 0 : clock() - begun;
      if (rss > MAX_RSS) foundNow(`${rss} MiB of memory, ${MAX_RSS} at most`);
      else if (took > PATIENCE * state[1]) foundNow(`no end after ${took} ms`);
    }, 20);
    worker.on('message', end);
    worker.on('error', (error) => foundNow(error.stack ?? String(error)));
  });
}

async function work() {
  const { target, seed, ms, shared } = workerData;
  const state = new Int32Array(shared, 0, 4);
  const place = new Uint8Array(shared, 16);
  const { TARGETS, fuzz } = await load();
  const { found, ...report } = await fuzz(
    TARGETS.find(({ name }) => name === target),
    {
      seed,
      ms,
      before(input, limitMs) {
        state[0] = 0;
        place.set(input.subarray(0, SHARED));
        state[1] = limitMs;
        state[2] = input.length;
        state[3]++;
        state[0] = clock();
      },
    },
  );
  state[0] = 0;
  const { input, run, error } = found ?? {};
  parentPort.postMessage({
    ...report,
    ...(found && { found: { input, run, error: error instanceof Error ? describe(error) : String(error) } }),
  });
}

/** Milliseconds in 31 bits, the same for both threads. */
function clock() {
  return Date.now() & 0x7fffffff;
}

/** What was thrown, where, and why. */
function describe(error) {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : '';
  return `${error.stack}${cause}`.split('\n').slice(0, 14).join('\n');
}
