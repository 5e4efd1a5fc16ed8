/**
 * A GemPC Twin on a serial line, as libccid's serial driver (libccidtwin.so) speaks with it: CCID messages, TPDU level, one slot.
 *
 *     03 06 | CCID message | LRC       a message; LRC is the xor of all octets before it
 *     03 15 16                         not understood, say it again
 *     50 02 | 50 03                    the card was taken out, was put in
 *
 * The reader echoes each command before it answers. CCID Rev 1.1 §6.1 (commands), §6.2 (answers).
 */
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { concat, utf8Bytes } from '../../lpa/bytes.ts';
import { readAtr } from '../../lpa/card/atr.ts';
import type { CardInReader } from './reader.ts';
import { t1Face } from './t1.ts';

export interface SerialReader extends AsyncDisposable {
  /** Settles when the line is connected. */
  readonly joined: Promise<void>;
}

export interface SerialReaderOptions {
  /** How long the reader's n-th answer takes, counted from 1, in milliseconds: what a machine does to it that has much else to do. */
  readonly answerTakesMs?: ((n: number) => number) | undefined;
}

const HEADER = 10;
/** GemPC Twin: 271 octets for the whole message. */
const MAX_DATA = 271 - HEADER;
/** How often a card that takes its time asks for more. The driver gives up after some seconds of silence. */
const TIME_EXTENSION_MS = 2000;

/**
 * pcscd looks at a reader every 400 ms. A card that is back before it looked stays absent for ever where a program's disconnect
 * has noticed in between; a hand is not that fast.
 */
const MIN_ABSENCE_MS = 1000;

