/** Operations that need a server: download in all its endings, delivery of notifications, discovery. */
import assert from 'node:assert/strict';
import { type CodeState, LpaError } from '../../src/lpa/errors.ts';
import { parseActivationCode } from '../../src/lpa/procedures/activation-code.ts';
import { discover, type Found } from '../../src/lpa/procedures/discovery.ts';
import { type ConsentAnswer, downloadProfile } from '../../src/lpa/procedures/download.ts';
import { type Delivery, sendNotifications } from '../../src/lpa/procedures/notifications.ts';
import type { Random } from '../fuzz/random.ts';
import { isOffered, type Model, type ModelNotification, type ModelOrder, type OrderFacts, type Picture } from './model.ts';
import { allOrNothing, changed, type Operation, type Seen } from './operation.ts';

/** Packages that a server hands out for one order. */
const MAX_DOWNLOADS = 10;

const INTENTS = [
  'install',
  'install',
  'install',
  'install',
  'refuse',
  'postpone',
  'timeout',
  'noCode',
  'wrongCode',
  'wrongThenRight',
];

export function download(random: Random, facts: OrderFacts, activationCode: string): Operation {
  const { iccid, confirmationCode } = facts;
  const intent = random.pick(INTENTS);
  const { smdpAddress, matchingId } = parseActivationCode(activationCode);
  let asked = 0;
  const consent = async (): Promise<ConsentAnswer> => {
    asked++;
    if (intent === 'refuse') return { cancel: 'endUserRejection' };
    if (intent === 'postpone') return { cancel: 'postponed' };
    if (intent === 'timeout') return { cancel: 'timeout' };
    const acceptedRules = facts.rules;
    if (confirmationCode === undefined || intent === 'noCode') return { acceptedRules };
    const isWrong = intent === 'wrongCode' || (intent === 'wrongThenRight' && asked === 1);
    return { acceptedRules, confirmationCode: isWrong ? 'wrong' : confirmationCode, onlyCode: intent === 'wrongCode' };
  };
  return {
    name: `download ${iccid} (${intent}${confirmationCode === undefined ? '' : ', confirmation code'}, by ${facts.by})`,
    card: ['GetEUICCInfo1', 'GetEUICCChallenge', 'AuthenticateServer', 'PrepareDownload', 'CancelSession', 'segment'],
    server: ['initiateAuthentication', 'authenticateClient', 'getBoundProfilePackage', 'cancelSession'],
    run: (lpa) => downloadProfile(lpa, { address: smdpAddress, ...(facts.by !== 'default' && { matchingId }) }, consent),
    judge(model, seen) {
      if (!seen.disturbed || seen.outcome.ends === 'ok') {
        const { ends, codeState, picture } = foretold(model, seen.before, facts, intent);
        const { error } = seen.outcome;
        assert.equal(seen.outcome.ends, ends);
        assert.equal(error instanceof LpaError ? error.codeState : undefined, codeState);
        assert.deepEqual(seen.now, picture);
      } else judgeDisturbed(seen, facts);
      remember(model, seen, iccid);
    },
  };
}

interface Foretold {
  readonly ends: string;
  readonly codeState?: CodeState;
  readonly picture: Picture;
}

