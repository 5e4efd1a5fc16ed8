/**
 * Downloads of the built `lpa` that end the hard way, and what the next command makes of it: `npm run kill [-- --times N --seed S]`.
 * `kill -9` at random moments, the card pulled at a segment, the server gone.
 */
import { parseArgs } from 'node:util';
import { randomOf } from '../build/test/fuzz/random.js';
import { deaths, dieAndRecover } from '../build/test/kill/kill.js';

const { values } = parseArgs({ options: { times: { type: 'string', default: '100' }, seed: { type: 'string' } } });
const times = Number(values.times);
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const orders = new Map();
let done = 0;

console.log(`${times} hard ends of a download, seed ${seed}`);
try {
  await dieAndRecover(deaths(randomOf(seed), times), ({ death, ended, told, order, profiles, delivered }) => {
    done++;
    orders.set(order, (orders.get(order) ?? 0) + 1);
    const found = `${profiles} on the card, order ${order}, ${delivered} delivered`;
    console.log(`${String(done).padStart(4)}  ${death}: ${ended}; ${found}; ${told || 'nothing to tell'}`);
  });
  const counts = [...orders].map(([state, count]) => `${count} ${state}`).join(', ');
  console.log(`${done} hard ends: every card works, nothing is lost, nobody was left in the dark. Orders: ${counts}`);
} catch (error) {
  console.error(error.message);
  console.error(`again: npm run kill -- --times ${times} --seed ${seed}`);
  process.exitCode = 1;
}
