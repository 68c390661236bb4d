import type { Fingerprint, Plans } from '@nnunet/schema';
import type { PlannerBase, PlannerOptions } from './planner-base.ts';
import { type PlannerClass, plannerByName } from './planner-registry.ts';

export interface PlanExperimentOptions extends PlannerOptions {
  /** Class name of a shipped planner or of one of `plugins`, or the class. Default `ExperimentPlanner3D_v21`. */
  planner?: string | PlannerClass;
  /** Planner classes of your own, found by their names like the shipped ones. */
  plugins?: Iterable<PlannerClass>;
}

/** The planner for a fingerprint: for callers that need its file names beside its plans. */
export function createPlanner(fingerprint: Fingerprint, options: PlanExperimentOptions = {}): PlannerBase {
  const { planner = 'ExperimentPlanner3D_v21', plugins = [], ...rest } = options;
  const Planner = typeof planner === 'string' ? plannerByName(planner, plugins) : planner;
  return new Planner(fingerprint, rest);
}

/**
 * Plans an experiment: what to resample to, how to normalise, and patch, batch and network of each stage.
 *
 * Throws 'unknown-planner', 'bad-fingerprint' or 'memory-target-too-small'.
 */
export function planExperiment(fingerprint: Fingerprint, options: PlanExperimentOptions = {}): Plans {
  return createPlanner(fingerprint, options).plan();
}