/** What a download comes to when nothing is in its way. */
function foretold(model: Model, before: Picture, facts: OrderFacts, intent: string): Foretold {
  const { iccid, confirmationCode, size, rules, by } = facts;
  const ending = (ends: string, codeState: CodeState, change: (order: ModelOrder, picture: Picture) => void): Foretold => ({
    ends,
    codeState,
    picture: changed(before, (next) => change(orderIn(next, iccid), next)),
  });
  const released = (order: ModelOrder): void => {
    order.state = 'released';
  };
  const over = (order: ModelOrder): void => {
    order.state = 'error';
  };
  const order = orderIn(before, iccid);
  const unsent = before.profiles.filter(({ iccid: there }) =>
    before.pending.some((each) => each.iccid === there && each.result === 'ok'),
  );
  // The one profile whose result the server has not got is taken for the one of this order.
  if (!isOffered(order)) return ending('server 8.2.6/3.8', by !== 'default' && unsent.length === 1 ? 'used' : 'ended', () => {});
  if (order.downloads >= MAX_DOWNLOADS) return ending('server 8.8.5/6.4', 'ended', over);
  if (before.profiles.some((profile) => profile.iccid === iccid)) {
    const isPending = unsent.some((profile) => profile.iccid === iccid);
    return ending('euicc iccidAlreadyExists', isPending ? 'used' : 'good', released);
  }
  // PPR1 is for the first profile of its kind alone.
  if (rules.includes('ppr1') && before.profiles.length > 0) return ending('policy', 'ended', over);
  if (intent === 'refuse') return ending('cancelled endUserRejection', 'ended', over);
  if (intent === 'postpone') return ending('cancelled postponed', 'good', released);
  if (intent === 'timeout') return ending('cancelled timeout', 'good', released);
  let wrong = 0;
  if (confirmationCode !== undefined) {
    if (intent === 'noCode') return ending('usage', 'good', released);
    if (intent === 'wrongCode' || intent === 'wrongThenRight') {
      const last = order.tries <= 1;
      const isOver = (next: ModelOrder): void => {
        next.tries--;
        if (last) next.state = 'error';
      };
      if (last) return ending('server 8.2.7/6.4', 'ended', isOver);
      if (intent === 'wrongCode') return ending('server 8.2.7/3.8', 'good', isOver);
      wrong = 1;
    }
  }
  const fits = size <= before.free;
  const picture = changed(before, (next) => {
    const bound = orderIn(next, iccid);
    bound.tries -= wrong;
    bound.downloads++;
    bound.state = 'downloaded';
    next.pending.push({
      seqNumber: model.nextSeqNumber,
      event: 'notificationInstall',
      iccid,
      result: fits ? 'ok' : 'installFailedDueToInsufficientMemoryForProfile',
    });
    if (!fits) return;
    next.profiles.push({ iccid, enabled: false, nickname: '' });
    next.free -= size;
  });
  if (fits) return { ends: 'ok', picture };
  return { ends: 'euicc installFailedDueToInsufficientMemoryForProfile', codeState: 'mayRetry', picture };
}

/** Whatever went wrong: the user was told the truth about the code, and card, server and words agree. */
function judgeDisturbed({ before, now, outcome }: Seen, { iccid, size }: OrderFacts): void {
  const { error, ends } = outcome;
  const codeState = error instanceof LpaError ? error.codeState : undefined;
  assert.ok(codeState, `${ends}: nothing is said about the code`);
  const added = addedTo(before, now);
  const isInstalled = added?.result === 'ok';
  // The card: untouched, or one result, and the profile with a good one.
  const wanted = changed(before, (next) => {
    if (added) next.pending.push(added);
    if (isInstalled) {
      next.profiles.push({ iccid, enabled: false, nickname: '' });
      next.free -= size;
    }
    // Of this order the words below tell.
    next.orders[iccid] = orderIn(now, iccid);
  });
  assert.deepEqual(now, wanted);
  const [was, is] = [orderIn(before, iccid), orderIn(now, iccid)];
  if (codeState === 'untouched') assert.deepEqual(is, was, 'the code is said to be untouched');
  if (codeState === 'good' || codeState === 'likelyGood') {
    assert.ok(isOffered(is) || !isOffered(was), `the code is said to be ${codeState}, and the order is ${is.state}`);
  }
  // What the server itself says of the code is passed on, be it a lie.
  if (codeState === 'ended' && !ends.startsWith('server '))
    assert.ok(!isOffered(is), `the code is said to be ended, and the order is ${is.state}`);
  const isOfEarlier = ends === 'server 8.2.6/3.8' || ends === 'euicc iccidAlreadyExists';
  if ((codeState === 'used' || codeState === 'mayRetry') && !isOfEarlier) {
    assert.equal(`euicc ${added?.result}`, ends, 'what was told is what the card has to tell');
  } else if (codeState !== 'unknown') assert.equal(added, undefined, `${codeState}, and the card has a result`);
}

const addedTo = (before: Picture, now: Picture): ModelNotification | undefined =>
  now.pending.find(({ seqNumber }) => !before.pending.some((each) => each.seqNumber === seqNumber));

function orderIn({ orders }: Picture, iccid: string): ModelOrder {
  const order = orders[iccid];
  assert.ok(order, `there is no order ${iccid}`);
  return order;
}

/** Which download a result is of: after a later one of the same order the server no longer knows it. */
function remember(model: Model, { before, now }: Seen, iccid: string): void {
  const added = addedTo(before, now);
  if (added) model.downloadOf.set(added.seqNumber, { iccid, download: orderIn(now, iccid).downloads });
}

