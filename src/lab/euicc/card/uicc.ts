/**
 * A UICC as its reader meets it: logical channels, SELECT, GET RESPONSE, 6Cxx and 91xx, at T=0 or T=1.
 * What the applications on it answer is theirs. ISO 7816-4 §11, ETSI TS 102 221 §7.3, §10, §11.1.
 */
import { equalBytes, toHex } from '../../../lpa/bytes.ts';
import type { CardInReader } from '../../readers/reader.ts';
import { type Command, type Reply, readCommand, SW, statusWord, withStatus } from './apdu.ts';
import type { FileView } from './file-view.ts';

/** Something that is selected by AID and takes commands while it is. */
export interface Application {
  readonly aid: Uint8Array;
  /** The FCI that SELECT answers. */
  select(): Uint8Array;
  command(command: Command): Reply | Promise<Reply>;
  /** The channel was closed, or something else was selected on it. */
  left?(channel: number): void;
}

/** What is on a card, as its transport needs it. Read anew for each command: a switch of profiles changes it. */
export interface CardBody {
  readonly atr: Uint8Array;
  readonly protocol: 0 | 1;
  /** Logical channels besides the basic one, 0 to 19. */
  readonly channels: number;
  /** The highest free one is given, not the lowest. */
  readonly highChannelsFirst?: boolean;
  /** The status word with which an application may not be selected on this channel. */
  refuseSelect?(application: Application, channel: number): number | undefined;
  /** At T=0 nothing may stand after the data; otherwise an Le is borne. */
  readonly strictT0?: boolean;
  /** SELECT answers 61xx at T=1 too. */
  readonly selectIn61xx?: boolean;
  applications(): readonly Application[];
  /** A new view of the files, at the MF. */
  openFiles(): FileView;
  /** Commands that belong to the card, not to an application: TERMINAL CAPABILITY, FETCH ... @returns undefined for others. */
  cardCommand(command: Command): Reply | undefined | Promise<Reply | undefined>;
  /** Octets of the proactive command that waits to be fetched, 0 for none. */
  proactiveLength(): number;
  powerOn(): void | Promise<void>;
  powerOff(): void | Promise<void>;
  /** Last say over every answer: where faults of the transport are made. */
  amend(command: Uint8Array, response: Uint8Array): Uint8Array;
}

interface ChannelState {
  /** None: the file system is selected. */
  application?: Application | undefined;
  readonly files: FileView;
  /** Octets that wait for GET RESPONSE, and the status word after them. */
  pending?: { readonly data: Uint8Array; readonly sw: number } | undefined;
  /** The AID of the last SELECT, for "next occurrence". */
  lastAid?: { readonly wanted: Uint8Array; readonly index: number };
}

const INS = { manageChannel: 0x70, select: 0xa4, getResponse: 0xc0, status: 0xf2 } as const;

/** A deactivated file is selected too. */
const isSelected = ({ sw }: Reply): boolean => sw === SW.ok || sw === SW.selectedFileInvalidated;

/** Instructions by which the card gives octets: at T=0 their P3 is Le (ISO 7816-4 case 2). */
const OUTGOING = new Set([0x12, 0x70, 0x84, 0xb0, 0xb2, 0xc0, 0xca, 0xcb, 0xf2]);

