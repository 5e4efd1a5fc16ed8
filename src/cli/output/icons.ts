/**
 * Icons of profiles as files. A card chooses their octets, so they are looked at first: only what begins as a PNG or JPEG does and
 * is as small as the specification has it (SGP.22 v2.5 §2.4.5.2: 1024 octets) is written, and nothing that is there is written over.
 */
import { constants, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes } from '../../lpa/bytes.ts';
import { UsageError } from '../../lpa/errors.ts';
import { fileReason } from '../../lpa/file-error.ts';
import { iconFormat, MAX_ICON } from '../../lpa/sgp22/icon.ts';
import type { ProfileInfo } from '../../lpa/sgp22/profile.ts';
import { makeFolders } from '../../lpa/whole-file.ts';
import { displayText } from '../../terminal/safe-text.ts';

/** Makes the folder where it is missing, before the card is asked for anything. @throws {UsageError} */
export function makeFolder(dir: string): void {
  try {
    makeFolders(dir, 0o777);
    if (!statSync(dir).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (cause) {
    throw new UsageError(`--icons ${displayText(dir, 200)}: the folder cannot be made: ${fileReason(cause)}`, { cause });
  }
}

/**
 * Write the icon of a profile, where it has one.
 *
 * @returns the file's name in the folder, or why there is none
 * @throws {UsageError} when something else stands where it should be written
 */
export async function writeIcon(
  dir: string,
  { iccid, isdpAid, icon }: Pick<ProfileInfo, 'iccid' | 'isdpAid' | 'icon'>,
): Promise<{ readonly file: string } | { readonly refused: string } | undefined> {
  if (!icon || icon.length === 0) return undefined;
  if (icon.length > MAX_ICON) return { refused: `its icon has ${icon.length} octets, and ${MAX_ICON} are the most` };
  const kind = iconFormat(icon); // the content decides the name's end, not what the card says it is
  if (!kind) return { refused: 'its icon is neither PNG nor JPEG' };
  const file = `${iccid ?? isdpAid ?? 'profile'}.${kind}`;
  const path = join(dir, file);
  try {
    await writeNew(path, icon);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST' && (await holds(path, icon))) return { file };
    const why = (cause as NodeJS.ErrnoException).code === 'EEXIST' ? 'something else is there already' : 'it cannot be written';
    throw new UsageError(`--icons: ${displayText(path, 200)}: ${why}`, { cause });
  }
  return { file };
}

/** Only where nothing is, not even a link to nowhere. */
async function writeNew(path: string, octets: Uint8Array): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644);
  try {
    await file.writeFile(octets);
  } finally {
    await file.close();
  }
}

/** The icon was written there before. A link is not followed, a pipe not waited for. */
async function holds(path: string, octets: Uint8Array): Promise<boolean> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      return found.isFile() && found.size === octets.length && equalBytes(await file.readFile(), octets);
    } finally {
      await file.close();
    }
  } catch {
    return false; // whatever it is, it is not that icon
  }
}
