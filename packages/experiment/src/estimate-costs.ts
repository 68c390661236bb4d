/* What jobs take beside the networks, measured on one core (Sapphire Rapids). */

export const SECONDS = {
  /** Starting a command. */
  command: 0.5,
  /** Starting a training: choosing the operators, building its graphs. */
  training: 3,
  /** Starting a prediction: choosing the operators, timing the network. */
  prediction: 0.5,
  /** Loading a fold's network for prediction. */
  network: 0.6,
  /** Drawing the progress and saving, after an epoch. */
  epoch: 0.15,
  /** Files and records of a case. */
  preparedCase: 0.1,
  scoredCase: 0.07,
  reportedCase: 0.2,
} as const;

/** Seconds per voxel. */
export const VOXEL_SECONDS = {
  /** And channel: reading, cropping and compressing an image, and taking its fingerprint. */
  cropped: 2e-7,
  /** And channel: resampling, normalising and writing an image for a stage. */
  prepared: 1e-7,
  /** And label: comparing a label map with its reference, and trying its components. */
  scored: 1e-7,
  /** And class: averaging the probabilities of two predictions. */
  merged: 1e-7,
  /** And class: writing probabilities. */
  saved: 1e-7,
} as const;

export const BYTES = {
  /** Node with its modules. */
  program: 150 * 2 ** 20,
  /** ONNX Runtime. */
  runtime: 50 * 2 ** 20,
  /** A worker thread. */
  thread: 40 * 2 ** 20,
  /** A weight of a network that predicts: as it was stored, and as the kernels read it. */
  weight: 8,
  /** A number of the largest array that a network computes: several such arrays exist at the same time. */
  passing: 18,
  /** A voxel of a case that is prepared, and channel. */
  prepared: 24,
  /** A voxel of a case that is scored. */
  scored: 8,
  /** A voxel of a case whose probabilities are averaged, and class. */
  merged: 12,
} as const;
