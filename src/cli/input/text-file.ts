/** Text as editors and shells save it: UTF-8, or UTF-16 where a byte order mark says so (PowerShell, Notepad, spreadsheets). */

/**
 * The text without its byte order mark.
 *
 * @throws {TypeError} with `fatal`, where the octets are no text
 */
export function textIn(octets: Uint8Array, fatal = false): string {
  const [first, second] = octets;
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  // ignoreBOM is false: the decoder takes the mark off.
  return new TextDecoder(encoding, { fatal }).decode(octets);
}
