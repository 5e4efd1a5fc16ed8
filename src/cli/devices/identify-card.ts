/** What a reader holds: asked of the card itself, which is let go at once. */
import { toHex } from '../../lpa/bytes.ts';
import { iso7816Card } from '../../lpa/card/iso7816.ts';
import { CardError, LpaError } from '../../lpa/errors.ts';
import { getEid } from '../../lpa/es10/es10c.ts';
import { type LpaeKind, lpaeSupportIn } from '../../lpa/es10/lpae.ts';
import { openIsdr } from '../../lpa/es10/open-isdr.ts';
import { type OtherEuicc, otherEuiccs } from '../../lpa/es10/sibling-euiccs.ts';
import type { App } from '../app.ts';

export interface CardInReader {
  readonly atr?: string;
  /** A consumer eUICC (SGP.22), an IoT eUICC (SGP.32), an M2M eUICC (SGP.02), or no eUICC at all. */
  readonly kind: 'consumer' | 'iot' | 'm2m' | 'uicc' | 'none';
  readonly eid?: string;
  /** Kinds of LPA that the eUICC brings (LPAe); absent where it brings none. */
  readonly lpaeSupport?: readonly LpaeKind[];
  /** Further eUICCs behind the same contacts. */
  readonly otherEuiccs?: readonly OtherEuicc[];
  /** Why the card could not be asked. */
  readonly error?: string;
}

export const KIND_TEXTS: Readonly<Record<CardInReader['kind'], string>> = {
  consumer: 'consumer eUICC',
  iot: 'IoT eUICC',
  m2m: 'M2M eUICC',
  uicc: 'plain UICC',
  none: 'no card',
};

/** @param name of the reader, in full */
export async function cardInReader(app: App, name: string): Promise<CardInReader> {
  let atr: Pick<CardInReader, 'atr'> = {};
  try {
    const link = await app.doors.openLink({ reader: name, waitMs: 0, isEuicc: async () => true });
    if (link.atr.length > 0) atr = { atr: toHex(link.atr) };
    const { isdr, kind } = await openIsdr(iso7816Card(link), { aid: app.settings.aid, listener: app.listener });
    await using _ = isdr;
    const eid = await getEid(isdr);
    const others = await otherEuiccs(isdr, eid);
    const lpaeSupport = lpaeSupportIn(isdr.selectResponse) ?? [];
    return {
      ...atr,
      kind,
      eid,
      ...(lpaeSupport.length > 0 && { lpaeSupport }),
      ...(others.length > 0 && { otherEuiccs: others }),
    };
  } catch (error) {
    const eid = error instanceof CardError && error.eid !== undefined ? { eid: error.eid } : {};
    if (error instanceof CardError && error.problem === 'm2m') return { ...atr, kind: 'm2m', ...eid };
    if (error instanceof CardError && error.problem === 'noEuicc') return { ...atr, kind: 'uicc', ...eid };
    if (error instanceof CardError && error.problem === 'busy') return { kind: 'none', error: 'held by another program' };
    if (error instanceof LpaError) return { kind: 'none', error: error.message };
    throw error;
  }
}
