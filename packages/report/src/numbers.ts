/** JSON has no NaN: numbers that are undefined are null. */
export function orNull(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}
