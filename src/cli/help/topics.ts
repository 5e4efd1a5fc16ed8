/** What `lpa help <topic>` knows beside the commands; the man page and docs/commands.md are made of the same blocks. */
import type { OptionTable } from '../../terminal/option.ts';
import { globalOptionRows } from '../option-list.ts';
import { GLOBAL_OPTIONS, OTHER_VARIABLES } from '../settings.ts';

/** A paragraph, a line that stands as it is, or labels with what they mean. */
export type Block = string | { readonly literal: string } | { readonly rows: readonly (readonly [string, string])[] };

export const topicNames = (): string[] => Object.keys(TOPICS);
export const topicNamed = (name: string): readonly Block[] | undefined =>
  Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;

const EXIT_CODE_TEXTS: readonly (readonly [string, string])[] = [
  ['0', 'done; nothing to list is done, and so is a profile whose notification is still to be delivered, with a warning'],
  ['1', 'unexpected: a fault of lpa'],
  ['2', 'usage: an option, an argument, an unknown or ambiguous profile, or a question that nobody is there to answer'],
  ['3', 'no reader, no card, a card that another program holds, a card error'],
  ['4', 'the eUICC refused'],
  ['5', 'the RSP server refused'],
  ['6', 'network: name, connection, time-out'],
  ['7', 'an answer that cannot be understood'],
  ['8', 'not trusted: a certificate, an address, an OID, a transaction'],
  ['9', 'a policy rule: lpa refused before asking the card'],
  ['10', 'output could not be written (a full disk); the command itself succeeded'],
  ['130', 'cancelled by the user, or by a closed terminal'],
  ['143', 'cancelled by SIGTERM'],
];

const TOPICS: Readonly<Record<string, readonly Block[]>> = {
  'activation-codes': [
    'An activation code names the server that holds a profile, and the order that it is for:',
    { literal: 'LPA:1$smdp.example.com$MATCHING-ID$1.3.6.1.4.1.31746$1' },
    {
      rows: [
        ['LPA:', 'may be left out'],
        ['1', 'the format; there is no other'],
        ['smdp.example.com', 'the SM-DP+, a host name; a port may follow'],
        ['MATCHING-ID', 'the order; may be empty. Upper and lower case differ'],
        ['1.3.6.1.4.1.31746', 'the SM-DP+ by its OID; may be empty. A server with another one is not believed'],
        ['1', 'a confirmation code is wanted, which comes another way than this one'],
      ],
    },
    'Put it in single quotes: the shell eats $. Whoever has the code can have the profile, so treat it as a password: an ' +
      'argument can be seen by every user of this machine while the command runs. `lpa download -` reads it from stdin, ' +
      'where nobody sees it, and `lpa download picture.png` from its QR code.',
    'The code stays good when you answer "later", press Ctrl-C or let the question time out. It is spent when the profile ' +
      'is installed, and when you refuse it for good.',
  ],
  environment: [
    'An option goes before its variable, and a variable before the default.',
    {
      rows: [
        ...Object.values(GLOBAL_OPTIONS as OptionTable).flatMap((spec) =>
          spec.env ? [[spec.env, `${spec.flags.replace(/^-., /, '')}: ${spec.text}`] as const] : [],
        ),
        ...Object.entries(OTHER_VARIABLES),
        ['HTTPS_PROXY, NO_PROXY', 'the way to RSP servers, as other programs read them'],
        [
          'NODE_EXTRA_CA_CERTS',
          'a file of certificates (PEM) that Node adds to its web roots. lpa accepts a server under one of them as it accepts a ' +
            'server with a public certificate, and says so; --strict-ci refuses both',
        ],
        ['PCSCLITE_CSOCK_NAME', "another PC/SC service than the system's"],
      ],
    },
  ],
  'exit-codes': [{ rows: EXIT_CODE_TEXTS }],
  json: [
    'With --json the result stands on stdout and nothing else does: the result itself, no envelope, with the ' +
      "specification's names. Lists are arrays, octets are base64, identifiers are hexadecimal, what is absent is absent.",
    'When a command fails, stdout is empty and the last line of stderr is one object:',
    { literal: '{"error":{"code":"euicc","message":"...","remedy":"...","result":"catBusy"}}' },
    '"code" is one of usage, card, card/status-word, euicc, server, network, decode, trust, policy, cancelled, bug.',
    '--progress json writes everything on stderr as one JSON object per line, the preview of a download included.',
  ],
  options: ['These may stand anywhere after lpa:', { rows: globalOptionRows() }],
  readers: [
    'Without --reader, lpa takes the one reader that holds an eUICC. Where several do, name one:',
    {
      rows: [
        ['--reader omnikey', "part of a reader's name, in upper or lower case"],
        ['--reader 2', 'its number in `lpa readers`'],
        ['--reader tcp:localhost:40123', 'a card at the end of a socket'],
        ['--reader all', 'every card that is there, one after the other: for info, list and notifications'],
      ],
    },
    'A few cards hold two eUICCs, each with an EID and profiles of its own. lpa takes the first and says so; `lpa readers` shows ' +
      'both, and --aid takes the one that it names.',
    'A card is held by one program at a time. lpa waits for another to let go of it (--wait, 10 seconds). Programs that ' +
      'often hold cards are GnuPG (scdaemon), ModemManager, browsers and other LPAs.',
  ],
  troubleshooting: [
    'Where something does not work, in this order:',
    {
      rows: [
        [
          '`lpa doctor`',
          'looks at readers, card, clock and network one by one, and says what to do; with a code also at its server',
        ],
        ['`lpa readers`', 'what is plugged in, and whether it is an eUICC for an LPA'],
        ['`lpa explain <code>`', 'a status word, a result or a pair of codes of an error, with cause and remedy'],
        ['`lpa inspect <code>`', 'what an activation code stands for, and whether this card would take it'],
        ['`lpa notifications send`', 'what the operator was not told yet: until then it may refuse the same profile again'],
        ['--trace-file trace.txt', 'everything that was said to card and server, without codes and keys: for a report'],
        [
          '--record report.txt --redact',
          'the same as octets, EID and ICCIDs replaced: `--reader replay:report.txt` plays it back',
        ],
        ['--pcap card.pcap', 'every APDU, for Wireshark'],
      ],
    },
    'A download that was cut off, by a pulled card or a crash, is told of by the next command on that card: what became of ' +
      'the profile, and whether the code is still good.',
  ],
};
