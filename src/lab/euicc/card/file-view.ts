/** The file system as one logical channel sees it: the selected directory, application, file and record. TS 102 221 §8.4, §11.1.1, §11.1.2. */
import { encodeTlv } from '../../../lpa/asn1/tlv.ts';
import { fromHex, toHex } from '../../../lpa/bytes.ts';
import { MF } from '../../../lpa/saip/created-files.ts';
import { isDirectory } from '../../../lpa/saip/templates.ts';
import { type CardFile, fileBySfi } from '../../profile/file-system.ts';
import { isAllowed } from './access-rules.ts';
import { type Command, type Reply, SW } from './apdu.ts';
import { AUTHENTICATE, authenticate } from './authenticate-command.ts';
import { fcpOf } from './fcp.ts';
import { FILE_INS, type FileContext, fileCommand, isActivated } from './file-commands.ts';
import { PIN_INS, pinCommand } from './pin-commands.ts';
import type { PinState } from './pins.ts';
import type { ProfileCard } from './profile-card.ts';

export interface FileView {
  select(p1: number, data: Uint8Array): Reply;
  /** By AID, whole or its beginning. */
  selectAdf(aid: Uint8Array): Reply;
  /** @param application AID of what else is selected on the channel */
  status(command: Command, application: Uint8Array | undefined): Reply;
  command(command: Command): Reply;
}

const CURRENT_APPLICATION = '7FFF';
/** Key references of ADM keys begin here; below are PINs of users. */
const FIRST_ADM = 0x0a;

/** @param card asked for anew by each command: a switch of profiles changes it, and then the MF is selected */
export function fileView(card: () => ProfileCard): FileView {
  let seen: ProfileCard | undefined;
  let directory: CardFile;
  let current: CardFile | undefined;
  let adf: CardFile | undefined;

  function now(): ProfileCard {
    const found = card();
    if (found !== seen) {
      seen = found;
      directory = found.files.mf;
      current = undefined;
      adf = undefined;
      context.record = 0;
    }
    return found;
  }

  const findPin = (reference: number): PinState | undefined => now().pins.find(reference, directory.path, adf?.path);
  const holds = (reference: number): boolean => findPin(reference)?.holds ?? false;

  const context: FileContext = {
    record: 0,
    file(sfi) {
      if (sfi === undefined) return current;
      const file = fileBySfi(directory, sfi);
      if (file && file !== current) {
        current = file;
        context.record = 0;
      }
      return file;
    },
    isAllowed: (file, access) => isAllowed(now().files, file, access, holds),
    keep: (file) => now().keep(file),
  };

  const fcp = (file: CardFile): Uint8Array =>
    fcpOf(file, (reference) => now().pins.find(reference, file.path, adfOf(file)?.path)?.enabled ?? false);

  function enter(file: CardFile | undefined): Reply {
    if (!file) return { sw: SW.notFound };
    context.record = 0;
    if (isDirectory(file.kind)) {
      directory = file;
      current = undefined;
      adf = adfOf(file);
    } else {
      current = file;
      directory = file.parent ?? directory;
    }
    return { sw: isActivated(file) ? SW.ok : SW.selectedFileInvalidated, data: fcp(file) };
  }

  /** What a file identifier can mean from here (§8.4.1): the MF, the application, a child, here, the parent, a sibling directory. */
  function byIdentifier(fid: string): CardFile | undefined {
    if (fid === MF) return now().files.mf;
    if (fid === CURRENT_APPLICATION) return adf;
    const child = directory.children.get(fid);
    if (child) return child;
    const places = [directory, directory.parent].filter((place) => place && place.kind !== 'adf');
    const sibling = directory.parent?.children.get(fid);
    return places.find((place) => place?.fid === fid) ?? (sibling && isDirectory(sibling.kind) ? sibling : undefined);
  }

  function byPath(start: CardFile, data: Uint8Array): CardFile | undefined {
    const fids = toHex(data).match(/.{4}/g) ?? [];
    const [first] = fids;
    const from = first === CURRENT_APPLICATION ? adf : first === MF ? now().files.mf : start;
    const rest = first === CURRENT_APPLICATION || first === MF ? fids.slice(1) : fids;
    return rest.reduce<CardFile | undefined>((file, fid) => file?.children.get(fid), from);
  }

  /** An application may be used once a PIN of its user is verified or disabled (TS 31.102 §7.1.1). */
  function authenticateHere(command: Command): Reply {
    const authenticator = adf && now().authenticator(adf);
    if (!adf || !authenticator) return { sw: SW.conditionsNotSatisfied };
    const pin = adf.pinReferences.find((reference) => reference < FIRST_ADM);
    if (pin !== undefined && !holds(pin)) return { sw: SW.securityStatus };
    return authenticate(command, authenticator);
  }

  return {
    select(p1, data) {
      const { mf } = now().files;
      if (p1 === 0x03) return data.length === 0 ? enter(directory.parent ?? mf) : { sw: SW.wrongLength };
      if (p1 === 0x00 && data.length === 0) return enter(mf);
      if (data.length === 0 || data.length % 2 !== 0) return { sw: SW.wrongLength };
      if (p1 === 0x08) return enter(byPath(mf, data));
      if (p1 === 0x09) return enter(byPath(directory, data));
      if (data.length !== 2) return { sw: SW.wrongLength };
      if (p1 === 0x00) return enter(byIdentifier(toHex(data)));
      if (p1 !== 0x01) return { sw: SW.wrongP1P2 };
      const child = directory.children.get(toHex(data));
      return enter(child && isDirectory(child.kind) ? child : undefined);
    },
    selectAdf(aid) {
      const { applications } = now().files;
      const wanted = toHex(aid);
      const found = [...applications].find(([name]) => name.startsWith(wanted))?.[1];
      return enter(aid.length > 0 && aid.length <= 16 ? found : undefined);
    },
    /** P2: 00 the directory's FCP, 01 the DF name of the application, 0C nothing. */
    status({ p1, p2 }, application) {
      if (p1 > 2 || ![0x00, 0x01, 0x0c].includes(p2)) return { sw: SW.wrongP1P2 };
      now();
      if (p2 === 0x0c) return { sw: SW.ok };
      if (p2 === 0x00) return { sw: SW.ok, data: fcp(directory) };
      const name = application ?? (adf?.aid === undefined ? undefined : fromHex(adf.aid));
      return name ? { sw: SW.ok, data: encodeTlv(0x84, name) } : { sw: SW.referencedDataNotFound };
    },
    command(command) {
      now();
      const isCat = command.ins === FILE_INS.increase || command.ins === FILE_INS.retrieveData;
      if (command.proprietary && !isCat) return { sw: SW.classNotSupported };
      if (PIN_COMMANDS.has(command.ins)) return pinCommand(command, findPin);
      if (command.ins === AUTHENTICATE) return authenticateHere(command);
      return fileCommand(command, context) ?? { sw: SW.instructionNotSupported };
    },
  };
}

const PIN_COMMANDS: ReadonlySet<number> = new Set(Object.values(PIN_INS));

/** The application that a file belongs to. */
function adfOf(file: CardFile): CardFile | undefined {
  for (let at: CardFile | undefined = file; at; at = at.parent) if (at.kind === 'adf') return at;
  return undefined;
}
