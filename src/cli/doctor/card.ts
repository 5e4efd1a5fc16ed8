/** Everything from the PC/SC library to what the eUICC says of itself. */

import { toHex } from '../../lpa/bytes.ts';
import { readAtr } from '../../lpa/card/atr.ts';
import type { Link } from '../../lpa/card/card.ts';
import { iso7816Card } from '../../lpa/card/iso7816.ts';
import { isSocketName } from '../../lpa/card/socket/socket.ts';
import { CardError, DecodeError, LpaError } from '../../lpa/errors.ts';
import { getEuiccConfiguredAddresses } from '../../lpa/es10/es10a.ts';
import { GetEuiccInfo1, GetEuiccInfo2, listNotification } from '../../lpa/es10/es10b.ts';
import { getEid } from '../../lpa/es10/es10c.ts';
import type { Isdr } from '../../lpa/es10/isdr.ts';
import { lpaeSupportIn } from '../../lpa/es10/lpae.ts';
import { type FoundIsdr, ISDR_AIDS, openIsdr } from '../../lpa/es10/open-isdr.ts';
import { type OtherEuicc, otherEuiccs } from '../../lpa/es10/sibling-euiccs.ts';
import { describeCi, isTestCi } from '../../lpa/pki/ci-names.ts';
import type { EuiccConfiguredAddresses } from '../../lpa/sgp22/addresses.ts';
import { eidCheckDigitsHold } from '../../lpa/sgp22/identifiers.ts';
import type { App } from '../app.ts';
import { isEuicc } from '../devices/open-euicc.ts';
import { lpaeText } from '../output/lpae-text.ts';
import { octetsText, plural } from '../output/profile-names.ts';
import { bad, badBecause, type CheckName, EXIT, type Finding, good } from './finding.ts';
import { noService } from './service.ts';

/** Octets of free memory below which hardly any operator's profile fits. */
const LITTLE_MEMORY = 32 * 1024;

export interface CardReport {
  readonly findings: readonly Finding[];
  /** Of the chip, where it could be asked. */
  readonly ciPKIds?: readonly string[];
  readonly addresses?: EuiccConfiguredAddresses;
}

export async function checkCard(app: App): Promise<CardReport> {
  const { reader } = app.settings;
  const findings: Finding[] = [];
  // A card at a socket needs no PC/SC.
  if ((reader === undefined || !isSocketName(reader)) && !(await checkReaders(app, findings))) return { findings };
  const link = await openLink(app, findings);
  if (!link) return { findings };
  const found = await findIsdr(app, link, findings);
  if (!found) return { findings };
  await using isdr = found.isdr;
  return { ...(await askEuicc(app, isdr, findings)), findings };
}

/** @returns whether there is a reader to go on with */
async function checkReaders(app: App, findings: Finding[]): Promise<boolean> {
  try {
    const readers = await app.doors.listReaders();
    findings.push(good('pcscLibrary', 'loaded'), good('pcscService', 'answers'));
    if (readers.length === 0) {
      findings.push(badBecause(app, 'readers', new CardError('no smart card reader found', { problem: 'noReader' })));
      return false;
    }
    findings.push(good('readers', `${plural(readers.length, 'reader')}: ${readers.map(({ name }) => name).join(', ')}`));
    return true;
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    if (error.problem === 'noDriver') findings.push(badBecause(app, 'pcscLibrary', error));
    else findings.push(good('pcscLibrary', 'loaded'), noService(app, error));
    return false;
  }
}

async function openLink(app: App, findings: Finding[]): Promise<Link | undefined> {
  const { reader, aid } = app.settings;
  try {
    const link = await app.doors.openLink({ reader, waitMs: 0, isEuicc: (candidate) => isEuicc(candidate, aid) });
    findings.push(good('card', `${link.name}: ${atrText(link.atr)}`));
    return link;
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    const none = error instanceof CardError && error.problem === 'noEuicc';
    findings.push(badBecause(app, none ? 'isdr' : 'card', error));
    return undefined;
  }
}

function atrText(atr: Uint8Array): string {
  try {
    const { protocols, euicc } = readAtr(atr);
    return `answers, T=${protocols[0]}${euicc ? ', an eUICC by its ATR' : ''}`;
  } catch (error) {
    if (error instanceof DecodeError) return 'answers';
    throw error;
  }
}