/** Answer at the unix socket `path`, where socat joins the pseudo-terminal that the driver opens. */
export async function serialReader(
  card: CardInReader,
  path: string,
  { answerTakesMs = () => 0 }: SerialReaderOptions = {},
): Promise<SerialReader> {
  let line: Socket | undefined;
  const [joined, join] = signal();
  let answered = 0;
  let disposed = false;
  const slot = slotOf(card);

  let moved = Promise.resolve();
  let leftAt = 0;
  card.onPresence?.((present) => {
    if (disposed) return; // the card is in another reader by now
    moved = moved.then(async () => {
      if (!present) leftAt = performance.now();
      else await delay(Math.max(0, MIN_ABSENCE_MS - (performance.now() - leftAt)), undefined, { ref: false });
      await slot.move(present);
      line?.write(Uint8Array.of(0x50, present ? 0x03 : 0x02));
    });
  });

  const server = createServer((socket) => {
    line = socket;
    join();
    socket.on('error', () => socket.destroy());
    let done: Promise<void> = Promise.resolve();
    const say = (octets: Uint8Array) => {
      if (!socket.destroyed) socket.write(octets);
    };
    socket.on(
      'data',
      frameReader((frame) => {
        done = done.then(async () => {
          if (lrc(frame) !== 0) return say(Uint8Array.of(0x03, 0x15, 0x16));
          say(frame);
          const message = frame.subarray(2, -1);
          const extend = (extension: Uint8Array) => {
            say(asFrame(extension));
            // The driver takes the first frame of whatever it reads next for the echo, after a time extension too.
            say(frame);
          };
          const answer = await slot.answer(message, extend);
          const takes = answerTakesMs(++answered);
          if (takes > 0) await delay(takes);
          say(asFrame(answer));
        });
      }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    joined,
    async [Symbol.asyncDispose]() {
      disposed = true;
      const closed = new Promise((resolve) => server.close(resolve));
      line?.destroy();
      await closed;
    },
  };
}

/** A promise and what settles it. */
function signal(): [Promise<void>, () => void] {
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return [settled, settle];
}

const COMMAND = {
  powerOn: 0x62,
  powerOff: 0x63,
  getSlotStatus: 0x65,
  getParameters: 0x6c,
  resetParameters: 0x6d,
  setParameters: 0x61,
  transferBlock: 0x6f,
  escape: 0x6b,
} as const;
const ANSWER = { dataBlock: 0x80, slotStatus: 0x81, parameters: 0x82, escape: 0x83 } as const;
/** bmICCStatus and bmCommandStatus, CCID §6.2.6; errors of a failed command. */
const ICC = { active: 0, inactive: 1, absent: 2 } as const;
const FAILED = 0x40;
const TIME_EXTENSION = 0x80;
const ERROR = { notSupported: 0x00, mute: 0xfe } as const;
/** bProtocolDataStructure for T=0 and T=1, CCID §6.1.7: the driver writes its own before it uses one. */
const DEFAULT_PARAMETERS = [Uint8Array.of(0x11, 0, 0, 0x0a, 0), Uint8Array.of(0x11, 0x10, 0, 0x4d, 0, 0x20, 0)] as const;

/** The one slot and the card in it. */
function slotOf(card: CardInReader) {
  let present = true;
  let powered = false;
  let protocol = 0;
  let parameters: Uint8Array = DEFAULT_PARAMETERS[0];
  let t1 = t1Face(card);

  const icc = () => (!present ? ICC.absent : powered ? ICC.active : ICC.inactive);
  const setProtocol = (t: number) => {
    protocol = t;
    parameters = DEFAULT_PARAMETERS[t === 1 ? 1 : 0];
  };
  const powerOff = async () => {
    if (!powered) return;
    powered = false;
    await card.powerOff();
  };

  async function answer(message: Uint8Array, extend: (message: Uint8Array) => void): Promise<Uint8Array> {
    const [type, , , , , slot = 0, sequence = 0, level = 0] = message;
    const data = message.slice(HEADER);
    const reply = (kind: number, body: Uint8Array, status: number, error = 0, last = 0) =>
      concat(
        Uint8Array.of(kind, body.length & 0xff, body.length >> 8, 0, 0, slot, sequence, status, error, last),
        body.subarray(0, MAX_DATA),
      );
    const fail = (kind: number, error: number) =>
      reply(kind, new Uint8Array(), FAILED | (slot === 0 ? icc() : ICC.absent), error);

    switch (type) {
      case COMMAND.escape:
        // 02: the firmware's name. The others (01 01 01: tell of card movements) are taken without an answer of their own.
        return reply(ANSWER.escape, data[0] === 0x02 ? utf8Bytes('GemTwin-V2.00-GL00') : new Uint8Array(), icc());
      case COMMAND.getSlotStatus:
        return reply(ANSWER.slotStatus, new Uint8Array(), slot === 0 ? icc() : ICC.absent);
      case COMMAND.powerOn:
        if (slot !== 0 || !present) return fail(ANSWER.dataBlock, ERROR.mute);
        powered = true;
        setProtocol(readAtr(card.atr).protocols[0] ?? 0);
        t1 = t1Face(card);
        await card.powerOn();
        return reply(ANSWER.dataBlock, card.atr, icc());
      case COMMAND.powerOff:
        await powerOff();
        return reply(ANSWER.slotStatus, new Uint8Array(), icc());
      case COMMAND.setParameters:
        protocol = level;
        parameters = data;
        return reply(ANSWER.parameters, parameters, icc(), 0, protocol);
      case COMMAND.resetParameters:
        setProtocol(protocol);
        return reply(ANSWER.parameters, parameters, icc(), 0, protocol);
      case COMMAND.getParameters:
        return reply(ANSWER.parameters, parameters, icc(), 0, protocol);
      case COMMAND.transferBlock: {
        if (!powered) return fail(ANSWER.dataBlock, ERROR.mute);
        if (data[0] === 0xff) {
          // PPS, ISO 7816-3 §9: the card takes what is proposed by saying it back.
          setProtocol((data[1] ?? 0) & 0x0f);
          return reply(ANSWER.dataBlock, data, icc());
        }
        const waiting = setInterval(
          () => extend(reply(ANSWER.dataBlock, new Uint8Array(), TIME_EXTENSION | icc(), 1)),
          TIME_EXTENSION_MS,
        );
        try {
          const response = protocol === 1 ? await t1(data) : await card.transmit(data);
          return powered ? reply(ANSWER.dataBlock, response, icc()) : fail(ANSWER.dataBlock, ERROR.mute);
        } finally {
          clearInterval(waiting);
        }
      }
      default:
        return fail(ANSWER.slotStatus, ERROR.notSupported);
    }
  }

  return {
    answer,
    async move(isPresent: boolean) {
      present = isPresent;
      if (!isPresent) await powerOff();
    },
  };
}

const lrc = (octets: Uint8Array): number => octets.reduce((xor, octet) => xor ^ octet, 0);

function asFrame(message: Uint8Array): Uint8Array {
  const start = concat(Uint8Array.of(0x03, 0x06), message);
  return concat(start, Uint8Array.of(lrc(start)));
}

/** Cuts what arrives into frames; octets before a start of frame are noise. */
function frameReader(onFrame: (frame: Uint8Array) => void): (chunk: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array();
  return (chunk) => {
    rest = concat(rest, chunk);
    for (;;) {
      while (rest.length >= 2 && (rest[0] !== 0x03 || rest[1] !== 0x06)) rest = rest.subarray(1);
      if (rest.length < 2 + HEADER + 1) return;
      const length = (rest[3] ?? 0) + 256 * (rest[4] ?? 0) + 65536 * (rest[5] ?? 0);
      const end = 2 + HEADER + length + 1;
      if (rest.length < end) return;
      const frame = rest.slice(0, end);
      rest = rest.subarray(end);
      onFrame(frame);
    }
  };
}
