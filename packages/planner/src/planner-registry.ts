import { type NameAmong, Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import type { Fingerprint } from '@nnunet/schema';
import { ExperimentPlanner2D_v21 } from './planner-2d.ts';
import { ExperimentPlanner3D_v21 } from './planner-3d.ts';
import type { PlannerBase, PlannerOptions } from './planner-base.ts';
import { ExperimentPlanner3DFabiansResUNet_v21 } from './planner-residual.ts';
import * as variants from './planner-variants.ts';
import * as early from './planners-before-v21.ts';

/** A planner that can be made from a fingerprint. */
export type PlannerClass = new (fingerprint: Fingerprint, options?: PlannerOptions) => PlannerBase;

const shipped = {
  ExperimentPlanner3D_v21,
  ExperimentPlanner2D_v21,
  ExperimentPlanner3DFabiansResUNet_v21,
  ...variants,
  ...early,
};

/** Name of a planner: of a shipped one, or of yours. */
export type PlannerName = NameAmong<keyof typeof shipped>;

/** The shipped planners by v1's class names. With `with(MyPlanner)` yours is found beside them. */
export const shippedPlanners = new Registry<PlannerClass, keyof typeof shipped>(
  { noun: 'planner', unknown: 'unknown-planner', accepts: classWith('plan', 'planStage') },
  shipped,
);

/** What planners are found in: the shipped ones, and yours. */
export type Planners = typeof shippedPlanners;

/**
 * The shipped planner that makes plans of an identifier (v1's `-p`, with `_gpu4GB` for another memory target), ready to
 * plan a fingerprint. Null for plans of a planner of one's own and for plans taken over from another task.
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
