import type { PlannerClassV2 } from './plan-experiment-v2.ts';
import type { PlannerOptionsV2 } from './planner-v2.ts';

/**
 * Returns the name of the plans that a planner of v2 makes, whatever the dataset.
 *
 * @throws NnUNetError 'usage' for options that it refuses
 */
export function plansNameOfV2(Planner: PlannerClassV2, options: PlannerOptionsV2 = {}): string {
  const nothing = {
    foreground_intensity_properties_per_channel: {},
    median_relative_size_after_cropping: 1,
    shapes_after_crop: [],
    spacings: [],
  };
  const dataset = { name: '', channelNames: [], labelEntries: 0, numTraining: 0, imageReader: '' };
  const planner = new Planner(nothing, dataset, options);
  return options.plansName ?? planner.plansName;
}
