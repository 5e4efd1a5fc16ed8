/** How the tables of this folder say what a code means. */

export interface Words {
  /** The cause, a line without full stop. */
  readonly cause?: string;
  /** What the user can do about it. */
  readonly remedy?: string;
}

/** A row of a table: cause, and remedy where there is one. */
export const words = (cause: string, remedy?: string): Words => ({ cause, ...(remedy !== undefined && { remedy }) });

/** `profileNotInDisabledState` reads `profile not in disabled state`; abbreviations stay. */
export const spoken = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ')
    .map((word) => (/^[A-Z0-9]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ');
