import { NnUNetError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import type { Fingerprint } from '@nnunet/schema';
import { ExperimentPlanner2D_v21 } from './planner-2d.ts';
import { ExperimentPlanner3D_v21 } from './planner-3d.ts';
import type { PlannerBase, PlannerOptions } from './planner-base.ts';
import { ExperimentPlanner3DFabiansResUNet_v21 } from './planner-residual.ts';
import * as variants from './planner-variants.ts';
import * as early from './planners-before-v21.ts';

/** A planner that can be made from a fingerprint. */
export type PlannerClass = new (fingerprint: Fingerprint, options?: PlannerOptions) => PlannerBase;

const shipped: Record<string, PlannerClass> = {
  ExperimentPlanner3D_v21,
  ExperimentPlanner2D_v21,
  ExperimentPlanner3DFabiansResUNet_v21,
  ...variants,
  ...early,
};

/** Names of the shipped planners, v1's class names. */
export function plannerNames(): string[] {
  return Object.keys(shipped);
}

/**
 * The planner class of a name, among the shipped ones and your own. Throws 'unknown-planner', or 'name-taken' where
 * one of your classes is called like a shipped one.
 */
export function plannerByName(name: string, plugins: Iterable<PlannerClass> = []): PlannerClass {
  const known = new Map(Object.entries(shipped));
  for (const plugin of plugins) {
    const other = known.get(plugin.name);
    if (other !== undefined && other !== plugin) {
      throw new NnUNetError('name-taken', {
        what: `a planner called ${plugin.name} exists already`,
        remedy: 'Give your planner class a name of its own.',
      });
    }
    known.set(plugin.name, plugin);
  }
  const found = known.get(name);
  if (found !== undefined) return found;
  throw new NnUNetError('unknown-planner', {
    what: `there is no planner called ${name}`,
    remedy: nearestNames(name, [...known.keys()], 'Others come from a plug-in.'),
  });
}

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
  for (const Planner of Object.values(shipped)) {
    const planner = new Planner(fingerprint, {
      ...options,
      ...(target === undefined ? {} : { gpuMemoryTarget: Number(target) }),
    });
    if (planner.plansIdentifier === name && planner.dimensions === dimensions) return planner;
  }
  return null;
}
