import { html, type Markup } from './html.ts';

export type Cell = string | number | Markup | null;

export interface Table {
  caption: string;
  columns: readonly string[];
  /** The first cell of a row is its heading. */
  rows: readonly (readonly Cell[])[];
  /** Columns, by index, whose cells are words; others are numbers, aligned at the right. */
  words?: readonly number[];
  /** Rows, by index, that stand out. */
  strong?: readonly number[];
}

/** Number of characters from which words are broken into lines. */
const LONG = 30;

/** A table that scrolls within itself where the page is narrow. */
export function table({ caption, columns, rows, words = [], strong = [] }: Table): Markup {
  const kind = (column: number) => (column === 0 || words.includes(column) ? 'words' : 'number');
  const head = columns.map((name, i) => html`<th scope="col" class="${kind(i)}">${name}</th>`);
  const body = rows.map((row, r) => {
    const cells = row.map((cell, i) =>
      i === 0
        ? html`<th scope="row">${cell}</th>`
        : html`<td class="${kind(i)}${isLong(cell) ? ' long' : ''}">${cell}</td>`,
    );
    return html`<tr${strong.includes(r) ? html` class="strong"` : null}>${cells}</tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody>
</table></div>`;
}

/** Whether a cell needs room, so that a narrow table scrolls instead of breaking it into many lines. */
function isLong(cell: Cell | undefined): boolean {
  return typeof cell === 'string' && cell.length > LONG;
}
