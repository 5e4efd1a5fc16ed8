/**
 * The command line against a lab in this process whose card may become another between two commands: with manners or faults,
 * over the same memory and with the same keys.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEuicc, type Euicc, type EuiccOptions } from '../../src/lab/euicc/euicc.ts';
import { type CardState, newCardState } from '../../src/lab/euicc/state.ts';
import { mintEuicc } from '../../src/lab/pki/mint.ts';
import { eidAfter } from '../../src/lab/state/saved-euicc.ts';
import { publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import { linkTo } from '../lab/euicc/harness.ts';
import { type Bench, type BenchOptions, EID, sharedDomain } from '../lab/smdp/harness.ts';
import type { Ran, RunOptions } from './harness.ts';
import { openLab } from './lab.ts';

export type Ways = Partial<Pick<EuiccOptions, 'manners' | 'behaviour' | 'faults' | 'now'>>;

export interface ChangingLab extends Pick<Bench, 'smdp' | 'log'>, AsyncDisposable {
  readonly state: CardState;
  /** Of the other eUICC, for manners that have one. */
  readonly secondState: CardState;
  /** From the next command on. */
  become(ways: Ways): void;
  /** One command, with a journal of its own that the next one finds. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
}

export async function openChangingLab(ways: Ways = {}, options: BenchOptions = {}): Promise<ChangingLab> {
  const { ciPKId, curve, ci, card: own } = await sharedDomain();
  const lab = await openLab(options);
  const folder = mkdtempSync(join(tmpdir(), 'lpa-user-'));
  const { state } = lab.card;
  const second = { state: newCardState({ eid: SECOND_EID }), identities: await secondIdentities() };
  const cardWith = (now: Ways): Euicc =>
    createEuicc({
      state,
      identities: [
        {
          ciPKId,
          curve,
          privateKey: own.euicc.privateKey,
          euiccCertificate: own.euicc.certificate,
          eumCertificate: own.eum.certificate,
        },
      ],
      cis: [{ ciPKId, curve, publicKey: publicPoint(ci.privateKey) }],
      second,
      log: (entry) => lab.log.push(entry),
      ...now,
    });
  let card = cardWith(ways);
  return {
    smdp: lab.smdp,
    log: lab.log,
    state,
    secondState: second.state,
    become(changed) {
      card = cardWith(changed);
    },
    run: (argv, { env, doors, ...more } = {}) =>
      lab.run(argv, {
        ...more,
        env: { XDG_STATE_HOME: folder, ...env },
        doors: { openLink: () => linkTo(card, card.manners.protocol), ...doors },
      }),
    async [Symbol.asyncDispose]() {
      await lab[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const SECOND_EID = eidAfter(EID, 1);

let keys: Promise<EuiccOptions['identities']> | undefined;
const secondIdentities = (): Promise<EuiccOptions['identities']> => {
  keys ??= sharedDomain().then(async ({ ciPKId, curve, card: { eum } }) => {
    const { privateKey, certificate } = await mintEuicc(eum, SECOND_EID);
    return [{ ciPKId, curve, privateKey, euiccCertificate: certificate, eumCertificate: eum.certificate }];
  });
  return keys;
};

/** Exit code, and what the error of `--json` names: `5 8.2.6/3.8`, `8 tlsExpired`; `0` where there is none. */
export function endOf(ran: Ran): string {
  if (ran.code === 0) return '0';
  const error = errorOf(ran);
  const name = error['subjectCode'] && `${error['subjectCode']}/${error['reasonCode']}`;
  return `${ran.code} ${name ?? error['check'] ?? error['result'] ?? error['sw'] ?? error['problem'] ?? error['code']}`;
}

/** What the error of `--json` says of the activation code, or -. */
export const codeOf = (ran: Ran): string => (ran.code === 0 ? '-' : (errorOf(ran)['activationCode'] ?? '-'));

/** The last line of stderr; where something was done, the first error of the list that is the result. */
function errorOf({ out, err }: Ran): Readonly<Record<string, string>> {
  if (out === '') return JSON.parse(err.trimEnd().split('\n').at(-1) ?? '').error;
  return JSON.parse(out).find((item: { error?: unknown }) => item.error !== undefined).error;
}
