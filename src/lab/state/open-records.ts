/** Records in the lab's folder. What the first version of the lab wrote there is taken over once. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FILES, FIRST_FILES, readJson } from './folder.ts';
import type { OpenLab } from './lab.ts';
import { RecordFile } from './record-file.ts';
import { RecordFolder } from './record-folder.ts';

type Lab = Pick<OpenLab, 'dir' | 'closeLater'>;
type Part = keyof typeof FIRST_FILES;

/**
 * Opens the records of a part of the lab, until the lab closes. The caller holds the part.
 *
 * @param takeOver writes what the first version of the lab kept
 * @throws {UsageError} when a file is damaged
 */
export const openRecordFile = <First>(lab: Lab, part: Part, takeOver: (records: RecordFile, first: First) => void): RecordFile =>
  open(lab, part, (path) => new RecordFile(path), takeOver);

/** The same for records of which a command needs a few. */
export const openRecordFolder = <First>(
  lab: Lab,
  part: Part,
  takeOver: (records: RecordFolder, first: First) => void,
): RecordFolder => open(lab, part, (path) => new RecordFolder(path), takeOver);

function open<First, R extends Disposable>(
  lab: Lab,
  part: Part,
  openAt: (path: string) => R,
  takeOver: (records: R, first: First) => void,
): R {
  const path = join(lab.dir, FILES[part]);
  const firstPath = join(lab.dir, FIRST_FILES[part]);
  if (existsSync(firstPath)) {
    const first = existsSync(path) ? undefined : readJson<First>(firstPath);
    // Under another name first, so that the records are there whole or not at all.
    if (first !== undefined) {
      rmSync(`${path}.new`, { recursive: true, force: true });
      {
        using records = openAt(`${path}.new`);
        takeOver(records, first);
      }
      renameSync(`${path}.new`, path);
    }
    rmSync(firstPath);
  }
  const records = openAt(path);
  lab.closeLater({ [Symbol.asyncDispose]: async () => records[Symbol.dispose]() });
  return records;
}
