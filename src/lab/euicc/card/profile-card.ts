/** A profile in use: its files, PINs and network keys, with what was changed on them since its installation. */
import { fromBase64, toBase64 } from '../../../lpa/bytes.ts';
import { DecodeError } from '../../../lpa/errors.ts';
import { readProfilePackage } from '../../../lpa/saip/package.ts';
import type { CardFile, CardFileSystem } from '../../profile/file-system.ts';
import { fileSystemOf } from '../../profile/file-system.ts';
import { type CardState, metadataOf, type ProfileChanges, type ProfileRecord } from '../state.ts';
import type { Authenticator } from './authenticate-command.ts';
import { bareFiles, plainProfilePackage } from './own-files.ts';
import { type PinStates, pinStates } from './pins.ts';
import { sequenceNumbers } from './sequence-numbers.ts';

export interface ProfileCard {
  readonly files: CardFileSystem;
  readonly pins: PinStates;
  /** Keys and sequence numbers of an application; undefined where it has none. */
  authenticator(application: CardFile): Authenticator | undefined;
  /** The content of a file was changed: it outlives the power. */
  keep(file: CardFile): void;
}

/** @param changed called once a change stands in `changes` */
export function profileCard(files: CardFileSystem, changes: ProfileChanges = {}, changed: () => void = () => {}): ProfileCard {
  for (const [path, content] of Object.entries(changes.files ?? {})) files.files.get(path)?.content.set(fromBase64(content));
  return {
    files,
    pins: pinStates(files.pins, changes, changed),
    authenticator(application) {
      const key = files.networkKeys.find((each) => each.application === application.path);
      return key && { key, application, sequence: sequenceNumbers(key, changes, changed) };
    },
    keep({ path, content }) {
      changes.files = { ...changes.files, [path]: toBase64(content) };
      changed();
    },
  };
}

export interface ProfileCards {
  /** The enabled profile, or the card's own files without one. */
  current(): ProfileCard;
  /** No PIN is verified any more: the power was off. */
  reset(): void;
}

/**
 * @param state of the eUICC whose profile the device sees, asked for anew each time
 * @param changed called once a change stands in the state
 */
export function profileCards(state: () => CardState, changed: () => void): ProfileCards {
  // A package stays as it was installed, so its files are laid out once.
  const known = new WeakMap<ProfileRecord, ProfileCard>();
  let inUse: ProfileCard | undefined;

  function cardOf(profile: ProfileRecord): ProfileCard {
    const found = known.get(profile);
    if (found) return found;
    const changes = profile.changes ?? {};
    const card = profileCard(filesOf(profile), changes, () => {
      profile.changes = changes;
      changed();
    });
    known.set(profile, card);
    return card;
  }

  return {
    current() {
      const enabled = state().profiles.find((profile) => profile.enabled);
      const card = enabled ? cardOf(enabled) : BARE;
      if (card !== inUse) card.pins.reset();
      inUse = card;
      return card;
    },
    reset: () => inUse?.pins.reset(),
  };
}

const BARE = profileCard(bareFiles());

function filesOf(profile: ProfileRecord): CardFileSystem {
  const { iccid } = profile;
  const upp = profile.package === undefined ? undefined : fromBase64(profile.package);
  try {
    return fileSystemOf(
      readProfilePackage(upp ?? plainProfilePackage({ iccid, serviceProviderName: metadataOf(profile).serviceProviderName })),
    );
  } catch (error) {
    if (error instanceof DecodeError) return bareFiles(); // a package without an MF, as an IoT profile may be
    throw error;
  }
}
