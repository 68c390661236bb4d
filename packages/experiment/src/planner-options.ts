/** The options of nnUNet_plan_and_preprocess that name a planner, by dimensions, and the planner without them. */
export const PLANNER_OPTIONS = {
  '2D': { flags: ['-pl2d', '--planner2d'], usual: 'ExperimentPlanner2D_v21', option: 'planner2d' },
  '3D': { flags: ['-pl3d', '--planner3d'], usual: 'ExperimentPlanner3D_v21', option: 'planner3d' },
} as const;
