import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { joinPath, locationsByLabel, nextStageFileName } from '@nnunet/schema/internal';
import { readNpzFile } from '@nnunet/tensor/node';
import type { LocationsByClass } from '../patch-sampling.ts';
import { cutBox, cutChannels, locateClasses, type PatchBox, type PatchSource } from '../patch-source.ts';
import { CaseCache } from './case-cache.ts';
import { OpenCases } from './open-cases.ts';

export interface PreparedSourceOptions {
  /** Folder with the prepared cases of a stage. */
  folder: string;
  caseIds: readonly string[];
  /** Folder with `<case>_segFromPrevStage.npz`, for a cascade. */
  previousStageFolder?: string;
  /** Bytes of whole cases to cache in memory; other cases are read box by box. Default: 1 GiB. */
  cacheBytes?: number;
}

/** A source whose files stay open until it is closed. */
export interface OpenPatchSource extends PatchSource {
  close(): Promise<void>;
}

const DEFAULT_CACHE_BYTES = 2 ** 30;

/**
 * Opens prepared cases on disk as a source of patches. Datasets that fit into `cacheBytes` are read once; from larger
 * ones, each patch is read roughly on its own. Label maps of the previous stage are decompressed whole, and only once
 * if they fit.
 *
 * @throws NnUNetError 'usage' without cases, 'missing-file', 'bad-prepared-case'; 'no-previous-stage',
 *   'bad-previous-stage'
 */
export async function openPreparedSource(options: PreparedSourceOptions): Promise<OpenPatchSource> {
  if (options.caseIds.length === 0) {
    throw new NnUNetError('usage', { what: 'there are no cases to train on', where: options.folder });
  }
  const source = new PreparedSource(options);
  await source.shapeOf(0);
  return source;
}

class PreparedSource implements OpenPatchSource {
  readonly caseIds: readonly string[];
  readonly #cases: OpenCases;
  readonly #previousFolder: string | undefined;
  readonly #shapes: (readonly number[])[] = [];
  readonly #whole: CaseCache<Float32Array>;
  readonly #locations: CaseCache<LocationsByClass>;
  readonly #previous: CaseCache<Uint8Array>;
  #channels: number | undefined;

  constructor({ folder, caseIds, previousStageFolder, cacheBytes = DEFAULT_CACHE_BYTES }: PreparedSourceOptions) {
    this.caseIds = caseIds;
    this.#cases = new OpenCases(folder, caseIds);
    this.#previousFolder = previousStageFolder;
    this.#whole = new CaseCache(cacheBytes * 0.8);
    this.#locations = new CaseCache(cacheBytes * 0.1);
    this.#previous = new CaseCache(cacheBytes * 0.1);
  }

  get channels(): number {
    return this.#channels!;
  }

  async shapeOf(index: number): Promise<readonly number[]> {
    const known = this.#shapes[index];
    if (known) return known;
    const shape = await this.#cases.use(index, async (prepared) => prepared.shape);
    this.#channels ??= shape[0] - 1;
    if (shape[0] - 1 !== this.#channels) {
      throw new NnUNetError('bad-prepared-case', {
        where: this.caseIds[index],
        what: `has ${counted(shape[0] - 1, 'modality', 'modalities')}, but other cases have ${this.#channels}`,
        remedy: 'Preprocess the dataset again.',
      });
    }
    this.#shapes[index] = shape.slice(1);
    return this.#shapes[index]!;
  }

  async readBox(index: number, lower: readonly number[], upper: readonly number[]): Promise<PatchBox> {
    const shape = await this.shapeOf(index);
    const box = await this.#readChannels(index, shape, lower, upper);
    if (this.#previousFolder === undefined) return box;
    const previous = await this.#previousStage(index, shape);
    return { ...box, previous: cutChannels(previous, shape, lower, upper) };
  }

  async classLocations(index: number): Promise<LocationsByClass> {
    const bytes = await this.#cases.use(index, async ({ locationCounts }) =>
      Object.values(locationCounts ?? {}).reduce((sum, n) => sum + 12 * n, 0),
    );
    return this.#locations.get(index, bytes, async () => {
      const stored = await this.#cases.use(index, (prepared) => prepared.locations());
      if (stored) return locationsByLabel(stored);
      const shape = await this.shapeOf(index);
      return locateClasses((await this.#readChannels(index, shape, [0, 0, 0], shape)).seg, shape);
    });
  }

  close(): Promise<void> {
    return this.#cases.close();
  }

  async #readChannels(
    index: number,
    shape: readonly number[],
    lower: readonly number[],
    upper: readonly number[],
  ): Promise<PatchBox> {
    const size = shape.reduce((a, b) => a * b, 1);
    const bytes = size * (this.channels + 1) * 4;
    if (!this.#whole.has(index) && !this.#whole.fits(bytes)) {
      return split(await this.#cases.use(index, (prepared) => prepared.readBox(lower, upper)), this.channels);
    }
    const whole = await this.#whole.get(index, bytes, () =>
      this.#cases.use(index, (prepared) => prepared.readBox([0, 0, 0], shape)),
    );
    return cutBox(split(whole, this.channels), shape, lower, upper);
  }

  #previousStage(index: number, shape: readonly number[]): Promise<Uint8Array> {
    const size = shape.reduce((a, b) => a * b, 1);
    return this.#previous.get(index, size, async () => {
      const path = joinPath(this.#previousFolder!, nextStageFileName(this.caseIds[index]!));
      const found = (await this.#readPrevious(path)).get('data');
      if (found?.shape.join() === shape.join()) return Uint8Array.from(found.data as Uint8Array);
      throw new NnUNetError('bad-previous-stage', {
        where: path,
        what: found ? `shape ${found.shape.join(' x ')} instead of ${shape.join(' x ')}` : 'contains no array "data"',
        remedy: 'Run the validation of the 3d_lowres folds again; it writes these files.',
      });
    });
  }

  async #readPrevious(path: string): ReturnType<typeof readNpzFile> {
    try {
      return await readNpzFile(path);
    } catch (cause) {
      if (!isNnUNetError(cause, 'missing-file')) throw cause;
      throw new NnUNetError('no-previous-stage', {
        where: path,
        what: 'the segmentation of the previous stage is missing',
        remedy: 'Train all five folds of 3d_lowres first; their validation writes these files.',
        cause,
      });
    }
  }
}

/** Splits (modalities + 1, …) into modalities and labels. */
function split(values: Float32Array, channels: number): PatchBox {
  const size = values.length / (channels + 1);
  return { data: values.subarray(0, channels * size), seg: values.subarray(channels * size) };
}
