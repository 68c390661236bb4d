import type { AugmentationRecipe } from '../recipe.ts';
import { type Batch, type BatchKey, sampleBatch, validationBatch } from '../sample-batch.ts';
import type { Transforms } from '../transform-registry.ts';
import { openSource, type SourceDescription } from './source-description.ts';

/** Everything that a thread needs to make batches, as plain data. */
export interface BatchIngredients {
  source: SourceDescription;
  recipe: AugmentationRecipe;
  /** Validation batches instead of training batches. */
  validation: boolean;
  /** Paths of modules with transforms. */
  plugins: readonly string[];
}

type MakerOptions = Omit<BatchIngredients, 'plugins'> & { transforms: Transforms };

/** Makes batches one at a time, in the order of the requests. */
export class BatchMaker {
  readonly #ingredients: MakerOptions;
  readonly #source: ReturnType<typeof openSource>;
  #last: Promise<unknown>;

  constructor(ingredients: MakerOptions) {
    this.#ingredients = ingredients;
    this.#source = openSource(ingredients.source);
    this.#last = this.#source.catch(() => undefined);
  }

  make(key: BatchKey): Promise<Batch> {
    const { recipe, validation, transforms } = this.#ingredients;
    const make = validation ? validationBatch : sampleBatch;
    const made = this.#last.then(async () => make(await this.#source, recipe, key, transforms));
    this.#last = made.catch(() => undefined);
    return made;
  }

  async close(): Promise<void> {
    await this.#last;
    await (await this.#source.catch(() => undefined))?.close();
  }
}
