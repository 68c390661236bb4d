/** Names the first items of a list and counts the others; with the separator '\n', one per line. */
export function listed(names: readonly string[], most = 10, separator: ', ' | '\n' = ', '): string {
  const shown = names.slice(0, most).join(separator);
  const more = names.length - most;
  return more > 0 ? `${shown}${separator === '\n' ? '\n' : ' '}and ${more} more` : shown;
}

/** Joins alternatives: `a`, `a or b`, `a, b or c`. */
export function alternatives(names: readonly string[]): string {
  const others = names.slice(0, -1).join(', ');
  return others === '' ? names.join() : `${others} or ${names.at(-1)}`;
}
