/** The lab's cards, out of the lab's folder: their memory from files, their keys from the identity and what was minted under it. */
import { UsageError } from '../../lpa/errors.ts';
import { readCertificate } from '../../lpa/pki/certificate.ts';
import type { LabPki } from '../pki/store.ts';
import { readerOf } from '../readers/lab-readers.ts';
import { type RemovableCard, removable } from '../readers/removable.ts';
import { cardParts, euiccParts, partWriter, readCard, readEuicc } from '../state/card-records.ts';
import type { OpenLab } from '../state/lab.ts';
import type { LabLog } from '../state/log.ts';
import { openRecordFile } from '../state/open-records.ts';
import { addressOf } from '../state/open-servers.ts';
import { eidAfter, elementOf, makeEuicc } from '../state/saved-euicc.ts';
import type { ElementOptions } from './element.ts';
import { createEuicc, type Euicc, type EuiccOptions } from './euicc.ts';
import { MANNERS, mannersOf } from './quirks.ts';
import { type CardState, type KeptEuicc, newCardState } from './state.ts';

export interface CardOptions {
  /** Names of manners. */
  readonly manners?: readonly string[] | undefined;
  /** Names of faults with their places: `pull@segment:3`. */
  readonly faults?: readonly string[] | undefined;
}

export type LabCard = Euicc & RemovableCard;

/** EIDs of further cards are so far apart: a card may hold a second eUICC. */
const EID_STEP = 10;

/** @throws {UsageError} for a name that is in no table, or an identity without a card */
export async function openCard(lab: OpenLab, options: CardOptions): Promise<LabCard> {
  const records = openRecordFile<CardState>(lab, 'card', (empty, first) => empty.write([...cardParts(first)]));
  const { eid } = lab.pki;
  // Another identity is another card.
  const state = readCard(records, eid) ?? newCardState({ eid, rootDsAddress: addressOf(lab, 'smds') });
  const save = partWriter(records, () => cardParts(state));
  return cardOf(lab, { state, identities: identitiesOf(lab.pki) }, save, options);
}

/** Further cards of a folder, in the order of their EIDs. */
interface FurtherCards<Card> {
  /** The EID of the first card: another identity has others. */
  readonly of: string;
  readonly cards: readonly Card[];
}

function* furtherParts(of: string, cards: readonly KeptEuicc[]): ReturnType<typeof cardParts> {
  for (const card of cards) yield* euiccParts(card);
  yield ['further', 'cards', { of, cards: cards.map(({ state }) => state.eid) } satisfies FurtherCards<string>];
}

/** The lab's card, and others with its manners; faults are the first one's. @throws {UsageError} */
export async function openCards(lab: OpenLab, count: number, options: CardOptions): Promise<[LabCard, ...LabCard[]]> {
  const first = await openCard(lab, options);
  if (count === 1) return [first];
  const records = openRecordFile<FurtherCards<KeptEuicc>>(lab, 'furtherCards', (empty, first) =>
    empty.write([...furtherParts(first.of, first.cards)]),
  );
  const { eid, domains } = lab.pki;
  const before = records.get('further', 'cards') as FurtherCards<string> | undefined;
  const cards = before?.of === eid ? before.cards.flatMap((each) => readEuicc(records, each) ?? []) : [];
  for (let number = cards.length + 1; number < count; number++) {
    cards.push(await makeEuicc({ eid: eidAfter(eid, number * EID_STEP), rootDsAddress: addressOf(lab, 'smds') }, domains));
  }
  const save = partWriter(records, () => furtherParts(eid, cards));
  save();
  const others = cards.slice(0, count - 1).map((kept, i) => {
    const log: LabLog = (entry) => lab.log({ ...entry, detail: `${readerOf(i + 1)}: ${entry.detail}` });
    return cardOf({ ...lab, log }, elementOf(kept, domains), save, { ...options, faults: [] });
  });
  return [first, ...(await Promise.all(others))];
}

async function cardOf(
  lab: Pick<OpenLab, 'pki' | 'log'>,
  element: ElementOptions,
  save: () => void,
  { manners = [], faults = [] }: CardOptions,
): Promise<LabCard> {
  const { state } = element;
  const { domains } = lab.pki;
  const unknown = manners.find((name) => !Object.hasOwn(MANNERS, name));
  if (unknown !== undefined) {
    throw new UsageError(`--manners: there are none called ${unknown}`, { remedy: '`lpa-lab help manners` lists them' });
  }
  if (mannersOf(manners).secondIsdrAid) {
    state.second ??= await makeEuicc({ eid: eidAfter(state.eid, 1), rootDsAddress: state.rootDsAddress }, domains);
  }
  const second = state.second && elementOf(state.second, domains);
  try {
    return removable(createEuicc({ ...element, cis: await cisOf(lab.pki), second, save, manners, faults, log: lab.log }));
  } catch (error) {
    // So the table says that it has no such fault, or that it lacks a place.
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--fault: ${error.message}`, { cause: error, remedy: '`lpa-lab help faults` lists them' });
  }
}

/** What the card's maker put into its ECASD: a key under each CI, @throws {UsageError} */
function identitiesOf({ domains }: LabPki): EuiccOptions['identities'] {
  const identities = domains.flatMap(({ ciPKId, curve, card }) =>
    card
      ? [
          {
            ciPKId,
            curve,
            privateKey: card.euicc.privateKey,
            euiccCertificate: card.euicc.certificate,
            eumCertificate: card.eum.certificate,
          },
        ]
      : [],
  );
  if (identities.length === 0) throw new UsageError('this identity has no eUICC');
  return identities;
}

/** and the keys of the CIs. */
const cisOf = ({ domains }: LabPki): Promise<EuiccOptions['cis']> =>
  Promise.all(
    domains.map(async ({ ciPKId, curve, ci }) => ({
      ciPKId,
      curve,
      publicKey: (await readCertificate(ci.certificate)).publicKey!, // it is on a curve that we know
    })),
  );
