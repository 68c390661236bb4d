import type { Plans } from '@nnunet/schema';
import type { Triple, Volume } from '@nnunet/volume';
import fc from 'fast-check';
import { inverseOrder } from '../src/transpose.ts';

/** Axes of one voxel come often. */
const length = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 7 }));
export const shape = fc.tuple(length, length, length);
export const axisOrder = fc.constantFrom([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]);
export const seed = fc.integer({ min: 1, max: 2 ** 31 - 1 });
/** mm that float32 holds, as a header has them; with and without a ratio above three. */
const mm = fc.constantFrom(0.5, 0.75, 1, 1.5, 2, 3.75, 6);
export const spacing = fc.tuple(mm, mm, mm);
const place = fc.integer({ min: -4000, max: 4000 }).map((n) => n / 8);

/** The 48 ways to lay the axes of an image along those of the patient: ITK's direction matrix, row-major. */
export const direction = fc
  .tuple(axisOrder, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()))
  .map(([order, turned]) =>
    [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => (order[row] === column ? (turned[row] ? -1 : 1) : 0))),
  );

export const sizeOf = (axes: readonly number[]) => axes.reduce((a, b) => a * b, 1);

/** Values without a pattern, in [0, 1). */
export function scatter(count: number, from: number): Float64Array {
  const values = new Float64Array(count);
  for (let i = 0, state = from; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 32;
  }
  return values;
}

const LABELS = [0, 1, 2, 4];

export interface RandomCase {
  images: Volume[];
  labels: Volume<Uint8Array>;
}

/** One or two modalities, mostly zeros in some cases and none in others, and labels 0, 1, 2 and 4 anywhere. */
export const rawCase = fc
  .record({
    shape,
    spacing,
    origin: fc.tuple(place, place, place),
    direction,
    modalities: fc.constantFrom(1, 2),
    filled: fc.constantFrom(0.05, 0.3, 0.8, 1),
    seed,
  })
  .map(({ modalities, filled, seed, shape, ...placed }): RandomCase => {
    const n = sizeOf(shape);
    const geometry = { ...placed, shape: shape as Triple };
    const values = scatter(n * (2 * modalities + 1), seed);
    const images = Array.from({ length: modalities }, (_, c) => {
      const [chosen, value] = [values.subarray(2 * c * n), values.subarray((2 * c + 1) * n)];
      const data = Float32Array.from({ length: n }, (_, i) => (chosen[i]! < filled ? 1000 * value[i]! - 300 : 0));
      // a case of zeros alone is refused, and tested as such elsewhere
      if (data.every((v) => v === 0)) data[seed % n] = 7;
      return { ...geometry, data };
    });
    const data = Uint8Array.from(values.subarray(2 * modalities * n), (v) => LABELS[Math.floor(4 * v)]!);
    return { images, labels: { ...geometry, data } };
  });

export interface PlansChoice {
  transpose_forward: readonly number[];
  /** mm, network order */
  target: readonly number[];
  scheme: string;
  useMask: boolean;
  preprocessor: string;
}

/** The plans that a preprocessor reads, the rest as small as can be. */
export function plansFor(modalities: number, given: PlansChoice): Plans {
  const { transpose_forward, target, scheme, useMask, preprocessor } = given;
  const perModality = <T>(value: T) => Object.fromEntries(Array.from({ length: modalities }, (_, c) => [c, value]));
  const statistics = {
    median: 200,
    mean: 210,
    sd: 250,
    mn: -300,
    mx: 700,
    percentile_99_5: 690,
    percentile_00_5: -290,
  };
  return {
    num_stages: 1,
    num_modalities: modalities,
    modalities: perModality('CT'),
    normalization_schemes: perModality(scheme),
    use_mask_for_norm: perModality(useMask),
    dataset_properties: {
      all_sizes: [],
      all_spacings: [],
      all_classes: [1, 2, 4],
      modalities: perModality('CT'),
      intensityproperties: perModality({ local_props: {}, ...statistics }),
      size_reductions: {},
    },
    list_of_npz_files: [],
    original_spacings: [],
    original_sizes: [],
    preprocessed_data_folder: '',
    num_classes: 3,
    all_classes: [1, 2, 4],
    base_num_features: 32,
    keep_only_largest_region: null,
    min_region_size_per_class: null,
    min_size_per_class: null,
    transpose_forward: [...transpose_forward],
    transpose_backward: inverseOrder(transpose_forward),
    data_identifier: 'random',
    preprocessor_name: preprocessor,
    plans_per_stage: {
      0: {
        batch_size: 2,
        num_pool_per_axis: [1, 1, 1],
        patch_size: [4, 4, 4],
        median_patient_size_in_voxels: [4, 4, 4],
        current_spacing: [...target],
        original_spacing: [...target],
        do_dummy_2D_data_aug: false,
        pool_op_kernel_sizes: [[2, 2, 2]],
        conv_kernel_sizes: [[3, 3, 3]],
      },
    },
  };
}
