/** What became of an activation code whose profile is on the eUICC: from results as octets, and from the history. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerError } from '../../src/lpa/errors.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { type CodeHistory, codeStateOfInstalled, explainRefusal } from '../../src/lpa/procedures/installed-before.ts';
import { deviceInfoOf, type Lpa } from '../../src/lpa/procedures/lpa.ts';
import { CLOSE, OPEN, scriptedCard } from '../transcript.ts';

const SERVER = { address: 'a.b', serverOid: '2.999.1' };
const SAME_OID = '06 03 883701';
const OTHER_OID = '06 03 883702';
const ICCID = '89102030405060708090';
const OTHER = '89102030405060708017';
const swapped = (digits: string): string => digits.replace(/(.)(.)/g, '$2$1');

const tlv = (tag: string, content: string): string => {
  const hex = content.replaceAll(' ', '');
  const length = hex.length / 2;
  return `${tag}${length > 127 ? '81' : ''}${length.toString(16).padStart(2, '0')}${hex}`;
};

interface Result {
  readonly iccid?: string;
  readonly oid?: string;
  /** ASCII as hex. */
  readonly address?: string;
  readonly failed?: true;
}

/** ProfileInstallationResult (SGP.22 v2.5 §2.5.6) without a signature. */
function result({ iccid, oid = SAME_OID, address = '612E62', failed }: Result): string {
  const metadata = tlv('BF2F', `800105 81020780 ${tlv('0C', address)} ${iccid ? tlv('5A', swapped(iccid)) : ''}`);
  const outcome = failed ? 'A106 800102 81010B' : `A0 14 4F 10 A0000005591010FFFFFFFF8900001100 04 00`;
  return tlv('BF37', `${tlv('BF27', `8002ABCD ${metadata} ${oid} ${tlv('A2', outcome)}`)} 5F3700`);
}

const BY_EVENT = '> 81 E2 91 00 09 BF2B 06 A0 04 81 02 0780 00';
const WHOLE = '> 81 E2 91 00 03 BF2B 00 00';
const results = (...list: readonly string[]): string => `
  ${BY_EVENT}
  < ${tlv('BF2B', tlv('A0', list.join('')))} 9000`;
const NO_RESULTS = `${results()}
  ${WHOLE}
  < BF2B 02 A0 00 9000`;
const REFUSED = `
  ${BY_EVENT}
  < 6A88
  ${WHOLE}
  < 6F00`;
const profiles = (...iccids: readonly string[]): string => `
  > 81 E2 91 00 06 BF2D 03 5C 01 5A 00
  < ${tlv('BF2D', tlv('A0', iccids.map((iccid) => tlv('E3', tlv('5A', swapped(iccid)))).join('')))} 9000`;

async function lpaOn(script: string, isFrom?: CodeHistory['isFrom']): Promise<Lpa> {
  const isdr = await Isdr.open(scriptedCard(OPEN + script + CLOSE));
  const post = async (): Promise<never> => {
    throw new Error('no server is asked');
  };
  const servers = { post, connect: () => {}, trustOf: () => undefined };
  return { isdr, servers, device: deviceInfoOf(), ...(isFrom && { codeHistory: { installed: () => {}, isFrom } }) };
}

const STATES: [what: string, script: string, state: string, isFrom?: CodeHistory['isFrom']][] = [
  ['the history knows that this activation code installed it', '', 'used', () => true],
  ['the success result of this SM-DP+ is pending', results(result({ iccid: ICCID })), 'used'],
  ['the same, and the history knows nothing of the profile', results(result({ iccid: ICCID })), 'used', () => undefined],
  ['the success result of another SM-DP+ is pending', results(result({ iccid: ICCID, oid: OTHER_OID })), 'good'],
  ['a failure of this SM-DP+ is pending', results(result({ iccid: ICCID, failed: true })), 'good'],
  ['the success result of another profile is pending', results(result({ iccid: OTHER }), result({})), 'good'],
  ['no result is pending', NO_RESULTS, 'good'],
  [
    'a result without an OID, for the address of this SM-DP+',
    results(result({ iccid: ICCID, oid: '', address: '20412E6220' })),
    'used',
  ],
  ['a result without an OID, for another address', results(result({ iccid: ICCID, oid: '', address: '632E64' })), 'good'],
  ['a result without an OID, for an address that is none', results(result({ iccid: ICCID, oid: '', address: '2F2F' })), 'good'],
  ['the eUICC does not give its results', REFUSED, 'unknown'],
];

