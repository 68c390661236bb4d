import type { ChannelFields } from './channel-fields.ts';
import { apart, filesInArchive } from './converted-images.ts';
import type { GivenFile } from './given-files.ts';
import { type GivenImage, imagesAmong } from './given-images.ts';
import { SeriesChoice } from './series-choice.ts';
import type { WorkPlace } from './work.ts';

/** What taking files needs of the page. */
export interface IntakePage {
  readonly place: WorkPlace;
  readonly fields: ChannelFields;
  /** Does something that takes a while and can be cancelled, and says what went wrong. */
  run(what: (signal: AbortSignal) => Promise<void>): Promise<void>;
  useModel(file: File): Promise<void>;
}

/** Takes what the user gives: a model, images in the order of their names, or an archive of either. */
export class FileIntake {
  readonly #page: IntakePage;
  readonly #series = new SeriesChoice();

  constructor(page: IntakePage) {
    this.#page = page;
  }

  async take(files: readonly GivenFile[]): Promise<void> {
    const [one] = files.length === 1 ? files : [];
    if (one !== undefined && /\.safetensors$/i.test(one.file.name)) return this.#page.useModel(one.file);
    if (one !== undefined && /\.zip$/i.test(one.file.name)) return this.#takeArchive(one);
    await this.takeImages(byName(await imagesAmong(files)));
  }

  /** @param given in the order of the channels */
  async takeImages(given: readonly GivenImage[]): Promise<void> {
    const { fields, place } = this.#page;
    const images = await this.chosenAmong(given, fields.channels);
    if (images === null) return;
    const fault = images.length === 0 ? 'There is no image that can be read among these files.' : fields.take(images);
    if (fault !== null) place.say(fault, true);
  }

  /**
   * Where the user has to choose among DICOM series, returns those that were chosen, one for each name; otherwise the
   * given images. Null if something else happened.
   */
  async chosenAmong(images: readonly GivenImage[], names: readonly string[]): Promise<readonly GivenImage[] | null> {
    const { place } = this.#page;
    this.#series.withdraw();
    if (images.every(({ kind, files }) => kind !== 'dicom' || files.length === 1) && images.length <= names.length)
      return images;
    const all = await this.#whenDone('Looking through the files …', (signal) => apart(images, signal));
    if (all === undefined) return null;
    const isChoice = all.length > Math.min(images.length, names.length) && all.length >= names.length;
    if (!isChoice || all.some(({ kind }) => kind !== 'dicom')) return all;
    const which = names.length === 1 ? 'Choose one of them' : 'Choose one for each image that the model needs';
    place.say(`These files hold ${all.length} DICOM series. ${which}.`);
    return this.#series.offer(names, all);
  }

  async #takeArchive(archive: GivenFile): Promise<void> {
    const files = await this.#whenDone(`Opening ${archive.file.name} …`, (signal) => filesInArchive(archive, signal));
    if (files === null) await this.#page.useModel(archive.file);
    else if (files !== undefined) await this.takeImages(byName(await imagesAmong(files)));
  }

  /** The result of something that takes a while; undefined if it was cancelled or failed, which the page has said. */
  async #whenDone<T>(saying: string, what: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { place } = this.#page;
    let result: T | undefined;
    await this.#page.run(async (signal) => {
      place.say(saying);
      result = await what(signal);
      place.say('');
    });
    return result;
  }
}

function byName(images: readonly GivenImage[]): GivenImage[] {
  return [...images].sort((a, b) => (a.path < b.path ? -1 : 1));
}