const TEMPORARY = ['installFailedDueToInterruption', 'installFailedDueToInsufficientMemoryForProfile'];

export const send = (): Operation => ({
  name: 'send notifications',
  card: ['ListNotification', 'RetrieveNotificationsList', 'RemoveNotificationFromList'],
  server: ['handleNotification'],
  run: (lpa) => sendNotifications(lpa),
  judge(model, { before, now, outcome, disturbed, verified, unverified }) {
    const deliveries = (outcome.value ?? []) as readonly Delivery[];
    const failed = deliveries.flatMap(({ seqNumber, error }) => (error ? [`${seqNumber}: ${error.message}`] : []));
    if (!disturbed) assert.deepEqual([deliveries.length, failed], [before.pending.length, []]);
    const left = new Set(now.pending.map(({ seqNumber }) => seqNumber));
    for (const { seqNumber, delivered } of deliveries) {
      if (delivered) assert.ok(!left.has(seqNumber), `number ${seqNumber} is said to be delivered, and still there`);
    }
    for (const { seqNumber } of before.pending.filter((each) => !left.has(each.seqNumber))) {
      assert.ok(
        model.told.has(seqNumber) || verified.has(seqNumber) || unverified.has(seqNumber),
        `number ${seqNumber} is lost: nobody was told`,
      );
    }
    for (const number of unverified) assert.ok(isForgotten(model, before, number), `number ${number} was not believed`);
    const picture = changed(before, (next) => {
      next.pending = next.pending.filter(({ seqNumber }) => left.has(seqNumber));
      const news = before.pending.filter(({ seqNumber }) => verified.has(seqNumber) && !model.told.has(seqNumber));
      for (const told of news) learn(model, next, told);
    });
    assert.deepEqual(now, picture);
    for (const number of [...verified, ...unverified]) model.told.add(number);
  },
});

/** The result of a download after which there was another: the server has forgotten the transaction. */
function isForgotten({ downloadOf }: Model, { orders }: Picture, number: number): boolean {
  const of = downloadOf.get(number);
  return of !== undefined && orders[of.iccid]?.downloads !== of.download;
}

/** What an order becomes by an installation result. */
function learn({ downloadOf }: Model, { orders }: Picture, { seqNumber, result }: ModelNotification): void {
  const order = orders[downloadOf.get(seqNumber)?.iccid ?? ''];
  // A success that was recorded stays, and an order that has ended is not released again.
  if (!order || result === undefined || order.state === 'installed') return;
  if (result === 'ok') order.state = 'installed';
  else if (order.state !== 'error') order.state = TEMPORARY.includes(result) ? 'released' : 'error';
}

export const discovery = (): Operation => ({
  name: 'discover',
  card: ['GetEUICCInfo1', 'GetEUICCChallenge', 'AuthenticateServer', 'CancelSession'],
  server: ['initiateAuthentication', 'authenticateClient', 'cancelSession'],
  run: (lpa) => discover(lpa),
  judge(model, seen) {
    const open = (by: OrderFacts['by']): OrderFacts[] =>
      [...model.facts.values()].filter((facts) => {
        const order = seen.before.orders[facts.iccid];
        return facts.by === by && order && isOffered(order);
      });
    const [atDefault] = open('default');
    const isSpent = atDefault !== undefined && orderIn(seen.before, atDefault.iccid).downloads >= MAX_DOWNLOADS;
    const picture = changed(seen.before, (next) => {
      if (atDefault) orderIn(next, atDefault.iccid).state = isSpent ? 'error' : 'released';
    });
    // Of several places some may have answered.
    const outcome = seen.disturbed ? { ends: 'disturbed' } : seen.outcome;
    allOrNothing({ ...seen, outcome }, { ends: 'ok', picture });
    if (seen.outcome.ends !== 'ok') return;
    const { found, unreached } = seen.outcome.value as Found;
    const waiting = [...(atDefault && !isSpent ? ['default'] : []), ...open('event').map(({ matchingId }) => matchingId)];
    const names = found.map(({ eventId = 'default' }) => eventId);
    if (!seen.disturbed) assert.deepEqual([names.sort(), unreached.length], [waiting.sort(), isSpent ? 1 : 0]);
    else assert.ok(names.every((name) => waiting.includes(name)));
  },
});
