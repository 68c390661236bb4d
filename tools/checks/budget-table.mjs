/** Processor time that `import('@nnunet/planner')` may take, ms. */
export const importBudget = 50;

/** What a package's root may weigh with all that it imports, minified and gzipped, kB. Those that are left out need Node. */
export const sizeBudgets = {
  augment: 27.5,
  autodiff: 30,
  dataset: 4.2,
  ensemble: 2.5,
  errors: 6,
  fingerprint: 2,
  formats: 5,
  inference: 18,
  metrics: 10,
  morphology: 2.5,
  network: 31.5,
  pickle: 9,
  planner: 10,
  plot: 15,
  postprocess: 12,
  preprocess: 22,
  resample: 8.5,
  schema: 9.2,
  tensor: 13.5,
  threads: 1,
  'torch-checkpoint': 13,
  trainer: 42.5,
  volume: 14.5,
};
