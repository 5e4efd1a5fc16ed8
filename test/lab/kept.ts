/** What a lab that may be running has kept in its folder. */
import { join } from 'node:path';
import type { CardState } from '../../src/lab/euicc/state.ts';
import { newSmdpState, type SmdpState } from '../../src/lab/smdp/state.ts';
import { readCard } from '../../src/lab/state/card-records.ts';
import { FILES } from '../../src/lab/state/folder.ts';
import { RecordFile } from '../../src/lab/state/record-file.ts';
import { RecordFolder } from '../../src/lab/state/record-folder.ts';

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
