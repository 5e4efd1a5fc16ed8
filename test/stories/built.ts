/** The story of a manner by the built programs: `lpa-lab up` with the card, and a process for each command. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { labUp } from '../e2e/programs.ts';
import { type MannerRow, tellStory } from './manners.ts';

/** @param options further ones of `lpa-lab up`, such as `--pcsc` */
export async function tellByPrograms(name: string, row: MannerRow, options: readonly string[] = []): Promise<void> {
  await using lab = await labUp('--manners', name, ...options);
  let packages = 0;
  await tellStory(
    {
      eid: lab.eid,
      lpa: (...argv) => lab.lpa(argv),
      async order({ name: profileName, size, rules, class: profileClass, algorithm }) {
        const wishes = [
          ...(size === undefined ? [] : ['--size', String(size)]),
          ...(algorithm ? ['--algorithm', algorithm] : []),
        ];
        const file = join(lab.dir, 'package.der');
        packages += 1;
        const iccid = `898820100000000000${packages}`;
        if (wishes.length > 0) assert.equal((await lab.lab('profile', '--iccid', iccid, '--output', file, ...wishes)).code, 0);
        return lab.order(
          ...['--name', profileName],
          ...(wishes.length > 0 ? ['--profile', file] : []),
          ...(rules ? ['--rules', rules] : []),
          ...(profileClass ? ['--class', profileClass] : []),
        );
      },
      async heard() {
        const told = (await lab.log()).filter(({ event }) => event === 'ES9+.HandleNotification');
        return told.flatMap(({ detail }) => {
          const [, operation, iccid] = /^(\w+) \d+ of ICCID (\d+)(?:, ok)?: verified$/.exec(detail) ?? [];
          return operation === undefined ? [] : [`${operation} ${iccid}`];
        });
      },
    },
    row,
  );
}
