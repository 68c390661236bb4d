import type { LabelEntry, ReportData } from '../report-data.ts';
import { html, type Markup } from './html.ts';

/** Names and colours of the labels of a report. */
export class LabelNames {
  readonly entries: readonly LabelEntry[];
  readonly #names: Map<string, string>;

  constructor({ dataset }: Pick<ReportData, 'dataset'>) {
    this.entries = dataset?.labels ?? [];
    this.#names = new Map(this.entries.map(({ value, name }) => [String(value), name]));
  }

  /** Name of a label or region; 'label 3' for a label that the data set does not name. */
  of(value: string | number): string {
    return this.#names.get(String(value)) ?? (/^\d+$/.test(String(value)) ? `label ${value}` : String(value));
  }

  /** Keys of records by label or region, in the order of the values or of dataset.json, without the background. */
  foreground(records: Iterable<Record<string, unknown>>): string[] {
    const keys = new Set<string>();
    for (const record of records) for (const key of Object.keys(record)) if (key !== '0') keys.add(key);
    const known = [...this.#names.keys()];
    const place = (key: string) => (known.includes(key) ? known.indexOf(key) : known.length);
    return [...keys].sort((a, b) => place(a) - place(b) || Number(a) - Number(b) || (a < b ? -1 : 1));
  }

  /** The labels with their colours. */
  legend(): Markup {
    const items = this.entries.map(({ name, color }) => html`<li>${swatch(color)}${name}</li>`);
    return html`<ul class="legend">${items}</ul>`;
  }
}

/** A square of a colour. It is drawn, since the page allows no style attributes. */
function swatch(color: string): Markup {
  return html`<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" fill="${color}"/></svg> `;
}
