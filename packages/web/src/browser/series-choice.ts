import { byId } from './by-id.ts';
import type { GivenImage } from './given-images.ts';

/** Lets the user choose among DICOM series, of which more were given than are needed. */
export class SeriesChoice {
  readonly #form = byId<HTMLFormElement>('series');
  readonly #fields = byId('series-fields');
  #offered: readonly GivenImage[] = [];
  #answer: ((chosen: GivenImage[] | null) => void) | null = null;

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const selects = [...this.#fields.querySelectorAll('select')];
      this.#end(selects.map(({ value }) => this.#offered[Number(value)]!));
    });
  }

  /**
   * @param names what the images are needed for; the largest ones are proposed
   * @returns one for each name; null if the choice is withdrawn
   */
  offer(names: readonly string[], images: readonly GivenImage[]): Promise<GivenImage[] | null> {
    this.withdraw();
    this.#offered = images;
    const largest = [...images.keys()].sort((a, b) => images[b]!.files.length - images[a]!.files.length);
    const proposed = largest.slice(0, names.length).sort((a, b) => a - b);
    this.#fields.replaceChildren(...names.map((name, i) => this.#row(name, i, proposed[i]!)));
    this.#form.hidden = false;
    this.#fields.querySelector('select')!.focus();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /** Ends a choice that has not been made, since something else was given. */
  withdraw(): void {
    this.#end(null);
  }

  #end(chosen: GivenImage[] | null): void {
    this.#form.hidden = true;
    this.#answer?.(chosen);
    this.#answer = null;
  }

  #row(name: string, index: number, proposed: number): HTMLElement {
    const row = document.createElement('div');
    row.className = 'channel';
    const label = document.createElement('label');
    label.htmlFor = `series-${index}`;
    label.textContent = `Series for ${name}`;
    const select = document.createElement('select');
    select.id = label.htmlFor;
    select.append(
      ...this.#offered.map(
        ({ title, name }, i) => new Option(title ?? name, String(i), i === proposed, i === proposed),
      ),
    );
    row.append(label, select);
    return row;
  }
}
