/** A whole lab in this process: CI, software eUICC, the door with its real TLS sockets, and the SM-DP+ behind it. */

import type { EuiccOptions } from '../../../src/lab/euicc/euicc.ts';
import { createEuicc, type Euicc } from '../../../src/lab/euicc/euicc.ts';
import { type CardState, newCardState } from '../../../src/lab/euicc/state.ts';
import type { Domain } from '../../../src/lab/pki/identity.ts';
import {
  type Identity,
  mintCi,
  mintDpAuth,
  mintDpPb,
  mintDpTls,
  mintDsAuth,
  mintDsTls,
  mintEuicc,
  mintEum,
} from '../../../src/lab/pki/mint.ts';
import type { NewOrder } from '../../../src/lab/smdp/order.ts';
import { type CreatedOrder, createSmdp, type Smdp } from '../../../src/lab/smdp/smdp.ts';
import { newSmdpState, type SmdpState } from '../../../src/lab/smdp/state.ts';
import type { LogEntry } from '../../../src/lab/state/log.ts';
import { iso7816Card } from '../../../src/lpa/card/iso7816.ts';
import { openRspDoor, type RspDoor, type RspDoorOptions } from '../../../src/lpa/es9/https.ts';
import { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { type Curve, keyIdentifier, publicPoint } from '../../../src/lpa/pki/ecdsa.ts';
import { parseActivationCode } from '../../../src/lpa/procedures/activation-code.ts';
import { type Consent, downloadProfile } from '../../../src/lpa/procedures/download.ts';
import type { Installation } from '../../../src/lpa/procedures/install.ts';
import type { Lpa } from '../../../src/lpa/procedures/lpa.ts';
import { deviceInfoOf } from '../../../src/lpa/procedures/lpa.ts';
import { type Delivery, sendNotifications } from '../../../src/lpa/procedures/notifications.ts';
import { linkTo } from '../euicc/harness.ts';

export const EID = '89049032123451234512345678901235';
export const OTHER_EID = '89049032000000000000000000000163';

/** Everybody under one CI. */
export interface TestDomain extends Domain {
  readonly ci: Identity;
  readonly card: { readonly eum: Identity; readonly euicc: Identity };
  readonly servers: NonNullable<Domain['servers']>;
}

export async function mintDomain(curve: Curve = 'P-256', eid = EID, under?: Identity): Promise<TestDomain> {
  const ci = under ?? (await mintCi({ curve }));
  const eum = await mintEum(ci);
  return {
    curve,
    ciPKId: keyIdentifier(publicPoint(ci.privateKey)),
    ci,
    card: { eum, euicc: await mintEuicc(eum, eid) },
    servers: {
      dpAuth: await mintDpAuth(ci),
      dpPb: await mintDpPb(ci),
      dpTls: await mintDpTls(ci, 'localhost'),
      dsAuth: await mintDsAuth(ci),
      dsTls: await mintDsTls(ci, 'localhost'),
    },
    minted: [],
  };
}

let shared: Promise<TestDomain> | undefined;
/** One world is enough for most tests. */
export const sharedDomain = (): Promise<TestDomain> => {
  shared ??= mintDomain();
  return shared;
};

export type Logged = Omit<LogEntry, 'time'>;

export interface Bench extends AsyncDisposable {
  readonly smdp: Smdp;
  readonly card: Euicc;
  readonly isdr: Isdr;
  readonly door: RspDoor;
  readonly lpa: Lpa;
  readonly log: Logged[];
  /** What the SM-DP+ decided, as `function: Executed-Success` or `function: 8.2.6/3.8`. */
  decisions(): string[];
  /** A download of a new order, or of the code given. */
  download(order?: NewOrder | CreatedOrder, consent?: Consent): Promise<Installation>;
  deliver(): Promise<Delivery[]>;
}

export interface BenchOptions {
  readonly domains?: readonly TestDomain[];
  /** Of the card, where they are not those of the server. */
  readonly cardDomains?: readonly TestDomain[];
  readonly state?: SmdpState;
  readonly faults?: readonly string[];
  readonly now?: () => Date;
  readonly port?: number;
  readonly card?: Partial<CardState>;
  readonly euicc?: Partial<Pick<EuiccOptions, 'manners' | 'now' | 'faults'>>;
  readonly door?: Partial<RspDoorOptions>;
  /** Of ES2+.HandleDownloadProgressInfo. */
  readonly operator?: string;
  readonly es12Of?: (smdsAddress: string) => string;
}

export const yes: Consent = async () => ({});

export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const domains = options.domains ?? [await sharedDomain()];
  const cardDomains = options.cardDomains ?? domains;
  const log: Logged[] = [];
  const smdp = await createSmdp({
    pki: { domains },
    state: options.state ?? newSmdpState(),
    log: (entry) => log.push(entry),
    ...(options.faults && { faults: options.faults }),
    ...(options.now && { now: options.now }),
    ...(options.operator !== undefined && { operator: options.operator }),
    ...(options.es12Of && { es12Of: options.es12Of }),
  });
  await smdp.listen(options.port ?? 0);
  const card = createEuicc({
    state: newCardState({ eid: EID, ...options.card }),
    identities: cardDomains.map(({ ciPKId, curve, card: { eum, euicc } }) => ({
      ciPKId,
      curve,
      privateKey: euicc.privateKey,
      euiccCertificate: euicc.certificate,
      eumCertificate: eum.certificate,
    })),
    cis: cardDomains.map(({ ciPKId, curve, ci }) => ({ ciPKId, curve, publicKey: publicPoint(ci.privateKey) })),
    log: (entry) => log.push(entry),
    ...options.euicc,
  });
  const isdr = await Isdr.open(iso7816Card(await linkTo(card)));
  const ciPKIds = cardDomains.map(({ ciPKId }) => ciPKId);
  const door = openRspDoor({
    anchors: async () => ({ ciPKIds, ca: [], allowTestCi: false, strictCi: false }),
    env: {},
    ...options.door,
  });
  const lpa: Lpa = { isdr, servers: door, device: deviceInfoOf() };
  return {
    smdp,
    card,
    isdr,
    door,
    lpa,
    log,
    decisions: () =>
      log.flatMap(({ who, data = {} }) => {
        const { function: name, status, subjectCode, reasonCode } = data as Record<string, string | undefined>;
        if (who !== 'sm-dp+' || !name) return [];
        return `${name.split('.')[1]}: ${subjectCode ? `${subjectCode}/${reasonCode}` : status}`;
      }),
    async download(order = {}, consent = yes) {
      const { activationCode } = 'activationCode' in order ? order : smdp.createOrder(order);
      const { smdpAddress, matchingId, smdpOid } = parseActivationCode(activationCode);
      return downloadProfile(lpa, { address: smdpAddress, matchingId, ...(smdpOid && { smdpOid }) }, consent);
    },
    deliver: () => sendNotifications(lpa),
    async [Symbol.asyncDispose]() {
      await isdr[Symbol.asyncDispose]();
      await door[Symbol.asyncDispose]();
      await smdp.close();
    },
  };
}
