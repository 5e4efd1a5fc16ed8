/** What to do when there is no card to talk to. By operating system where the way differs. */
import type { CardProblem } from '../lpa/errors.ts';

const HOLDERS = 'GnuPG (`gpgconf --kill scdaemon`), ModemManager, a browser or another LPA may hold it';

// biome-ignore format: a table
const PROBLEMS: Readonly<Record<CardProblem, string>> = {
  noDriver:       'install lpa again where a compiler and python3 are there (npm install), so that pcsclite is built; or let npm install pcsc-mini',
  noService:      'start the PC/SC service',
  noReader:       'plug one in; `lpa readers` shows when it is there',
  readerNotFound: '`lpa readers` lists them; a part of the name, or the number, is enough',
  noCard:         'put the card in, chip first; some readers want it turned over',
  busy:           `close what holds it: ${HOLDERS}; --wait waits longer`,
  gone:           'put the card back, then look at what is there with `lpa list`',
  reset:          `run the same command again; another program uses the card: ${HOLDERS}`,
  unresponsive:   'take the card out, clean its contacts and put it back; a card that works elsewhere points to the reader',
  noEuicc:        'an LPA needs an eUICC, and a plain SIM is none; where it is one all the same, --aid names its ISD-R',
  m2m:            'an M2M eUICC takes profiles from its own SM-SR only; an LPA needs a consumer eUICC (SGP.22)',
  severalReaders: 'say which with --reader: a part of its name, or its number',
  protocol:       'try another reader, or update its driver',
  other:          'unplug the reader, plug it in again and try once more',
};

const NO_SERVICE: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'sudo systemctl start pcscd.socket (Debian: sudo apt-get install pcscd)',
  win32: 'start the service "Smart Card" (SCardSvr): services.msc, or net start SCardSvr as administrator',
  darwin: 'unplug the reader and plug it in again; macOS starts its own service with it',
};

const NO_READER: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'plug one in; where it is plugged in, `lsusb` shows whether this computer sees it, and libccid has to be installed',
  win32: 'plug one in; where it is plugged in, look for it under "Smart card readers" in the Device Manager',
  darwin: 'plug one in; where it is plugged in, look for it in the System Report under USB',
};

export function cardProblem(problem: CardProblem, platform: NodeJS.Platform): string {
  if (problem === 'noService') return NO_SERVICE[platform] ?? PROBLEMS.noService;
  if (problem === 'noReader') return NO_READER[platform] ?? PROBLEMS.noReader;
  return PROBLEMS[problem];
}

// biome-ignore format: a table
export const CARD_CAUSES: Readonly<Record<CardProblem, string>> = {
  noDriver:       'lpa has no PC/SC library to talk to readers with',
  noService:      'the PC/SC service does not run, or refuses this user',
  noReader:       'no smart card reader was found',
  readerNotFound: 'no reader has this name or number',
  noCard:         'no card is in the reader',
  busy:           'another program holds the card',
  gone:           'the card or the reader was taken away',
  reset:          'another program has reset the card',
  unresponsive:   'the card does not answer',
  noEuicc:        'the card has no ISD-R that is known',
  m2m:            'the card is an M2M eUICC (SGP.02)',
  severalReaders: 'several readers hold an eUICC',
  protocol:       'reader and card have no protocol in common',
  other:          'the reader failed',
};
