import type { BrowserModel, PresetName } from '@nnunet/inference';
import { tilingOfPreset } from '@nnunet/inference/internal';
import { byId } from './by-id.ts';

/** What each choice does and costs; the figures are those of docs/inference.md. */
const ABOUT: Readonly<Record<PresetName, string>> = {
  exact: 'What nnUNet_predict does: the image is mirrored along all axes, and all tiles overlap by half.',
  balanced:
    'The image is mirrored along one axis alone, and tiles of air are left out. On 40 images of the hippocampus it took a third of the time, and the Dice fell by 0.002.',
  quick:
    'The image is not mirrored, tiles overlap less, and those of air are left out. On 40 images of the hippocampus it took a fifth of the time, and the Dice fell by 0.002 to 0.003.',
};

/** The field in which the user trades accuracy for time. */
export class Thoroughness {
  readonly #select = byId<HTMLSelectElement>('preset');

  constructor(onChange: () => void) {
    this.#select.addEventListener('change', () => {
      this.#tell();
      onChange();
    });
    // Browsers keep a choice when a page is loaded again.
    this.#tell();
  }

  /** The options of a prediction with a model. */
  optionsFor({ mirrorAxes }: BrowserModel) {
    return tilingOfPreset(this.#preset, mirrorAxes);
  }

  /** What is to be said about a result; null where it is what nnUNet_predict finds. */
  get notice(): string | null {
    return this.#preset === 'exact' ? null : `Thoroughness: ${this.#preset}.`;
  }

  get #preset(): PresetName {
    return this.#select.value as PresetName;
  }

  #tell(): void {
    byId('preset-about').textContent = ABOUT[this.#preset];
  }
}
