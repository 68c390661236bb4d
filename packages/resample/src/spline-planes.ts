import { MARGIN } from './axis-kernel.ts';
import type { FloatArray } from './image-shape.ts';
import { KernelMemory, type PlaneKernels } from './plane-kernels.ts';

/**
 * Number of planes after which a recursion no longer depends on where it started: 0.27^28 is below float64's rounding.
 */
const FADING = 28;

/**
 * Minimum number of planes filtered at a time: more than the recursion needs to settle when it starts in the middle of
 * a volume.
 */
const LEAST_PLANES = 40;

/** Number of planes before the current batch that can still be requested. */
const KEPT = 3;

/**
 * Cubic B-spline coefficients along the first axis of a volume (without the gain), plane by plane: plane `at` lies `at`
 * − MARGIN planes from the first sample. Beyond its ends, a line is extended with its end value; SciPy pads 12 such
 * samples and reflects there, which agrees to 1e-14.
 *
 * The backward recursion runs over several planes at a time, starting as many planes later as it needs to settle; the
 * forward recursion follows on request. Ascending access is fast.
 */
export class SplinePlanes {
  readonly #run: PlaneKernels;
  readonly #samples: number;
  readonly #size: number;
  /** KEPT planes, the current batch, the recursion state and a sample plane. */
  readonly #rows: Float64Array[];
  readonly #room: number;
  #source: FloatArray = new Float64Array(0);
  #end = 0;
  /** First plane that is still available. */
  #low = 0;
  /** Planes [from, to) are folded, those before `done` unfolded. */
  #from = 0;
  #done = 0;
  #to = 0;

  /** @param bytes bytes of coefficients; at least 45 planes are held */
  constructor(memory: KernelMemory, samples: number, planeSize: number, bytes: number) {
    this.#run = memory.run;
    this.#samples = samples;
    this.#size = planeSize;
    const rows = heldPlanes(samples, planeSize, bytes);
    this.#rows = Array.from({ length: rows }, () => memory.float64(planeSize));
    this.#room = rows - KEPT - 2;
  }

  /** Bytes used of a KernelMemory. */
  static bytes(samples: number, planeSize: number, bytes: number): number {
    return heldPlanes(samples, planeSize, bytes) * KernelMemory.bytesOf(planeSize);
  }

  /**
   * Selects a volume.
   * @param end planes from here on will not be requested
   */
  use(source: FloatArray, end: number): void {
    this.#source = source;
    this.#end = end;
    this.#low = 0;
    this.#from = 0;
    this.#done = 0;
    this.#to = 0;
  }

  /**
   * Returns the address of a plane. It and the three planes before it, if they were requested, stay valid until a later
   * one is requested.
   */
  plane(at: number): number {
    if (this.#to === 0 || at < this.#low || at >= this.#to + this.#room) this.#start(at);
    while (at >= this.#to) this.#goOn();
    this.#unfold(at + 1);
    return this.#row(at).byteOffset;
  }

  /** Starts filtering at the first plane, or as many planes before `at` as the recursion needs to settle. */
  #start(at: number): void {
    const from = Math.max(0, at - FADING - MARGIN);
    this.#low = from === 0 ? 0 : at;
    this.#from = from;
    this.#to = Math.min(this.#end, from + this.#room);
    this.#fold(from + MARGIN);
    const sample = this.#rows.at(-1)!;
    this.#load(sample, from);
    const [before, , first] = [from, from + 1, from + MARGIN].map((row) => this.#row(row).byteOffset);
    this.#run.unfoldStart(before!, (first! - before!) / MARGIN, sample.byteOffset, this.#size);
    this.#done = from + MARGIN + 1;
  }

  /** Filters the next batch of planes. */
  #goOn(): void {
    this.#unfold(this.#to);
    for (let i = 0; i < KEPT; i++) this.#rows[i]!.set(this.#row(this.#to - KEPT + i));
    this.#low = Math.max(this.#low, this.#to - KEPT);
    this.#from = this.#to;
    this.#to = Math.min(this.#end, this.#from + this.#room);
    this.#fold(this.#from);
  }

  /** First recursion, for planes [first, to). */
  #fold(first: number): void {
    const { fold, foldEnd } = this.#run;
    const [state, sample] = this.#rows.slice(-2) as [Float64Array, Float64Array];
    const lastSample = this.#samples - 1 + MARGIN;
    let at = Math.min(lastSample, this.#to - 1 + FADING);
    let after = state.byteOffset;
    if (at >= this.#to) {
      this.#load(sample, at - MARGIN);
      foldEnd(after, sample.byteOffset, this.#size);
      for (at--; at >= this.#to; at--) {
        this.#load(sample, at - MARGIN);
        fold(after, sample.byteOffset, after, this.#size);
      }
    }
    for (at = this.#to - 1; at >= first; at--) {
      const row = this.#row(at);
      this.#load(row, Math.min(at, lastSample) - MARGIN);
      if (at >= lastSample) foldEnd(row.byteOffset, row.byteOffset, this.#size);
      else fold(row.byteOffset, row.byteOffset, after, this.#size);
      after = row.byteOffset;
    }
  }

  /** Second recursion, up to plane `end`. */
  #unfold(end: number): void {
    for (; this.#done < end; this.#done++) {
      this.#run.unfold(this.#row(this.#done).byteOffset, this.#row(this.#done - 1).byteOffset, this.#size);
    }
  }

  #load(row: Float64Array, sample: number): void {
    row.set(this.#source.subarray(sample * this.#size, (sample + 1) * this.#size));
  }

  #row(at: number): Float64Array {
    return this.#rows[at - this.#from + KEPT]!;
  }
}

function heldPlanes(samples: number, planeSize: number, bytes: number): number {
  const fits = Math.floor(bytes / KernelMemory.bytesOf(planeSize));
  return KEPT + Math.min(samples + 2 * MARGIN, Math.max(LEAST_PLANES, fits - KEPT - 2)) + 2;
}
