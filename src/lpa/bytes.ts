/** Octet helpers shared by every layer; the only place in `src` that needs Buffer for text forms. */

export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex').toUpperCase();

/** @throws {RangeError} unless `text` is an even number of hexadecimal digits. */
export const fromHex = (text: string): Uint8Array => {
  // A group that repeats would take the stack for every octet: eight megabytes of them were too many.
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw new RangeError('not hexadecimal');
  return Uint8Array.from(Buffer.from(text, 'hex'));
};

export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/** Base64 as servers write it: padding may be missing, line breaks are passed over (SGP.22 §6.5). @throws {RangeError} on anything else. */
export const fromBase64 = (text: string): Uint8Array => {
  const joined = text.replace(/[\r\n]+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(joined) || joined.replace(/=+$/, '').length % 4 === 1) throw new RangeError('not base64');
  return Uint8Array.from(Buffer.from(joined, 'base64'));
};

export const utf8Bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * Whether a text was valid UTF-8 where it came from. A decoder puts U+FFFD in the place of what is not, and that
 * character has no use in a name; a lone surrogate is its form on Windows.
 */
export const isValidText = (text: string): boolean => !/[\uFFFD\p{Cs}]/u.test(text);

/** Octets that are no UTF-8 become U+FFFD: a name that is badly coded is still worth showing. */
export const utf8Text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => concatAll(parts);

/** The same for a list of any length: a hundred thousand arguments do not fit on the stack. */
export const concatAll = (parts: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((octet, i) => octet === b[i]);
