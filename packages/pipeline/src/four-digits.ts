/** Formats a score with four decimals; '-' if there is none. */
export function fourDigits(score: number | null | undefined): string {
  return score === null || score === undefined || Number.isNaN(score) ? '-' : score.toFixed(4);
}
