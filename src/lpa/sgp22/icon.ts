/** Icons of profiles: the size limit and the two formats of SGP.22 v2.5 §5.5.3 (StoreMetadata). */

/** Octets that an icon may have. */
export const MAX_ICON = 1024;

/** The first octets of PNG (RFC 2083 §3.1) and JPEG (ISO 10918-1 SOI and the next marker). */
const MAGIC = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpg: [0xff, 0xd8, 0xff],
} as const;

/** Returns the format of an icon by its first octets, undefined where it is neither PNG nor JPEG. */
export const iconFormat = (octets: Uint8Array): keyof typeof MAGIC | undefined =>
  (['png', 'jpg'] as const).find((format) => MAGIC[format].every((octet, i) => octets[i] === octet));
