import { LinearTiles } from '@nnunet/resample/internal';
import type { Tensor } from '@nnunet/tensor';
import { TILE_PLANES, TileBands, tileBytes } from './decide-by-tiles.ts';
import { type RestoreProperties, restoreGeometry } from './restore-geometry.ts';
import {
  emptyImage,
  type LabelImage,
  placer,
  type RestoreLabelsOptions,
  resamplingOf,
  restoreLabels,
  restoreMemory,
} from './restore-labels.ts';
import { requireMemory } from './restore-memory.ts';
import { type LabelSink, resampleOptions, type Softmax, type SoftmaxResampling } from './softmax.ts';
import type { TileRule } from './tile-labels.ts';

/** Converts scores to labels as they arrive, a few planes at a time, along the first network axis. */
export interface LabelStream<L extends Uint8Array | Uint16Array = Uint8Array> {
  /** @param planes scores of the next planes, (classes, count, y, x); the caller may reuse the array afterwards */
  push(planes: Float32Array, count: number): void;
  /** Returns the labels of the whole image once all planes have been pushed. */
  finish(): Tensor<L>;
}

/** A label stream and its memory requirements. */
export interface PlannedLabelStream<L extends Uint8Array | Uint16Array = Uint8Array> {
  /** Peak memory in bytes, including the result. */
  bytes: number;
  /** Whether probabilities are released as the stream proceeds. Splines need all of them. */
  streams: boolean;
  open(): LabelStream<L>;
}

/**
 * Plans {@link restoreLabels} for probabilities that arrive plane by plane. The labels are the same, but the
 * probabilities of the whole image are never held in memory.
 *
 * @param shape (classes, z, y, x) of all probabilities, network order
 * @throws NnUNetError 'memory-limit' if `maxMemory` is too small, 'bad-case-properties'
 */
export function planLabelStream(
  shape: readonly number[],
  properties: RestoreProperties,
  options: RestoreLabelsOptions,
): PlannedLabelStream {
  const geometry = restoreGeometry(shape.slice(1), properties, options);
  const { imageShape } = geometry;
  const { regionClassOrder = null, maxMemory } = options;
  const resampling = resamplingOf(geometry);
  const resultBytes = imageShape[0] * imageShape[1] * imageShape[2];
  if (!LinearTiles.possible(resampleOptions(shape, resampling))) return collectAll(shape, properties, options);
  const classes = regionClassOrder === null ? shape[0]! : Math.min(shape[0]!, regionClassOrder.length);
  const rule = { regionClassOrder, logits: null };
  const make = (n: number) => new Uint8Array(n);
  const plan = planWindow({ shape, resampling, classes, rule, make, resultBytes, maxMemory });
  return {
    bytes: plan.bytes,
    streams: true,
    open() {
      const image: LabelImage = emptyImage(geometry);
      const stream = plan.open(placer(geometry, image.data));
      return {
        push: (planes, count) => stream.push(planes, count),
        finish() {
          stream.finish();
          return image;
        },
      };
    },
  };
}

export interface WindowRequest<L extends Uint8Array | Uint16Array> {
  /** (classes, z, y, x) of all scores. */
  shape: readonly number[];
  resampling: SoftmaxResampling;
  /** Number of channels that are compared. */
  classes: number;
  rule: TileRule;
  make: (n: number) => L;
  resultBytes: number;
  maxMemory: number | undefined;
}

/** Chooses how many output planes to decide at a time so that their input fits in memory. */
export function planWindow<L extends Uint8Array | Uint16Array>(request: WindowRequest<L>) {
  const { shape, resampling, classes, rule, make, resultBytes, maxMemory = Number.POSITIVE_INFINITY } = request;
  const options = resampleOptions(shape, resampling);
  const tiles = new LinearTiles(options);
  const [planes, rows, columns] = resampling.newShape;
  const bytesOf = (band: number) => {
    const inputs = 4 * classes * inputPlanesOf(tiles, planes, band) * shape[2]! * shape[3]!;
    return resultBytes + tileBytes(options) + band * rows * columns * make(0).BYTES_PER_ELEMENT + inputs;
  };
  let band = Math.min(TILE_PLANES, planes);
  while (band > 1 && bytesOf(band) > maxMemory) band = Math.ceil(band / 2);
  const bytes = bytesOf(band);
  requireMemory(bytes, maxMemory);
  return {
    bytes,
    open(sink: LabelSink<L>): WindowedLabels<L> {
      const bands = new TileBands(options, rule, { planes: band, make });
      const capacity = inputPlanesOf(tiles, planes, band);
      return new WindowedLabels(bands, { shape, planes, band, capacity, classes }, sink);
    },
  };
}

