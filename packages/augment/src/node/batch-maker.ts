import type { AugmentationRecipe } from '../recipe.ts';
import { type Batch, type BatchKey, sampleBatch, validationBatch } from '../sample-batch.ts';
import { openSource, type SourceDescription } from './source-description.ts';

/** Everything needed to make batches, as plain data that can be sent to threads. */
export interface BatchIngredients {
  source: SourceDescription;
  recipe: AugmentationRecipe;
  /** Validation batches instead of training batches. */
  validation: boolean;
}

/** Makes batches one at a time, in the order of the requests. */
export class BatchMaker {
  readonly #ingredients: BatchIngredients;
  readonly #source: ReturnType<typeof openSource>;
  #last: Promise<unknown>;

  constructor(ingredients: BatchIngredients) {
    this.#ingredients = ingredients;
    this.#source = openSource(ingredients.source);
    this.#last = this.#source.catch(() => undefined);
  }

  make(key: BatchKey): Promise<Batch> {
    const { recipe, validation } = this.#ingredients;
    const make = validation ? validationBatch : sampleBatch;
    const made = this.#last.then(async () => make(await this.#source, recipe, key));
    this.#last = made.catch(() => undefined);
    return made;
  }

  async close(): Promise<void> {
    await this.#last;
    await (await this.#source.catch(() => undefined))?.close();
  }
}
