/** Times as they are typed: `500ms`, `2s`, `10m`, `1h`, `3d`. */
import { UsageError } from '../../lpa/errors.ts';

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @param flag whose argument it is @returns milliseconds @throws {UsageError} */
export function timeFrom(text: string, flag: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})(ms|[smhd])$/.exec(text) ?? [];
  if (digits === undefined) throw new UsageError(`${flag}: expected a time such as 500ms, 2s, 10m, 1h or 3d`);
  return Number(digits) * (MS[unit] ?? 0);
}
