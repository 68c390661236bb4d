/** Rows of cells as lines of text, the columns below each other: the first one to the left, the others to the right. */
export function plainTable(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  return rows.map(([first = '', ...others]) =>
    [first.padEnd(widthOf(0)), ...others.map((cell, i) => cell.padStart(widthOf(i + 1)))].join('  '),
  );
}
