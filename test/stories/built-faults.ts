/** A row of the server's faults by the built programs: `lpa-lab up` with the fault, `lpa download`, and the same code without it. */
import assert from 'node:assert/strict';
import { codeOf, endOf } from '../cli/changing-lab.ts';
import { labUp } from '../e2e/programs.ts';
import { type FaultRow, whatWasServed } from '../lab/smdp/fault-table.ts';

/** Rows for the built programs: their card has no clock, and a relay goes with its fault. */
export const isForPrograms = ({ fault }: FaultRow): boolean => !/, with a clock$|^relay$/.test(fault);

export async function tellFault({ fault, ends, served, code, again }: FaultRow): Promise<void> {
  await using lab = await labUp('--server-fault', fault);
  const activationCode = await lab.order(...(fault === 'dpauth-other-oid' ? ['--with-oid'] : []));
  const download = async (...options: readonly string[]) => {
    const { code: exit, stdout, stderr } = await lab.lpa(['download', activationCode, '--yes', '--json', ...options]);
    return { code: exit, out: stdout, err: stderr, asked: [] };
  };
  const ran = await download(...(/timeout/.test(ends) ? ['--timeout', '2'] : []));
  const list = await lab.lpa(['list', '--json']);
  assert.equal(list.code, 0, list.stderr);
  const seen = { ends: endOf(ran), served: whatWasServed(await lab.log()), code: codeOf(ran) };
  await lab.restart();
  const next = endOf(await download());
  assert.deepEqual({ ...seen, again: next }, { ends, served, code, again });
}
