/**
 * Downloads of the built `lpa` that end the hard way, and what the next command makes of it: `npm run kill [-- --times N --seed S]`.
 * `kill -9` so many times, half of them before the package is on its way to the card; then the card pulled and without power at
 * every tenth segment, the PC/SC daemon killed, the network cut, the server gone.
 */
import { parseArgs } from 'node:util';
import { randomOf } from '../build/test/fuzz/random.js';
import { dieAndRecover, kills, others } from '../build/test/kill/kill.js';

const { values } = parseArgs({ options: { times: { type: 'string', default: '100' }, seed: { type: 'string' } } });
const times = Number(values.times);
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const random = randomOf(seed);
const left = [...kills(random, times), ...others(random)];
const all = left.length;
const counted = { ended: new Map(), order: new Map() };
const count = (what, key) => counted[what].set(key, (counted[what].get(key) ?? 0) + 1);
const list = (what) => [...counted[what]].map(([key, number]) => `${number} ${key}`).join(', ');
let done = 0;
let told = 0;
let delivered = 0;
const failures = [];

console.log(`${times} times kill -9 and ${all - times} other hard ends of a download, seed ${seed}`);
while (left.length > 0) {
  try {
    // One lab for all: what one leaves behind the next one finds. After a failure a fresh one.
    await dieAndRecover([...left], (report) => {
      left.shift();
      done++;
      count('ended', report.ended === 'SIGKILL' ? 'killed' : `exit ${report.ended}`);
      count('order', report.order);
      if (report.told) told++;
      delivered += report.delivered;
      const found = `${report.profiles} on the card, order ${report.order}, ${report.delivered} delivered`;
      console.log(`${String(done).padStart(4)}  ${report.death}: ${report.ended}; ${found}; ${report.told || 'nothing to tell'}`);
    });
  } catch (error) {
    left.shift();
    done++;
    failures.push(error.message);
    console.error(`${String(done).padStart(4)}  FAILED ${error.message}`);
  }
}
console.log(`${done} hard ends: ${list('ended')}. Orders: ${list('order')}.`);
console.log(`The user was told of ${told}; ${delivered} notifications were delivered later.`);
if (failures.length === 0) {
  console.log('No card unusable, no notification lost, no code burnt without a word.');
} else {
  console.error(`${failures.length} failed; again: npm run kill -- --times ${times} --seed ${seed}`);
  process.exitCode = 1;
}
