/**
 * Thousands of random operations with random faults against a model: `npm run soak [-- --operations N --seed S]`. The compiled
 * code is run; a failure names its seed and its operation, and the same seed fails the same way. `npm run soak` lets V8 optimise
 * nothing: the code that it makes lies in the heap too, 5 MiB more after 10,000 operations, and would hide a leak of data.
 */

import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { soak } from '../build/test/soak/soak.js';

const { values } = parseArgs({ options: { operations: { type: 'string', default: '10000' }, seed: { type: 'string' } } });
const operations = Number(values.operations);
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);

if (!globalThis.gc) {
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc');
}

/** Heap in use may be this much more than after the first hundred operations. */
const GROWTH = 1.2;

console.log(`soak: ${operations} operations, seed ${seed}`);
const begun = performance.now();
try {
  const { disturbed, endings, ms, heap, handles, channelsLeft } = await soak({
    operations,
    seed,
    progress: (done) => {
      if (done % 1000 === 0) console.log(`${done} operations, ${rate(done, performance.now() - begun)} a second`);
    },
  });
  for (const [ending, times] of [...endings].sort()) console.log(`${String(times).padStart(7)}  ${ending}`);
  console.log(`${operations} operations, ${disturbed} of them disturbed: no difference from the model`);
  console.log(`${rate(operations, ms)} operations a second`);
  const [first, last] = heap.map((octets) => (octets / 2 ** 20).toFixed(1));
  const heapHolds = heap[1] <= heap[0] * GROWTH;
  const handlesHold = handles[0].join() === handles[1].join();
  console.log(`heap in use: ${first} MiB after the first hundred, ${last} MiB at the end${heapHolds ? '' : ': it grows'}`);
  console.log(
    `open handles: ${handles[1].length}${handlesHold ? ', as after the first hundred' : `; they were ${handles.join(' and are ')}`}`,
  );
  console.log(`channels left open: ${channelsLeft}`);
  if (!heapHolds || !handlesHold || channelsLeft > 0) process.exitCode = 1;
} catch (error) {
  console.error(error.name === 'SoakFailure' ? error.message : error);
  console.error(`again: npm run soak -- --operations ${operations} --seed ${seed}`);
  if (error.cause) console.error(error.cause.stack);
  process.exitCode = 1;
}

function rate(done, ms) {
  return ((done * 1000) / ms).toFixed(1);
}
