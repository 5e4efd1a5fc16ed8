/** A card that can be taken out of its reader and put back, whoever it is: by a fault of its own, or by a hand. */
import type { CardInReader } from './reader.ts';

export interface RemovableCard extends CardInReader {
  /** Its power is gone, and so is it. One that is out stays out. */
  pull(): Promise<void>;
  insert(): void;
}

export function removable<Card extends CardInReader>(card: Card): Card & RemovableCard {
  const listeners: ((present: boolean) => void)[] = [];
  let isIn = true;
  const tell = (present: boolean): void => {
    if (present === isIn) return;
    isIn = present;
    for (const listener of listeners) listener(present);
  };
  card.onPresence?.(tell);
  return {
    ...card,
    onPresence: (listener: (present: boolean) => void) => void listeners.push(listener),
    async pull() {
      await card.powerOff();
      tell(false);
    },
    insert: () => tell(true),
  };
}
