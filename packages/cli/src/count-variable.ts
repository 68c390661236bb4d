/** The value of an environment variable that is a positive integer; undefined for others. */
export function countIn(variable: string | undefined): number | undefined {
  const wanted = Number(variable);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : undefined;
}
