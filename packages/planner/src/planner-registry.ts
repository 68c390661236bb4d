import { type NameAmong, Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import type { Fingerprint } from '@nnunet/schema';
import { ExperimentPlanner2D_v21 } from './planner-2d.ts';
import { ExperimentPlanner3D_v21 } from './planner-3d.ts';
import type { PlannerBase, PlannerOptions } from './planner-base.ts';
import { ExperimentPlanner3DFabiansResUNet_v21 } from './planner-residual.ts';
import * as variants from './planner-variants.ts';
import * as early from './planners-before-v21.ts';

/** A planner class, instantiated with a fingerprint. */
export interface PlannerClass {
  new (fingerprint: Fingerprint, options?: PlannerOptions): PlannerBase;
  /** Whether the fingerprint must contain foreground intensities of every modality. Default: only if one is CT. */
  collectsIntensities?: boolean;
}

const shipped = {
  ExperimentPlanner3D_v21,
  ExperimentPlanner2D_v21,
  ExperimentPlanner3DFabiansResUNet_v21,
  ...variants,
  ...early,
};

/** Name of a planner: a shipped one or your own. */
export type PlannerName = NameAmong<keyof typeof shipped>;

/** The shipped planners by v1's class names. `with(MyPlanner)` adds your own. */
export const shippedPlanners = new Registry<PlannerClass, keyof typeof shipped>(
  { noun: 'planner', unknown: 'unknown-planner', ...classWith('plan', 'planStage') },
  shipped,
);

/** A registry of planners: the shipped ones and your own. */
export type Planners = typeof shippedPlanners;

/**
 * Creates the shipped planner that makes plans with an identifier (v1's `-p`, with `_gpu4GB` for a different memory
 * target), for a fingerprint. Returns null for plans of a custom planner and for plans adopted from another task.
 */
export function plannerOfIdentifier(
  identifier: string,
  dimensions: '2D' | '3D',
  fingerprint: Fingerprint,
  options: PlannerOptions = {},
): PlannerBase | null {
  const [, name, target] = /^(.*?)(?:_gpu([\d.]+)GB)?$/.exec(identifier)!;
  for (const Planner of Object.values<PlannerClass>(shipped)) {
    const planner = new Planner(fingerprint, {
      ...options,
      ...(target === undefined ? {} : { gpuMemoryTarget: Number(target) }),
    });
    if (planner.plansIdentifier === name && planner.dimensions === dimensions) return planner;
  }
  return null;
}

/** The smallest task. */
const SOME_TASK: Fingerprint = {
  all_sizes: [[1, 1, 1]],
  all_spacings: [[1, 1, 1]],
  all_classes: [1],
  modalities: { 0: 'MRI' },
  intensityproperties: null,
  size_reductions: { 0: 1 },
};

/** Returns the identifier of the plans that a planner makes (v1's `-p`): the same for every task. */
export function plansIdentifierOf(Planner: PlannerClass, options: PlannerOptions = {}): string {
  return new Planner(SOME_TASK, options).fullPlansIdentifier;
}
