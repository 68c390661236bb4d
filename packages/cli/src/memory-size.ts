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
 * Bytes from a size as a person writes it: 6GB, 2048MB, 5.5 GiB (1 GB is 10⁹ bytes, 1 GiB 2³⁰).
 * A number alone is refused: who writes 6 means no 6 bytes.
 * @throws NnUNetError 'usage' naming the option
 */
export function parseMemorySize(text: string, option: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)\s*$/i.exec(text) ?? [];
  // A bare letter means what is meant by it elsewhere: 6G.
  const factor = unit ? (UNITS[unit.toLowerCase()] ?? UNITS[`${unit.toLowerCase()}b`]) : undefined;
  const bytes = Number(number) * (factor ?? Number.NaN);
  if (bytes > 0) return bytes;
  throw usageError({
    what: `"${text}" is no amount of memory (${option})`,
    remedy: 'Write it with its unit, like 6GB or 2048MB.',
  });
}
