/** Options that several commands take, and the names that they take: topics of help. */
import type { OptionTable } from '../../terminal/option.ts';

export const CARD_OPTIONS = {
  manners: {
    flags: '--manners <name>',
    text: 'how the card behaves where cards differ; may be repeated (`lpa-lab help manners`)',
    repeat: true,
  },
  fault: {
    flags: '--fault <name>',
    text: 'what goes wrong on the card; may be repeated (`lpa-lab help faults`)',
    repeat: true,
  },
} as const satisfies OptionTable;

export const SERVER_OPTIONS = {
  serverFault: {
    flags: '--server-fault <name>',
    text: 'what the SM-DP+ does wrong while this runs; may be repeated (`lpa-lab help server-faults`)',
    repeat: true,
  },
} as const satisfies OptionTable;

export const OPERATOR_OPTION = {
  operator: { flags: '--operator <url>', text: 'tell this operator of every download (ES2+.HandleDownloadProgressInfo)' },
} as const satisfies OptionTable;

export interface Topic {
  readonly intro: string;
  readonly example: string;
  rows(): Promise<readonly (readonly [string, string])[]>;
}

export const TOPICS: Readonly<Record<string, Topic>> = {
  manners: {
    intro: 'How the card behaves where cards differ: what is seen in the field. Several may be given.',
    example: 'lpa-lab run --manners vendor-aid --manners cat-busy -- lpa enable Alpha',
    async rows() {
      const { MANNERS } = await import('../euicc/quirks.ts');
      return Object.entries(MANNERS).map(([name, { summary }]) => [name, summary]);
    },
  },
  faults: {
    intro:
      'What goes wrong on the card, and where: a segment of the package by its number, or an ES10 function. Several may be given.',
    example: 'lpa-lab run --fault pull@segment:3 --fault refuse@EnableProfile:catBusy -- lpa list',
    async rows() {
      const { FAULTS } = await import('../euicc/faults.ts');
      return Object.entries(FAULTS).map(([name, fault]: [string, FaultForm]) => [formOf(name, fault), fault.summary]);
    },
  },
  'server-faults': {
    intro:
      'What the SM-DP+ does wrong, and in which function where it may be any: <name>[:<argument>][@<function>]. Several may be given.',
    example: 'lpa-lab run --server-fault http:503@handleNotification -- lpa notifications send',
    async rows() {
      const { SERVER_FAULTS } = await import('../rsp/faults.ts');
      return Object.entries(SERVER_FAULTS).map(([name, { says, argument }]) =>
        argument === undefined ? [name, says] : [`${name}:...`, `${says} (${argument})`],
      );
    },
  },
};

interface FaultForm {
  readonly summary: string;
  readonly place?: string;
  readonly argument?: string;
}

function formOf(name: string, { place, argument }: FaultForm): string {
  const at = place === undefined ? '' : `@<${place === 'any' ? 'place' : place}>`;
  return `${name}${at}${argument === undefined ? '' : `:<${argument}>`}`;
}
