/** The procedures: a command, what is on card and servers before it, and what it comes to when nothing goes wrong. */
import { newCardState } from '../../src/lab/euicc/state.ts';
import { EID } from '../lab/smdp/harness.ts';
import type { Bed, Start } from './bed.ts';

export interface Procedure {
  readonly name: string;
  /** As it is shown; `CODE` stands for the activation code. */
  readonly command: string;
  /** What is there before, in words. */
  readonly before: string;
  /** Answers at the terminal. */
  readonly typed?: string;
  /** What comes of an activation code is told. */
  readonly usesCode?: true;
  provide(bed: Bed): Promise<Provided>;
}

export interface Provided extends Start {
  readonly argv: readonly string[];
}

/** Profiles on a card, by downloading them. @returns their ICCIDs */
async function install(
  bed: Bed,
  count: number,
  options: Partial<ReturnType<typeof newCardState>> = {},
): Promise<Start & { iccids: readonly string[] }> {
  const card = newCardState({ eid: EID, rootDsAddress: '', ...options });
  const iccids: string[] = [];
  for (let number = 0; number < count; number++) {
    const { order, activationCode } = bed.smdp.createOrder({ profileName: `Profile ${number + 1}`, package: { size: SIZE } });
    await succeed(bed, card, ['download', activationCode, '--yes']);
    iccids.push(order.iccid);
  }
  return { card, orders: bed.smdp.state.orders, events: [], iccids };
}

async function succeed(bed: Bed, card: Start['card'], argv: readonly string[]): Promise<void> {
  const { code, err } = await bed.run(argv, { card });
  if (code !== 0) throw new Error(`${argv[0]}: ${err}`);
}

/** Octets: a package of nine segments. */
const SIZE = 2400;

/** As they are now: what the bed has goes on changing. */
const kept = ({ card, orders, events }: Start): Start => ({
  card: structuredClone(card),
  orders: orders.map((order) => ({ ...order })),
  events: [...events],
});

export const download: Procedure = {
  name: 'download',
  command: 'lpa download CODE, agreed to at the terminal',
  before: 'the card holds no profile, nothing is pending',
  typed: 'y\n',
  usesCode: true,
  async provide(bed) {
    const { activationCode } = bed.smdp.createOrder({ profileName: 'Profile 1', package: { size: SIZE } });
    const card = newCardState({ eid: EID, rootDsAddress: '' });
    return { ...kept({ card, orders: bed.smdp.state.orders, events: [] }), argv: ['download', activationCode] };
  },
};

export const enable: Procedure = {
  name: 'enable',
  command: 'lpa enable B',
  before: 'profile A is enabled, B disabled, nothing is pending',
  async provide(bed) {
    const there = await install(bed, 2);
    const [a = '', b = ''] = there.iccids;
    await succeed(bed, there.card, ['enable', a]);
    return { ...kept(there), argv: ['enable', b] };
  },
};

export const disable: Procedure = {
  name: 'disable',
  command: 'lpa disable A',
  before: 'profile A is enabled, nothing is pending',
  async provide(bed) {
    const there = await install(bed, 1);
    const [a = ''] = there.iccids;
    await succeed(bed, there.card, ['enable', a]);
    return { ...kept(there), argv: ['disable', a] };
  },
};

export const remove: Procedure = {
  name: 'delete',
  command: 'lpa delete A',
  before: 'profile A is disabled, nothing is pending',
  async provide(bed) {
    const there = await install(bed, 1);
    const [a = ''] = there.iccids;
    return { ...kept(there), argv: ['delete', a, '--confirm', a] };
  },
};

export const reset: Procedure = {
  name: 'reset',
  command: 'lpa reset --operational',
  before: 'profile A is enabled, B disabled, nothing is pending',
  async provide(bed) {
    const there = await install(bed, 2);
    await succeed(bed, there.card, ['enable', there.iccids[0] ?? '']);
    return { ...kept(there), argv: ['reset', '--operational', '--confirm', EID] };
  },
};

export const send: Procedure = {
  name: 'notifications send',
  command: 'lpa notifications send',
  before: 'profile A is enabled; that it was installed and that it was enabled is pending',
  async provide(bed) {
    const card = newCardState({ eid: EID, rootDsAddress: '' });
    const { order, activationCode } = bed.smdp.createOrder({ profileName: 'Profile 1', package: { size: SIZE } });
    await succeed(bed, card, ['download', activationCode, '--yes', '--no-notify']);
    await succeed(bed, card, ['enable', order.iccid, '--no-notify']);
    return { ...kept({ card, orders: bed.smdp.state.orders, events: [] }), argv: ['notifications', 'send'] };
  },
};

export const discover: Procedure = {
  name: 'discover',
  command: 'lpa discover',
  before: 'an order waits at the default SM-DP+, and the SM-DS knows of another',
  async provide(bed) {
    const { smdp, smds } = bed;
    const card = newCardState({ eid: EID, rootDsAddress: smds.address, defaultDpAddress: smdp.address });
    smdp.createOrder({ eid: EID, matchingId: '', profileName: 'Profile 1', package: { size: SIZE } });
    smdp.createOrder({ eid: EID, smdsAddress: smds.address, profileName: 'Profile 2', package: { size: SIZE } });
    await smdp.publishEvents();
    return { ...kept({ card, orders: smdp.state.orders, events: smds.state.events }), argv: ['discover'] };
  },
};

export const PROCEDURES: readonly Procedure[] = [download, enable, disable, remove, reset, send, discover];