export function uicc(body: CardBody): CardInReader {
  const channels = new Map<number, ChannelState>();
  let powered = false;

  const start = (): void => {
    channels.clear();
    channels.set(0, { files: body.openFiles() });
  };

  /** Success turns into 91xx while a proactive command waits (TS 102 221 §7.4.2). */
  const final = (sw: number): number =>
    sw === SW.ok && body.proactiveLength() > 0 ? 0x9100 | (body.proactiveLength() & 0xff) : sw;

  async function answer(bytes: Uint8Array): Promise<Uint8Array> {
    const command = readCommand(bytes);
    if (typeof command === 'number') return statusWord(command);
    if (body.strictT0 && body.protocol === 0 && command.data.length > 0 && command.le !== undefined)
      return statusWord(SW.wrongLength);
    const channel = channels.get(command.channel);
    if (!channel) return statusWord(SW.channelNotSupported);
    if (command.ins === INS.getResponse) return getResponse(command, channel);
    channel.pending = undefined; // octets that nobody fetched are gone with the next command
    return shape(command, channel, await carryOut(command, channel));
  }

  async function carryOut(command: Command, channel: ChannelState): Promise<Reply> {
    if (!command.proprietary && command.ins === INS.manageChannel) return manageChannel(command, channel);
    if (!command.proprietary && command.ins === INS.select) return select(command, channel);
    const reply = await body.cardCommand(command);
    if (reply) return reply;
    if (command.proprietary && command.ins === INS.status) return channel.files.status(command, channel.application?.aid);
    return channel.application ? channel.application.command(command) : channel.files.command(command);
  }

  /** §7.3.1.1: what of the answer goes now, and what by 61xx and 6Cxx. */
  function shape(command: Command, channel: ChannelState, reply: Reply): Uint8Array {
    const data = reply.data ?? new Uint8Array();
    if (data.length === 0) return statusWord(final(reply.sw));
    const outgoing = OUTGOING.has(command.ins) && command.data.length === 0;
    if (outgoing) {
      const wanted = command.le ?? 256;
      const cut = wanted < data.length && (reply.partial || data.length > 256);
      const fits = wanted === data.length || (wanted > data.length && body.protocol === 1);
      if (!cut && !fits) return statusWord(0x6c00 | (data.length & 0xff));
      reply.delivered?.();
      return withStatus(data.subarray(0, wanted), final(reply.sw));
    }
    const direct = body.protocol === 1 && command.le !== undefined && !(body.selectIn61xx && command.ins === INS.select);
    if (direct && data.length <= command.le) return withStatus(data, final(reply.sw));
    channel.pending = { data, sw: reply.sw };
    return direct ? take(channel, channel.pending, command.le) : statusWord(0x6100 | (Math.min(data.length, 256) & 0xff));
  }

  function getResponse(command: Command, channel: ChannelState): Uint8Array {
    const { pending } = channel;
    if (!pending) return statusWord(SW.conditionsNotSatisfied);
    if (command.p1 !== 0 || command.p2 !== 0) return statusWord(SW.wrongP1P2);
    const wanted = command.le ?? 256;
    if (wanted > pending.data.length && body.protocol === 0) return statusWord(0x6c00 | pending.data.length);
    return take(channel, pending, wanted);
  }

  function take(channel: ChannelState, { data, sw }: NonNullable<ChannelState['pending']>, wanted: number): Uint8Array {
    const rest = data.subarray(wanted);
    channel.pending = rest.length > 0 ? { data: rest, sw } : undefined;
    const status = rest.length > 0 ? 0x6100 | (Math.min(rest.length, 256) & 0xff) : final(sw);
    return withStatus(data.subarray(0, wanted), status);
  }

  /** TS 102 221 §11.1.17. A channel opened from the basic one starts at the MF, another with what its parent has selected. */
  function manageChannel({ p1, p2, le, p3, channel: from }: Command, { application }: ChannelState): Reply {
    if (p1 === 0x80) {
      const number = p2 || from;
      if (number === 0 || number > 19) return { sw: SW.wrongP1P2 };
      if (!channels.has(number)) return { sw: SW.channelNotSupported };
      leave(number);
      channels.delete(number);
      return { sw: SW.ok };
    }
    if (p1 !== 0x00 || p2 > 19) return { sw: SW.wrongP1P2 };
    const unused = Array.from({ length: body.channels }, (_, i) => i + 1).filter((number) => !channels.has(number));
    const free = p2 || unused.at(body.highChannelsFirst ? -1 : 0);
    if (free === undefined || free > body.channels || channels.has(free)) return { sw: SW.functionNotSupported };
    if (p2 === 0 && p3 !== 1 && (body.protocol === 0 || le === undefined)) return { sw: 0x6c01 };
    channels.set(free, { files: body.openFiles(), ...(from !== 0 && { application }) });
    return p2 === 0 ? { sw: SW.ok, data: Uint8Array.of(free) } : { sw: SW.ok };
  }

  function leave(number: number): void {
    const channel = channels.get(number);
    channel?.application?.left?.(number);
    if (channel) channel.application = undefined;
  }

  /** §11.1.1. P1: 00 file identifier, 01 03 08 09 in and by path, 04 AID. P2: 00 FCI, 04 FCP, 0C nothing; b1 b2 the occurrence. */
  function select(command: Command, channel: ChannelState): Reply {
    const { p1, p2, data, channel: number } = command;
    const control = p2 & 0x0c;
    if (p2 & 0xf0 || control === 0x08 || (p1 !== 0x04 && p2 & 0x03)) return { sw: SW.wrongP1P2 };
    const answered = (reply: Reply): Reply => (control === 0x0c ? { sw: reply.sw } : reply);
    if (p1 !== 0x04) {
      const reply = channel.files.select(p1, data);
      if (isSelected(reply)) leave(number);
      return answered(reply);
    }
    const found = findApplication(data, p2 & 0x03, channel);
    if (found) {
      const refusal = body.refuseSelect?.(found, number);
      if (refusal !== undefined) return { sw: refusal };
      leave(number);
      channel.application = found;
      return answered({ sw: SW.ok, data: found.select() });
    }
    const reply = channel.files.selectAdf(data);
    if (isSelected(reply)) leave(number);
    return answered(reply);
  }

  /** By the whole AID, or the beginning of one: the first, or the next after the last that was selected so. */
  function findApplication(wanted: Uint8Array, occurrence: number, channel: ChannelState): Application | undefined {
    if (wanted.length === 0 || wanted.length > 16) return undefined;
    const matching = body.applications().filter(({ aid }) => equalBytes(aid.subarray(0, wanted.length), wanted));
    const last = channel.lastAid && toHex(channel.lastAid.wanted) === toHex(wanted) ? channel.lastAid.index : -1;
    const index = [0, matching.length - 1, last + 1, last - 1][occurrence] ?? 0;
    if (matching[index]) channel.lastAid = { wanted, index };
    return matching[index];
  }

  return {
    atr: body.atr,
    async powerOn() {
      powered = true;
      start();
      await body.powerOn();
    },
    async powerOff() {
      if (!powered) return;
      powered = false;
      for (const number of channels.keys()) leave(number);
      channels.clear();
      await body.powerOff();
    },
    async transmit(bytes) {
      if (!powered) throw new Error('the card has no power');
      return body.amend(bytes, await answer(bytes));
    },
  };
}
