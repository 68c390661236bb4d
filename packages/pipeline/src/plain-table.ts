/** Formats rows of cells as lines of text with aligned columns: the first left-aligned, the others right-aligned. */
export function plainTable(rows: readonly (readonly string[])[]): string[] {
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  return rows.map(([first = '', ...others]) =>
    [first.padEnd(widthOf(0)), ...others.map((cell, i) => cell.padStart(widthOf(i + 1)))].join('  '),
  );
}
