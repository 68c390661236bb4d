/** A score with four digits after the point; '-' where there is none. */
export function fourDigits(score: number | null | undefined): string {
  return score === null || score === undefined || Number.isNaN(score) ? '-' : score.toFixed(4);
}
