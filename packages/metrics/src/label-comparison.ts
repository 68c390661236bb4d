import type { Box } from '@nnunet/morphology';
import { copyBox } from '@nnunet/tensor/internal';
import type { Confusion, LabelNumbers } from './confusion.ts';
import { type Lesion, matchLesions } from './lesions.ts';
import { type SurfaceDistances, surfaceDistances } from './surface-distance.ts';

type Triple = readonly [number, number, number];

export interface ComparedMaps {
  test: LabelNumbers;
  reference: LabelNumbers;
  /** (z, y, x) */
  shape: Triple;
  /** mm, (z, y, x) */
  spacing: Triple;
  /** Smallest box around each label in either map. */
  boxes: () => ReadonlyMap<number, Box>;
}

/** How far NSD and lesions may be off; see `EvaluateCaseOptions`. */
export interface Allowances {
  tolerance: number;
  lesionIoU: number;
}

/** Two masks within the smallest box around both. */
export interface CroppedMasks {
  test: Uint8Array;
  reference: Uint8Array;
  /** Size of the box, (z, y, x). */
  shape: Triple;
  /** First voxel of the box in the image, (z, y, x). */
  corner: Triple;
}

/** One label of a prediction (`test`) and its reference. Masks and distances are computed when first asked for. */
export class LabelComparison {
  readonly label: number;
  /** Voxels of the label in both, in one only, and in none. */
  readonly counts: Confusion;
  /** How far a surface may lie from the other to count as right in NSD, in mm. */
  readonly tolerance: number;
  readonly #lesionIoU: number;
  readonly #maps: ComparedMaps;
  #test: Uint8Array | undefined;
  #reference: Uint8Array | undefined;
  #cropped: CroppedMasks | undefined;
  #distances: SurfaceDistances | null | undefined;
  #lesions: Lesion[] | undefined;

  constructor(label: number, counts: Confusion, maps: ComparedMaps, { tolerance, lesionIoU }: Allowances) {
    this.label = label;
    this.counts = counts;
    this.tolerance = tolerance;
    this.#lesionIoU = lesionIoU;
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

  /** Both masks within the smallest box around them, which is quicker to work on; of no voxels if both are empty. */
  get cropped(): CroppedMasks {
    if (this.#cropped === undefined) {
      const { test, reference, shape, boxes } = this.#maps;
      const box = boxes().get(this.label) ?? [[0, 0], [0, 0], [0, 0]]; // biome-ignore format: a row
      const within = (map: LabelNumbers) => maskOf(copyBox(map, shape, box), this.label);
      this.#cropped = {
        test: within(test),
        reference: within(reference),
        shape: box.map(([low, high]) => high - low) as [number, number, number],
        corner: box.map(([low]) => low) as [number, number, number],
      };
    }
    return this.#cropped;
  }

  /** Distances between the surfaces in mm; null if a mask is empty or fills the whole image, where v1 has NaN. */
  get distances(): SurfaceDistances | null {
    if (this.#distances === undefined) {
      const { tp, fp, tn, fn } = this.counts;
      const usual = tp + fp > 0 && tp + fn > 0 && tn + fn > 0 && tn + fp > 0;
      this.#distances = usual ? surfaceDistances({ ...this.cropped, image: this.shape, spacing: this.spacing }) : null;
    }
    return this.#distances;
  }

  /** The connected components of both masks and how they match. */
  get lesions(): readonly Lesion[] {
    this.#lesions ??= matchLesions(this.cropped, { spacing: this.spacing, iou: this.#lesionIoU });
    return this.#lesions;
  }
}

function maskOf(map: LabelNumbers, label: number): Uint8Array {
  const mask = new Uint8Array(map.length);
  for (let i = 0; i < map.length; i++) if (map[i] === label) mask[i] = 1;
  return mask;
}
