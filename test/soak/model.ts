/** What card and servers must hold, kept beside them; and how they are looked at, by the eyes of the next program. */

import type { OrderState } from '../../src/lab/smdp/order.ts';
import { GetEuiccInfo2, retrieveNotificationsList } from '../../src/lpa/es10/es10b.ts';
import { getProfilesInfo } from '../../src/lpa/es10/es10c.ts';
import type { World } from './world.ts';

export interface ModelProfile {
  readonly iccid: string;
  enabled: boolean;
  nickname: string;
}

export interface ModelNotification {
  readonly seqNumber: number;
  readonly event: string;
  readonly iccid: string;
  /** Of an installation. */
  readonly result?: string;
}

export interface ModelOrder {
  state: OrderState;
  tries: number;
  /** Packages that were handed out. */
  downloads: number;
}

/** All that is compared. */
export interface Picture {
  profiles: ModelProfile[];
  /** In order of their numbers. */
  pending: ModelNotification[];
  free: number;
  orders: Record<string, ModelOrder>;
}

/** What does not change about an order. */
export interface OrderFacts {
  readonly iccid: string;
  /** How the eUICC comes to it. */
  readonly by: 'code' | 'default' | 'event';
  readonly matchingId: string;
  readonly confirmationCode?: string;
  readonly rules: readonly ('ppr1' | 'ppr2')[];
  /** Octets that the profile takes on the card, known once it was there. */
  readonly size: number;
}

export interface Model {
  /** As last seen, and found right. */
  picture: Picture;
  readonly facts: Map<string, OrderFacts>;
  nextSeqNumber: number;
  /** What installation results are of, by number: a download of an order. */
  readonly downloadOf: Map<number, { readonly iccid: string; readonly download: number }>;
  /** Numbers that the server has verified. */
  readonly told: Set<number>;
}

export const newModel = (free: number): Model => ({
  picture: { profiles: [], pending: [], free, orders: {} },
  facts: new Map(),
  nextSeqNumber: 1,
  downloadOf: new Map(),
  told: new Set(),
});

/** States in which a code is good for a download. */
export const isOffered = ({ state }: ModelOrder): boolean => state === 'released' || state === 'downloaded';

/** Events of which a profile's server is told, added in this order. */
export function addEvents(model: Model, picture: Picture, events: readonly (readonly [event: string, iccid: string])[]): void {
  events.forEach(([event, iccid], i) => {
    picture.pending.push({ seqNumber: model.nextSeqNumber + i, event, iccid });
  });
}

/** Card and servers as they are, seen by a program that nothing disturbs. */
export async function look({ smdp, use }: World): Promise<Picture> {
  const { profiles, pending, free } = await use({}, async ({ isdr }) => ({
    profiles: await getProfilesInfo(isdr),
    pending: await retrieveNotificationsList(isdr),
    free: (await isdr.call(GetEuiccInfo2, {})).extCardResource?.freeNonVolatileMemory ?? -1,
  }));
  return {
    profiles: profiles.map(({ iccid = '', profileState, profileNickname = '' }) => ({
      iccid,
      enabled: profileState === 'enabled',
      nickname: profileNickname,
    })),
    pending: pending.map((item) => {
      if ('otherSignedNotification' in item) {
        const {
          seqNumber,
          profileManagementOperation,
          iccid = '',
        } = item.otherSignedNotification.value.tbsOtherNotification.value;
        return { seqNumber, event: profileManagementOperation.join(), iccid };
      }
      const { notificationMetadata, finalResult } = item.profileInstallationResult.value.profileInstallationResultData.value;
      return {
        seqNumber: notificationMetadata.seqNumber,
        event: notificationMetadata.profileManagementOperation.join(),
        iccid: notificationMetadata.iccid ?? '',
        result: 'successResult' in finalResult ? 'ok' : finalResult.errorResult.errorReason,
      };
    }),
    free,
    orders: Object.fromEntries(
      smdp.state.orders.map(({ iccid, state, confirmationCodeTries, downloads }) => [
        iccid,
        { state, tries: confirmationCodeTries, downloads },
      ]),
    ),
  };
}
