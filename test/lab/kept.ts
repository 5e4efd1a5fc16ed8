/** What a lab that may be running has kept in its folder. */
import { join } from 'node:path';
import { readCard } from '../../src/lab/card-records.ts';
import type { CardState } from '../../src/lab/euicc/state.ts';
import { RecordFile } from '../../src/lab/record-file.ts';
import { RecordFolder } from '../../src/lab/record-folder.ts';
import { newSmdpState, type SmdpState } from '../../src/lab/smdp/state.ts';
import { FILES } from '../../src/lab/state.ts';

/** The orders and notifications of its SM-DP+. */
export function keptSmdp(dir: string): Pick<SmdpState, 'orders' | 'notifications'> {
  using records = new RecordFolder(join(dir, FILES.smdp), { mayWrite: false });
  const { orders, notifications } = newSmdpState(records);
  return { orders, notifications };
}

/** The state of its card. */
export function keptCard(dir: string): CardState | undefined {
  using records = new RecordFile(join(dir, FILES.card), { mayWrite: false });
  const [eid] = [...records.keys('card')];
  return eid === undefined ? undefined : readCard(records, eid);
}
