/** Text in files of the USIM. 3GPP TS 23.038 §6 (GSM default alphabet), ETSI TS 102 221 Annex A (UCS2), TS 24.008 §10.5.3.5a (network name). */

/** GSM default alphabet by code; code 1B leads to the extension table. */
const DEFAULT =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
  'abcdefghijklmnopqrstuvwxyzäöñüà';
const ESCAPE = 0x1b;
const EXTENSION: Readonly<Record<string, number>> = {
  '\f': 0x0a,
  '^': 0x14,
  '{': 0x28,
  '}': 0x29,
  '\\': 0x2f,
  '[': 0x3c,
  '~': 0x3d,
  ']': 0x3e,
  '|': 0x40,
  '€': 0x65,
};
const EXTENDED = new Map(Object.entries(EXTENSION).map(([char, code]) => [code, char]));

/** The first octet of text in UCS2: as it is, or as offsets from a base (TS 102 221 Annex A). */
const UCS2 = 0x80;
const UCS2_BASE_8 = 0x81;
const UCS2_BASE_16 = 0x82;
const PADDING = 0xff;

/** Returns text for an alpha field of at most `most` octets: the default alphabet where it has every character, else UCS2. */
export function alphaOctets(text: string, most: number): Uint8Array {
  const septets = septetsOf(text, most);
  return septets ?? Uint8Array.of(UCS2, ...ucs2Octets(text, most - 1));
}

/** Returns the text of an alpha field without its padding; nothing where it holds none that can be read. */
export function alphaText(octets: Uint8Array): string | undefined {
  const [form = PADDING] = octets;
  const text =
    form === UCS2
      ? ucs2Text(octets.subarray(1))
      : form === UCS2_BASE_8
        ? basedText(octets.subarray(3), octets[1] ?? 0, (octets[2] ?? 0) << 7)
        : form === UCS2_BASE_16
          ? basedText(octets.subarray(4), octets[1] ?? 0, ((octets[2] ?? 0) << 8) | (octets[3] ?? 0))
          : defaultText(beforePadding(octets));
  return text === '' ? undefined : text;
}

/** Coding scheme of a network name, in bits 7 to 5 of its first octet. */
const PACKED = 0b000;
const IN_UCS2 = 0b001;

/** Returns a network name as EF.PNN has it under tag 43, at most `most` octets: packed in 7 bits, or in UCS2. */
export function networkNameOctets(text: string, most: number): Uint8Array {
  const septets = septetsOf(text, Math.floor(((most - 1) * 8) / 7));
  if (!septets) return Uint8Array.of(0x80 | (IN_UCS2 << 4), ...ucs2Octets(text, most - 1));
  const packed = new Uint8Array(Math.ceil((septets.length * 7) / 8));
  septets.forEach((septet, i) => {
    const bit = i * 7;
    packed[bit >> 3]! |= septet << (bit & 7);
    if ((bit & 7) > 1) packed[(bit >> 3) + 1]! |= septet >> (8 - (bit & 7));
  });
  const spare = packed.length * 8 - septets.length * 7;
  return Uint8Array.of(0x80 | (PACKED << 4) | spare, ...packed);
}

/** Returns the text of a network name; nothing where its coding scheme is not known. */
export function networkNameText(octets: Uint8Array): string | undefined {
  const [first = 0] = octets;
  const content = octets.subarray(1);
  const scheme = (first >> 4) & 0x07;
  if (scheme === IN_UCS2) return ucs2Text(content);
  if (scheme !== PACKED) return undefined;
  const septets = Math.floor((content.length * 8 - (first & 0x07)) / 7);
  return defaultText(
    Uint8Array.from({ length: Math.max(0, septets) }, (_, i) => {
      const bit = i * 7;
      const pair = (content[bit >> 3] ?? 0) | ((content[(bit >> 3) + 1] ?? 0) << 8);
      return (pair >> (bit & 7)) & 0x7f;
    }),
  );
}

/** Nothing where a character is not in the alphabet. Text is cut between characters. */
function septetsOf(text: string, most: number): Uint8Array | undefined {
  const septets: number[] = [];
  let isFull = false;
  for (const char of text) {
    const code = DEFAULT.indexOf(char);
    const extended = EXTENSION[char];
    const codes = extended !== undefined ? [ESCAPE, extended] : code >= 0 && code !== ESCAPE ? [code] : undefined;
    if (!codes) return undefined;
    isFull ||= septets.length + codes.length > most;
    if (!isFull) septets.push(...codes);
  }
  return Uint8Array.from(septets);
}

/** UCS2 has the basic plane alone: another character becomes a question mark. */
function ucs2Octets(text: string, most: number): number[] {
  const units = [...text].map((char) => (char.length === 1 ? char.charCodeAt(0) : 0x3f));
  return units.slice(0, Math.floor(most / 2)).flatMap((unit) => [unit >> 8, unit & 0xff]);
}

function ucs2Text(octets: Uint8Array): string {
  let text = '';
  for (let i = 0; i + 1 < octets.length; i += 2) {
    const unit = (octets[i]! << 8) | octets[i + 1]!;
    if (unit === 0xffff) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

function basedText(octets: Uint8Array, count: number, base: number): string | undefined {
  const used = octets.subarray(0, count);
  const parts = [...used].map((octet) => (octet & 0x80 ? String.fromCharCode(base + (octet & 0x7f)) : DEFAULT[octet]));
  return used.length === count ? parts.join('') : undefined;
}

/** Nothing where an octet has its upper bit set: this is another coding. */
function defaultText(octets: Uint8Array): string | undefined {
  let text = '';
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i]!;
    if (octet > 0x7f) return undefined;
    const extended = octet === ESCAPE ? EXTENDED.get(octets[i + 1] ?? -1) : undefined;
    if (extended !== undefined) i++;
    text += extended ?? (octet === ESCAPE ? ' ' : DEFAULT[octet]!);
  }
  return text;
}

function beforePadding(octets: Uint8Array): Uint8Array {
  const end = octets.indexOf(PADDING);
  return end < 0 ? octets : octets.subarray(0, end);
}
