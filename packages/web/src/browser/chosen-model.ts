import { type BrowserModel, loadModel, type TabProgress } from '@nnunet/inference';
import { colorsOf, cssColor } from '@nnunet/plot/internal';
import type { SiteLabel } from '../site-description.ts';
import { byId } from './by-id.ts';

/** A model that the page can use. */
export interface PageModel {
  source: File | URL;
  /** What the page says of it. */
  about: string;
  /** Of the site's own model; those of others are read from the model. */
  labels?: readonly SiteLabel[];
}

/** The model that the page uses: the site's own, one of the user or an adapted one. It is loaded when it is needed. */
export class ChosenModel {
  readonly #onProgress: (progress: TabProgress) => void;
  readonly #onLoad: (model: BrowserModel) => void;
  #source: File | URL | null = null;
  #labels: readonly SiteLabel[] = [];
  #loaded: BrowserModel | null = null;

  constructor(listener: { onProgress(progress: TabProgress): void; onLoad(model: BrowserModel): void }) {
    this.#onProgress = listener.onProgress;
    this.#onLoad = listener.onLoad;
  }

  /** The labels of the loaded model, with their colours. */
  get labels(): readonly SiteLabel[] {
    return this.#labels;
  }

  use({ source, about, labels = [] }: PageModel): void {
    this.release();
    this.#source = source;
    this.#labels = labels;
    byId('model-about').textContent = about;
  }

  /** Frees the memory of the model. */
  release(): void {
    this.#loaded?.dispose();
    this.#loaded = null;
    byId('compute').textContent = '';
  }

  /** Loads the model, unless that is done. @throws the errors of `loadModel` */
  async load(signal: AbortSignal): Promise<BrowserModel> {
    if (this.#loaded !== null) return this.#loaded;
    const source = this.#source!;
    // Where WebAssembly cannot wait for promises, WebGPU takes more to load than it is worth.
    const device = 'Suspending' in WebAssembly ? 'auto' : 'cpu';
    const model = await loadModel(source, {
      worker: 'predict-worker.js',
      device,
      signal,
      onProgress: this.#onProgress,
    });
    this.#loaded = model;
    byId('compute').textContent = `Computed by ${model.compute}`;
    if (source instanceof File) {
      this.#labels = labelsOf(model);
      const names = this.#labels.map(({ name }) => name).join(', ');
      byId('model-about').textContent = `${source.name}${names === '' ? '' : `: ${names}`}`;
    }
    this.#onLoad(model);
    return model;
  }
}

function labelsOf({ labelNames }: BrowserModel): SiteLabel[] {
  const values = Object.keys(labelNames).map(Number);
  const colors = colorsOf([0, ...values]);
  return values
    .filter((value) => value !== 0)
    .map((value) => ({ value, name: labelNames[value]!, color: cssColor(colors.get(value)!) }));
}

/** Names and colours a label of which the model does not know the name. */
export function namelessLabel(value: number): SiteLabel {
  const colors = colorsOf(Array.from({ length: value + 1 }, (_, i) => i));
  return { value, name: `label ${value}`, color: cssColor(colors.get(value)!) };
}
