/** Describes a value in at most 80 characters, for messages: as JSON, or as text if JSON cannot hold it. */
export function inShort(value: unknown): string {
  // JSON turns NaN into null.
  if (typeof value === 'number') return String(value);
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 80);
  } catch {
    return 'lists in lists without end';
  }
}