async function findIsdr(app: App, link: Link, findings: Finding[]): Promise<FoundIsdr | undefined> {
  const heard = { channel: 0 };
  try {
    const found = await openIsdr(iso7816Card(overheard(link, heard)), { aid: app.settings.aid, listener: app.listener });
    const { channel } = heard;
    findings.push(good('channel', channel === 0 ? 'the basic one: the card gives no other for the ISD-R' : `number ${channel}`));
    const eid = await getEid(found.isdr);
    const others = await otherEuiccs(found.isdr, eid);
    findings.push(good('isdr', [isdrText(found, eid), ...others.map(otherText)].join('; ')));
    return found;
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    findings.push(badBecause(app, 'isdr', error));
    return undefined;
  }
}

/** Notes the channel of the last SELECT. */
function overheard(link: Link, heard: { channel: number }): Link {
  return {
    name: link.name,
    get atr() {
      return link.atr;
    },
    transmit(command) {
      const [cla = 0, ins = 0] = command;
      if (ins === 0xa4) heard.channel = (cla & 0x40) === 0 ? cla & 0x03 : (cla & 0x0f) + 4;
      return link.transmit(command);
    },
    reset: () => link.reset(),
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  };
}

function isdrText({ isdr, kind }: FoundIsdr, eid: string): string {
  const aid = toHex(isdr.aid);
  const maker = ISDR_AIDS.find((known) => known.aid === aid)?.maker ?? aid;
  return [
    kind === 'iot' ? 'an IoT eUICC (SGP.32): an eIM may undo what is done here' : 'a consumer eUICC',
    `EID ${eid}${eidCheckDigitsHold(eid) ? '' : ' (its check digits do not hold)'}`,
    `AID of ${maker}`,
    ...lpaePart(isdr),
  ].join(', ');
}

function lpaePart(isdr: Isdr): string[] {
  const kinds = lpaeSupportIn(isdr.selectResponse) ?? [];
  return kinds.length > 0 ? [`its own LPA (${lpaeText(kinds)}), which \`lpa\` does not need`] : [];
}

const otherText = ({ eid, isdrAid }: OtherEuicc): string => `the card holds another, EID ${eid}: --aid ${isdrAid}`;

/** Each question by itself: a card that does not answer one may answer the next. */
async function askEuicc(app: App, isdr: Isdr, findings: Finding[]): Promise<Omit<CardReport, 'findings'>> {
  const asked = async <T>(check: CheckName, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof LpaError)) throw error;
      findings.push(badBecause(app, check, error));
      return undefined;
    }
  };
  const info1 = await asked('ciKeys', async () => (await isdr.call(GetEuiccInfo1, {})).value);
  if (info1) findings.push(ciFinding(app, info1.euiccCiPKIdListForVerification, info1.euiccCiPKIdListForSigning));
  const info2 = await asked('memory', () => isdr.call(GetEuiccInfo2, {}));
  if (info2) findings.push(memoryFinding(info2.extCardResource?.freeNonVolatileMemory));
  const pending = await asked('notifications', () => listNotification(isdr));
  if (pending) findings.push(pendingFinding(pending.length));
  const addresses = await asked('isdr', () => getEuiccConfiguredAddresses(isdr));
  return { ...(info1 && { ciPKIds: info1.euiccCiPKIdListForVerification }), ...(addresses && { addresses }) };
}

function ciFinding({ settings }: App, verifies: readonly string[], signs: readonly string[]): Finding {
  if (verifies.length === 0 || signs.length === 0) {
    return bad(
      'ciKeys',
      EXIT.trust,
      'the eUICC lists no CI: it believes no server, or can sign for none',
      'only its maker can help',
    );
  }
  const live = verifies.filter((id) => !isTestCi(id));
  const names = verifies.map((id) => `${describeCi(id)}${isTestCi(id) ? ', a test CI' : ''}`).join('; ');
  if (live.length > 0 || settings.allowTestCi) return good('ciKeys', names);
  return bad(
    'ciKeys',
    EXIT.trust,
    `only test CIs: ${names}`,
    'this is a test card: servers of operators refuse it. With test servers it works: --allow-test-ci',
  );
}

function memoryFinding(free: number | undefined): Finding {
  if (free === undefined) return good('memory', 'the eUICC does not say how much is free');
  if (free >= LITTLE_MEMORY) return good('memory', `${octetsText(free)} free`);
  return bad(
    'memory',
    EXIT.euicc,
    `${octetsText(free)} free: hardly any profile fits`,
    'delete a profile that is no longer wanted: `lpa list`, then `lpa delete`',
  );
}

function pendingFinding(count: number): Finding {
  if (count === 0) return good('notifications', 'none waits on the card');
  const text = plural(count, 'notification waits', 'notifications wait');
  return bad('notifications', EXIT.network, `${text} on the card`, '`lpa notifications send` delivers');
}
