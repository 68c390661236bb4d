/** A cell of a table; null is left empty. */
export type CsvCell = string | number | boolean | null;

/** Formats rows of cells as RFC 4180 defines, with line feeds alone. */
export function formatCsv(rows: readonly (readonly CsvCell[])[]): string {
  const cell = (value: CsvCell): string => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${rows.map((row) => row.map(cell).join(',')).join('\n')}\n`;
}
