import { usageError } from '@nnunet/errors';

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Parses a memory size such as 6GB, 2048MB or 5.5 GiB into bytes (1 GB is 10⁹ bytes, 1 GiB 2³⁰).
 * A number without a unit is refused: `6` hardly means 6 bytes.
 * @throws NnUNetError 'usage' naming the option
 */
export function parseMemorySize(text: string, option: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)\s*$/i.exec(text) ?? [];
  // Accept a bare letter, as in 6G.
  const factor = unit ? (UNITS[unit.toLowerCase()] ?? UNITS[`${unit.toLowerCase()}b`]) : undefined;
  const bytes = Number(number) * (factor ?? Number.NaN);
  if (bytes > 0) return bytes;
  throw usageError({
    what: `"${text}" is not a memory size (${option})`,
    remedy: 'Add a unit, for example 6GB or 2048MB.',
  });
}
