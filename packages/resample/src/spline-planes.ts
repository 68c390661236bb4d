import { MARGIN } from './axis-kernel.ts';
import type { FloatArray } from './image-shape.ts';
import { KernelMemory, type PlaneKernels } from './plane-kernels.ts';

/** Planes after which a recursion has forgotten where it started: 0.27^28 is below float64's rounding. */
const FADING = 28;

/** Planes filtered at once, at least: more than a start in the middle of a volume needs before its first one. */
const LEAST_PLANES = 40;

/** Planes before those filtered at once that can still be asked for. */
const KEPT = 3;

/**
 * Cubic B-spline coefficients along the first axis of a volume (without the gain), plane by plane: plane `at` lies
 * `at` − MARGIN planes from the first sample. Beyond its ends a line keeps its end value for ever: SciPy pads 12 such
 * samples and reflects there, which is the same to 1e-14.
 *
 * A number of planes at a time is folded towards the start, beginning as many planes later as the recursion needs to
 * settle; they are unfolded towards the end as they are asked for. Ascending planes are fast.
 */
export class SplinePlanes {
  readonly #run: PlaneKernels;
  readonly #samples: number;
  readonly #size: number;
  /** KEPT planes, those filtered at once, the state of folding and a sample plane. */
  readonly #rows: Float64Array[];
  readonly #room: number;
  #source: FloatArray = new Float64Array(0);
  #end = 0;
  /** First plane that can be given. */
  #low = 0;
  /** Planes [from, to) are folded, those before `done` unfolded. */
  #from = 0;
  #done = 0;
  #to = 0;

  /** @param bytes for coefficients; at least 45 planes are held */
  constructor(memory: KernelMemory, samples: number, planeSize: number, bytes: number) {
    this.#run = memory.run;
    this.#samples = samples;
    this.#size = planeSize;
    const rows = heldPlanes(samples, planeSize, bytes);
    this.#rows = Array.from({ length: rows }, () => memory.float64(planeSize));
    this.#room = rows - KEPT - 2;
  }

  /** Bytes of a KernelMemory that are taken. */
  static bytes(samples: number, planeSize: number, bytes: number): number {
    return heldPlanes(samples, planeSize, bytes) * KernelMemory.bytesOf(planeSize);
  }

  /**
   * Turns to a volume.
   * @param end plane from which on none will be asked for
   */
  use(source: FloatArray, end: number): void {
    this.#source = source;
    this.#end = end;
    this.#low = 0;
    this.#from = 0;
    this.#done = 0;
    this.#to = 0;
  }

  /** Address of a plane; with those of the three before it, if they were asked for, valid until a later one is. */
  plane(at: number): number {
    if (this.#to === 0 || at < this.#low || at >= this.#to + this.#room) this.#start(at);
    while (at >= this.#to) this.#goOn();
    this.#unfold(at + 1);
    return this.#row(at).byteOffset;
  }

  /** Filters from the start, or from as many planes before `at` as the recursion needs to settle. */
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

  /** Filters the planes after those filtered last. */
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
