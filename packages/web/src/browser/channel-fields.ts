import { ACCEPTED_IMAGES } from './image-names.ts';

/** Name of the field for the labels of a cascade's first stage. */
const PREVIOUS = 'Label map of 3d_lowres';

/** The fields in which images are chosen: one per channel, and for a cascade one for the first stage's label map. */
export class ChannelFields {
  readonly #place: HTMLElement;
  readonly #onChange: () => void;
  #names: readonly string[] = [];
  #cascade = false;
  #chosen: (File | undefined)[] = [];

  constructor(place: HTMLElement, onChange: () => void) {
    this.#place = place;
    this.#onChange = onChange;
  }

  /** Shows fields for a model. What is chosen stays if the names do. */
  show(channels: readonly string[], cascade: boolean): void {
    const names = cascade ? [...channels, PREVIOUS] : channels;
    if (names.join('\n') === this.#names.join('\n')) return;
    [this.#names, this.#cascade] = [names, cascade];
    this.#chosen = names.map(() => undefined);
    this.#place.replaceChildren(...names.map((name, index) => this.#row(name, index)));
  }

  /** Names of the images of a case. */
  get channels(): readonly string[] {
    return this.#cascade ? this.#names.slice(0, -1) : this.#names;
  }

  /** The images in the order of the channels, and the label map of the first stage; null until all are chosen. */
  get files(): { images: File[]; previous: File | undefined } | null {
    const files = this.#chosen.filter((file) => file !== undefined);
    if (files.length < this.#names.length || files.length === 0) return null;
    return { images: this.#cascade ? files.slice(0, -1) : files, previous: this.#cascade ? files.at(-1) : undefined };
  }

  /**
   * Gives files to the fields, in the order of both; those of all channels suffice.
   *
   * @returns why they cannot be taken; null if they are
   */
  take(files: readonly File[]): string | null {
    if (files.length !== this.#names.length && !(this.#cascade && files.length === this.#names.length - 1)) {
      const needed = this.#names.length === 1 ? 'one file' : `${this.#names.length} files`;
      const given = files.length === 1 ? 'one was' : `${files.length} were`;
      return `The model needs ${needed} (${this.#names.join(', ')}), but ${given} given.`;
    }
    const inputs = this.#place.querySelectorAll('input');
    for (const [index, file] of files.entries()) {
      const list = new DataTransfer();
      list.items.add(file);
      inputs[index]!.files = list.files;
      this.#chosen[index] = file;
    }
    this.#onChange();
    return null;
  }

  #row(name: string, index: number): HTMLElement {
    const row = document.createElement('div');
    row.className = 'channel';
    const label = document.createElement('label');
    label.htmlFor = `channel-${index}`;
    label.textContent = name;
    const input = document.createElement('input');
    input.type = 'file';
    input.id = label.htmlFor;
    input.accept = ACCEPTED_IMAGES;
    input.addEventListener('change', () => {
      this.#chosen[index] = input.files?.[0];
      this.#onChange();
    });
    row.append(label, input);
    return row;
  }
}
