/** A stream of text, perhaps a terminal. */
export interface TextStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Shortens a text to one line of a terminal, so that it can be drawn over. */
export function fitted(text: string, { columns = 80 }: TextStream): string {
  const width = columns - 1;
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