for (const [what, script, state, isFrom] of STATES) {
  test(`${what}: the activation code is ${state}`, async () => {
    const lpa = await lpaOn(script, isFrom);
    await using _ = lpa.isdr;
    assert.equal(await codeStateOfInstalled(lpa, SERVER, ICCID), state);
  });
}

const refusal = (fn = 'ES9+.AuthenticateClient', subjectCode = '8.2.6', reasonCode = '3.8'): ServerError =>
  new ServerError(fn, { subjectCode, reasonCode });

const REFUSALS: [what: string, script: string, profile: string | undefined, isFrom?: CodeHistory['isFrom']][] = [
  ['the history knows the profile', profiles(OTHER, ICCID), ICCID, (iccid) => iccid === ICCID],
  ['one profile has its success result pending', profiles(OTHER, ICCID) + results(result({ iccid: ICCID })), ICCID],
  ['two profiles have', profiles(OTHER, ICCID) + results(result({ iccid: ICCID }), result({ iccid: OTHER })), undefined],
  [
    'two profiles have, and another activation code installed one of them',
    profiles(OTHER, ICCID) + results(result({ iccid: ICCID }), result({ iccid: OTHER })),
    ICCID,
    (iccid) => (iccid === OTHER ? false : undefined),
  ],
  ['the result is of another SM-DP+', profiles(ICCID) + results(result({ iccid: ICCID, oid: OTHER_OID })), undefined],
  ['the result is a failure', profiles(ICCID) + results(result({ iccid: ICCID, failed: true })), undefined],
  ['the profile of the result is not on the eUICC', profiles(OTHER) + results(result({ iccid: ICCID })), undefined],
  ['no result is pending', profiles(ICCID) + NO_RESULTS, undefined],
  ['no profile is on the eUICC', profiles(), undefined],
  ['the eUICC does not give its results', profiles(ICCID) + REFUSED, undefined],
];

for (const [what, script, profile, isFrom] of REFUSALS) {
  test(`a refused matching ID, ${what}: ${profile ? 'the profile is named, the activation code is used' : 'no profile is named'}`, async () => {
    const lpa = await lpaOn(script, isFrom);
    await using _ = lpa.isdr;
    const error = refusal();
    const before = error.codeState;
    await explainRefusal(lpa, SERVER, error);
    assert.deepEqual([error.profileOnEuicc, error.codeState], [profile, profile ? 'used' : before]);
  });
}

test('any other error is left as it is, and the eUICC is not asked', async () => {
  const lpa = await lpaOn('', () => true);
  await using _ = lpa.isdr;
  for (const error of [
    refusal('ES9+.GetBoundProfilePackage'),
    refusal(undefined, '8.2.6', '3.10'),
    refusal(undefined, '8.2.5'),
  ]) {
    await explainRefusal(lpa, SERVER, error);
    assert.equal(error.profileOnEuicc, undefined);
  }
  await explainRefusal(lpa, SERVER, new RangeError('a bug'));
});

test('an error of the program is thrown, and not taken for an eUICC that does not answer', async () => {
  const bug = (): never => {
    throw new RangeError('a bug');
  };
  const lpa = await lpaOn('');
  await using isdr = lpa.isdr;
  isdr.call = bug;
  await assert.rejects(codeStateOfInstalled(lpa, SERVER, ICCID), RangeError);
  await assert.rejects(explainRefusal(lpa, SERVER, refusal()), RangeError);
});
