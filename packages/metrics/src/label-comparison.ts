import type { Confusion, LabelNumbers } from './confusion.ts';
import { type SurfaceDistances, surfaceDistances } from './surface-distance.ts';

type Triple = readonly [number, number, number];

export interface ComparedMaps {
  test: LabelNumbers;
  reference: LabelNumbers;
  /** (z, y, x) */
  shape: Triple;
  /** mm, (z, y, x) */
  spacing: Triple;
}

/** One label of a prediction (`test`) and its reference. Masks and distances are computed when first asked for. */
export class LabelComparison {
  readonly label: number;
  /** Voxels of the label in both, in one only, and in none. */
  readonly counts: Confusion;
  readonly #maps: ComparedMaps;
  #test: Uint8Array | undefined;
  #reference: Uint8Array | undefined;
  #distances: SurfaceDistances | null | undefined;

  constructor(label: number, counts: Confusion, maps: ComparedMaps) {
    this.label = label;
    this.counts = counts;
    this.#maps = maps;
  }

  /** (z, y, x) */
  get shape(): Triple {
    return this.#maps.shape;
  }

  /** mm, (z, y, x) */
  get spacing(): Triple {
    return this.#maps.spacing;
  }

  /** 1 where the prediction has the label, 0 elsewhere; (z, y, x). */
  get test(): Uint8Array {
    this.#test ??= maskOf(this.#maps.test, this.label);
    return this.#test;
  }

  /** 1 where the reference has the label, 0 elsewhere; (z, y, x). */
  get reference(): Uint8Array {
    this.#reference ??= maskOf(this.#maps.reference, this.label);
    return this.#reference;
  }

  /** Distances between the surfaces in mm; null if a mask is empty or fills the whole image. */
  get distances(): SurfaceDistances | null {
    if (this.#distances === undefined) this.#distances = surfaceDistances(this);
    return this.#distances;
  }
}

function maskOf(map: LabelNumbers, label: number): Uint8Array {
  const mask = new Uint8Array(map.length);
  for (let i = 0; i < map.length; i++) if (map[i] === label) mask[i] = 1;
  return mask;
}