/** Largest number of input planes needed by any band of output planes. */
function inputPlanesOf(tiles: LinearTiles, planes: number, band: number): number {
  let most = 0;
  for (let first = 0; first < planes; first += band) {
    const [low, high] = tiles.inputPlanes(first, Math.min(planes, first + band));
    most = Math.max(most, high - low);
  }
  return most;
}

interface WindowSizes {
  shape: readonly number[];
  /** Number of output planes, and how many are decided at a time. */
  planes: number;
  band: number;
  /** Number of input planes held. */
  capacity: number;
  classes: number;
}

/** Holds the input planes needed for the next band of output planes. */
class WindowedLabels<L extends Uint8Array | Uint16Array> {
  readonly #bands: TileBands<L>;
  readonly #sizes: WindowSizes;
  readonly #sink: LabelSink<L>;
  readonly #channels: Float32Array[];
  readonly #plane: number;
  /** Range of input planes held, [base, end). */
  #base = 0;
  #end = 0;
  /** First undecided output plane. */
  #next = 0;

  constructor(bands: TileBands<L>, sizes: WindowSizes, sink: LabelSink<L>) {
    this.#bands = bands;
    this.#sizes = sizes;
    this.#sink = sink;
    const { shape, capacity, classes } = sizes;
    this.#plane = shape[2]! * shape[3]!;
    this.#channels = Array.from({ length: classes }, () => new Float32Array(capacity * this.#plane));
  }

  push(planes: Float32Array, count: number): void {
    const size = this.#plane;
    for (let taken = 0; taken < count; ) {
      const [low] = this.#needed();
      this.#dropBefore(low);
      // Planes that no output plane depends on, where the image shrinks.
      const skip = Math.min(count - taken, Math.max(0, low - this.#end));
      if (skip > 0) {
        this.#end += skip;
        this.#base = this.#end;
        taken += skip;
        continue;
      }
      const n = Math.min(count - taken, this.#sizes.capacity - (this.#end - this.#base));
      for (const [c, channel] of this.#channels.entries()) {
        const from = (c * count + taken) * size;
        channel.set(planes.subarray(from, from + n * size), (this.#end - this.#base) * size);
      }
      this.#end += n;
      taken += n;
      this.#decide();
    }
  }

  /** @throws RangeError if planes are missing */
  finish(): void {
    if (this.#next < this.#sizes.planes)
      throw new RangeError(`${this.#end} planes were given, but ${this.#sizes.shape[1]} are needed`);
  }

  /** Input planes needed for the next band; empty once everything is decided. */
  #needed(): [number, number] {
    const { planes, band } = this.#sizes;
    if (this.#next >= planes) return [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    return this.#bands.inputPlanes(this.#next, Math.min(planes, this.#next + band));
  }

  #decide(): void {
    while (this.#needed()[1] <= this.#end) {
      const first = this.#next;
      this.#next = Math.min(this.#sizes.planes, first + this.#sizes.band);
      this.#bands.decide(this.#channels, { first, end: this.#next, base: this.#base }, this.#sink);
    }
  }

  #dropBefore(low: number): void {
    const dropped = Math.min(low, this.#end) - this.#base;
    if (dropped <= 0) return;
    const size = this.#plane;
    for (const channel of this.#channels) channel.copyWithin(0, dropped * size, (this.#end - this.#base) * size);
    this.#base += dropped;
  }
}

/** A stream that keeps all planes, for cases that cannot be decided plane by plane. */
export function collect<L extends Uint8Array | Uint16Array>(
  shape: readonly number[],
  maxMemory: number | undefined,
  restoreBytes: number,
  restore: (softmax: Softmax) => Tensor<L>,
): PlannedLabelStream<L> {
  const [classes, planes, rows, columns] = shape as [number, number, number, number];
  const voxels = planes * rows * columns;
  const bytes = 4 * classes * voxels + restoreBytes;
  requireMemory(bytes, maxMemory);
  return {
    bytes,
    streams: false,
    open() {
      const data = new Float32Array(classes * voxels);
      const size = rows * columns;
      let at = 0;
      return {
        push(given, count) {
          for (let c = 0; c < classes; c++)
            data.set(given.subarray(c * count * size, (c + 1) * count * size), c * voxels + at * size);
          at += count;
        },
        finish: () => restore({ data, shape: [...shape] }),
      };
    },
  };
}

/** For splines: keeps all probabilities and leaves the rest of the limit for restoring. */
function collectAll(
  shape: readonly number[],
  properties: RestoreProperties,
  options: RestoreLabelsOptions,
): PlannedLabelStream {
  const softmaxBytes = 4 * shape.reduce((a, b) => a * b, 1);
  const { maxMemory } = options;
  requireMemory(softmaxBytes, maxMemory);
  const rest = maxMemory === undefined ? options : { ...options, maxMemory: maxMemory - softmaxBytes };
  return collect(shape, maxMemory, restoreMemory(shape, properties, rest), (softmax) =>
    restoreLabels(softmax, properties, rest),
  );
}
