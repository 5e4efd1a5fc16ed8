/** Say what goes over a link, to whoever listens; what goes is not touched. */
import { nowMs } from '../clock.ts';
import type { Listener } from '../events.ts';
import type { Link } from './card.ts';

export function tracedLink(link: Link, listener: Listener): Link {
  return {
    name: link.name,
    get atr() {
      return link.atr;
    },
    ...(link.powersOff && { powersOff: true }),
    async transmit(command) {
      const started = nowMs();
      const response = await link.transmit(command);
      listener({ type: 'apdu', command, response, ms: nowMs() - started });
      return response;
    },
    reset: () => link.reset(),
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  };
}
