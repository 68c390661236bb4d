/** The first names of a list, and how many more there are; with the separator '\n', one a line. */
export function listed(names: readonly string[], most = 10, separator: ', ' | '\n' = ', '): string {
  const shown = names.slice(0, most).join(separator);
  const more = names.length - most;
  return more > 0 ? `${shown}${separator === '\n' ? '\n' : ' '}and ${more} more` : shown;
}
