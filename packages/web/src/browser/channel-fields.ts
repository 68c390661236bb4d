import { chosenFiles } from './given-files.ts';
import { type GivenImage, imagesAmong } from './given-images.ts';

/** Name of the field for the labels of a cascade's first stage. */
const PREVIOUS = 'Label map of 3d_lowres';

/** What the fields need of the page. */
export interface FieldsPage {
  /** Lets the user choose where a field is given several DICOM series; null if nothing is chosen. */
  choose(images: readonly GivenImage[], name: string): Promise<readonly GivenImage[] | null>;
  /** Is told why what was chosen cannot be taken, or null. */
  onChange(fault: string | null): void;
}

/** The fields in which images are chosen: one per channel, and for a cascade one for the first stage's label map. */
export class ChannelFields {
  readonly #place: HTMLElement;
  readonly #page: FieldsPage;
  #names: readonly string[] = [];
  #cascade = false;
  #chosen: (GivenImage | undefined)[] = [];

  constructor(place: HTMLElement, page: FieldsPage) {
    this.#place = place;
    this.#page = page;
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
  get files(): { images: GivenImage[]; previous: GivenImage | undefined } | null {
    const files = this.#chosen.filter((image) => image !== undefined);
    if (files.length < this.#names.length || files.length === 0) return null;
    return { images: this.#cascade ? files.slice(0, -1) : files, previous: this.#cascade ? files.at(-1) : undefined };
  }

  /**
   * Gives images to the fields, in the order of both; those of all channels suffice.
   *
   * @returns why they cannot be taken; null if they are
   */
  take(images: readonly GivenImage[]): string | null {
    if (images.length !== this.#names.length && !(this.#cascade && images.length === this.#names.length - 1)) {
      const needed = this.#names.length === 1 ? 'one file' : `${this.#names.length} files`;
      const given = images.length === 1 ? 'one was' : `${images.length} were`;
      return `The model needs ${needed} (${this.#names.join(', ')}), but ${given} given.`;
    }
    const inputs = this.#place.querySelectorAll('input');
    for (const [index, image] of images.entries()) {
      const list = new DataTransfer();
      // What lies beside a header need not be shown.
      const own = image.kind === 'dicom' ? image.files : image.files.slice(0, 1);
      for (const { file } of own) list.items.add(file);
      inputs[index]!.files = list.files;
      this.#chosen[index] = image;
    }
    this.#page.onChange(null);
    return null;
  }

  async #choose(index: number, input: HTMLInputElement): Promise<void> {
    const files = chosenFiles(input);
    this.#chosen[index] = undefined;
    const images = await this.#page.choose(await imagesAmong(files), this.#names[index]!);
    if (images === null) return;
    this.#chosen[index] = images.length === 1 ? images[0] : undefined;
    if (files.length === 0 || images.length === 1) return this.#page.onChange(null);
    const found = images.length === 0 ? 'no image that can be read' : `${images.length} images`;
    this.#page.onChange(`${this.#names[index]}: one image is needed; found ${found} among these files.`);
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
    // All files of a DICOM series, or a header with its voxels.
    input.multiple = true;
    input.addEventListener('change', () => void this.#choose(index, input));
    row.append(label, input);
    return row;
  }
}
