/** Plain words for the errors that a file system reports. */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'it exists already',
  ELOOP: 'it is a symbolic link',
  ENAMETOOLONG: 'the name is too long',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is too large',
  EIO: 'input/output error',
  EPIPE: 'the reading program has closed it',
  ENXIO: 'no program reads from it',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
};

/** Returns the code of a system error, for example `ENOSPC`. */
export const fileErrorCode = (cause: unknown): string | undefined => {
  const { code } = (cause ?? {}) as { code?: unknown };
  // Errors of our own have a code too, in lower case.
  return typeof code === 'string' && /^E[A-Z]/.test(code) ? code : undefined;
};

/** Returns the reason of a failed file operation as words that fit after a colon. */
export function fileReason(cause: unknown): string {
  const code = fileErrorCode(cause);
  if (code !== undefined) return REASONS[code] ?? code;
  return cause instanceof Error ? cause.message : String(cause);
}
