/** The command line against a lab in this process: a software eUICC behind the card's door, real TLS behind the other. */
import type { Doors } from '../../src/cli/devices/transports.ts';
import { openRspDoor, reachServer } from '../../src/lpa/es9/https.ts';
import { EID, linkTo } from '../lab/euicc/harness.ts';
import { type Bench, type BenchOptions, openBench } from '../lab/smdp/harness.ts';
import { type Ran, type RunOptions, lpa as run } from './harness.ts';

export function labDoors({ card }: Pick<Bench, 'card'>): Partial<Doors> {
  return {
    openLink: () => linkTo(card),
    openServers: async (options) => openRspDoor(options),
    reachServer,
  };
}

/** One command; each opens the card anew, as a process does. */
export const lpaIn =
  (bench: Pick<Bench, 'card'>) =>
  (argv: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    run(argv, { ...options, doors: { ...labDoors(bench), ...options.doors } });

export interface Lab extends Bench {
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** A bench whose card is left to the commands that are run. */
export async function openLab(options: BenchOptions = {}): Promise<Lab> {
  const bench = await openBench(options);
  await bench.isdr[Symbol.asyncDispose]();
  return {
    ...bench,
    run: lpaIn(bench),
    async [Symbol.asyncDispose]() {
      await bench.door[Symbol.asyncDispose]();
      await bench.smdp.close();
    },
  };
}

export { EID };

/** A card with a default SM-DP+ whose address tries something. */
export const openLabWithDefaults = (): Promise<Lab> => openLab({ card: { defaultDpAddress: 'default.example\x1b[2J' } });
