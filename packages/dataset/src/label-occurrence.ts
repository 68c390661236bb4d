import type { DatasetFault } from './faults.ts';

/** Tracks which declared labels occur in the label maps. */
export class LabelOccurrence {
  readonly #missing: Set<number>;
  readonly #foreground: number;
  #maps = 0;
  /** Number of label maps that are missing or unreadable. */
  unread = 0;

  /** @param declared all label values in dataset.json */
  constructor(declared: readonly number[]) {
    this.#missing = new Set(declared.filter((label) => label > 0));
    this.#foreground = this.#missing.size;
  }

  /** Whether every declared foreground label has been found, so that further label maps need not be read. */
  get complete(): boolean {
    return this.#missing.size === 0;
  }

  /** Adds the values of one label map. */
  add(values: Iterable<number>): void {
    this.#maps++;
    for (const value of values) this.#missing.delete(value);
  }

  /** Faults for labels that never occur, reported only if every label map was read. `names`: label to name. */
  faults(names: Readonly<Record<string, string>>): DatasetFault[] {
    if (this.complete || this.unread > 0 || this.#maps === 0) return [];
    const maps = this.#maps === 1 ? 'the label map' : `all ${this.#maps} label maps`;
    if (this.#missing.size === this.#foreground) {
      return [
        {
          severity: 'error',
          file: 'labelsTr/',
          what: 'no foreground in any label map',
          expected: 'voxels of the declared labels',
          found: `none of them in ${maps}`,
          remedy: 'Check how the label maps were exported; they contain nothing to learn from.',
        },
      ];
    }
    return [...this.#missing].map((label) => ({
      severity: 'warning',
      file: 'labelsTr/',
      what: 'declared label that never occurs',
      expected: `voxels of label ${label} (${names[label]})`,
      found: `none in ${maps}`,
      remedy: 'Check the label maps, or remove the label from "labels" in dataset.json; it cannot be learnt.',
    }));
  }
}
