import type { PathVariables } from '@nnunet/dataset/node';
import type { PlannerName } from '@nnunet/planner';
import type { PlannerNameV2 } from '@nnunet/planner/v2';
import type { Roots } from '@nnunet/schema';
import type { CheckOptions } from './check-raw-dataset.ts';
import type { Extensions } from './extensions.ts';
import type { Reporter } from './reporter.ts';

export interface PlanAndPreprocessOptions extends CheckOptions {
  roots: Roots;
  /** Ids or names of tasks of v1 and of datasets of nnU-Net v2. */
  taskIds: readonly (string | number)[];
  /**
   * Name of a planner class; null for no 3D plans. For a dataset of v2, of a planner of v2, which plans 2D too (v1's default
   * stands for v2's default); null prepares no 3D data.
   */
  planner3d: PlannerName | PlannerNameV2 | null;
  /** Name of a planner class; null for no 2D plans, or for a dataset of v2 no 2D data. */
  planner2d: PlannerName | null;
  /** If false, only plan. */
  preprocess: boolean;
  /** Threads for the low-resolution stage. */
  workersLowres: number;
  /** Threads for everything else. */
  workersFullres: number;
  /** Compare the geometry of images by v1's rule, number by number, instead of by the distance between voxels. */
  strictGeometry?: boolean;
  /** Where planners, preprocessors, normalisation schemes, formats and architectures are looked up. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'planners' | 'preprocessors' | 'normalizations' | 'formats'> &
    Partial<Pick<Extensions, 'architectures' | 'plannersV2'>>;
  /** GB of GPU memory to plan for; plans and data then get an identifier of their own, `…_gpu4GB`. */
  gpuMemoryTarget?: number;
  /** Plan a low-resolution stage if the median case has at least this many times the voxels of a patch. Default: 4. */
  howMuchOfAPatient?: number;
  /** Another task's plans to adopt for 3D; requires planner3d {@link PRETRAINED_PLANNER}. */
  overwritePlans?: { file: string; identifier: string };
  /** Variables that paths in a dataset.json of v2 may name. */
  variables?: PathVariables;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** Tells what has been planned. `spacing`: mm. */
export function plannedInWords(
  name: string,
  planned: { patch_size: readonly number[]; batch_size: number; spacing: readonly number[] },
): string {
  const spacing = planned.spacing.map((mm) => Number(mm.toPrecision(4))).join(' x ');
  return `planned ${name}: patch ${planned.patch_size.join(' x ')}, batch ${planned.batch_size}, spacing ${spacing} mm`;
}

/** Plans and prepares one task; returns its preprocessed folder. */
export type Preparation = (task: string, options: PlanAndPreprocessOptions) => Promise<string>;

/** How the rules of one nnU-Net, v1 or v2, plan and prepare tasks. */
export interface PreparationRules {
  /** For messages: `nnU-Net v1`. */
  name: string;
  /** Looks up all that the options name, before the first task is touched. */
  preparation(options: PlanAndPreprocessOptions): Promise<Preparation>;
}
