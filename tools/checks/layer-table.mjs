// Which package lies on which layer. An import points to a lower layer, never upwards and never sideways.
// ARCHITECTURE.md shows the same table; layers.mjs compares the two.
export const layers = {
  errors: 0,
  tensor: 1,
  volume: 2,
  morphology: 2,
  resample: 2,
  autodiff: 2,
  plot: 2,
  dataset: 3,
  metrics: 3,
  fingerprint: 4,
  planner: 4,
  preprocess: 4,
  network: 4,
  augment: 5,
  inference: 5,
  trainer: 6,
  pipeline: 7,
  cli: 8,
};
