import { NnUNetError } from '@nnunet/errors';
import { type PlannerClass, plannerByName, plannerNames } from '@nnunet/planner';
import { loadPreprocessors } from '@nnunet/preprocess/node/internal';
import { importPlugin } from './import-plugin.ts';

/**
 * Imports modules of the user's own (`--plugin ./mine.mjs`): gives the planner classes that they export (classes with
 * methods `plan` and `planStage`) and makes their preprocessors known by name. Threads import the same paths again.
 *
 * @throws NnUNetError 'bad-plugin' for a module that cannot be imported, 'name-taken' or 'usage' where a class is called
 * like one that exists
 */
export async function loadPlanners(paths: readonly string[]): Promise<PlannerClass[]> {
  const planners = new Map<string, PlannerClass>();
  for (const path of paths) {
    const exported = await importPlugin(path);
    for (const value of Object.values(exported)) {
      if (!isPlanner(value)) continue;
      const other = planners.get(value.name);
      if (other !== undefined && other !== value) {
        throw new NnUNetError('name-taken', {
          what: `two plug-ins export a planner called ${value.name}`,
          where: path,
          remedy: 'Give your planner class a name of its own.',
        });
      }
      planners.set(value.name, value);
    }
  }
  const classes = [...planners.values()];
  // Looking up any name compares all of them with the shipped ones.
  plannerByName(plannerNames()[0]!, classes);
  await loadPreprocessors(paths);
  return classes;
}

function isPlanner(value: unknown): value is PlannerClass {
  return (
    typeof value === 'function' &&
    typeof value.prototype?.plan === 'function' &&
    typeof value.prototype.planStage === 'function'
  );
}
