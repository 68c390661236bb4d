import { NnUNetError } from '@nnunet/errors';
import { inShort } from '@nnunet/errors/internal';
import { checkNetworkDescription, type NetworkDescription } from '@nnunet/network';
import { requireOutputs } from '@nnunet/network/internal';
import type { Plans } from '@nnunet/schema';
import { checkPlans } from '@nnunet/schema/internal';

/** Everything a prediction needs in addition to the weights. Stored in every checkpoint as JSON. */
export interface ModelDescription {
  /** Name of the trainer class that made the model; not looked up for prediction. */
  trainer: string;
  /** '2d', '3d_lowres', '3d_fullres' or '3d_cascade_fullres'. */
  configuration: string;
  /** Key of `plans.plans_per_stage`. */
  stage: number;
  plans: Plans;
  network: NetworkDescription;
  /** Axes of the patch along which the model may be mirrored; [] for none. */
  mirrorAxes: number[];
  /** How logits become probabilities; 'sigmoid' for overlapping regions. */
  nonlinearity: 'softmax' | 'sigmoid';
  /** Label of each region in writing order; null for ordinary labels. */
  regionClassOrder: number[] | null;
  /** Labels of each region, by name, if the trainer defines them: validation then also scores regions. */
  regions?: Record<string, number[]>;
  /** Names of the labels by value, background included, from dataset.json; missing if the model does not know them. */
  labels?: Record<string, string>;
}

/** Returns the patch size of a model's input: voxels, network order, as planned for its stage. */
export function patchSizeOf(description: ModelDescription): number[] {
  return description.plans.plans_per_stage[description.stage]!.patch_size;
}

/** Returns whether the network also takes the previous stage's segmentation (one-hot channels after the modalities). */
export function needsPreviousStage(description: ModelDescription): boolean {
  return description.configuration === '3d_cascade_fullres';
}

/**
 * Validates a description parsed from JSON.
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-checkpoint' naming the first invalid key; 'bad-plans'
 */
export function checkModelDescription(value: unknown, where: string): ModelDescription {
  const d = value as Record<string, unknown>;
  const check = (key: string, right: boolean, expected: string) => {
    if (right) return;
    throw new NnUNetError('bad-checkpoint', {
      what: `key "${key}": ${expected} expected, found ${d?.[key] === undefined ? 'nothing' : inShort(d[key])}`,
      where,
      remedy: 'The file is damaged or was made by another program. Train again, or use another checkpoint.',
    });
  };
  const numbers = (list: unknown) => Array.isArray(list) && list.every((n) => Number.isInteger(n));
  check('model', typeof value === 'object' && value !== null, 'an object');
  check('trainer', typeof d.trainer === 'string', 'the name of a trainer');
  check('configuration', typeof d.configuration === 'string', 'the name of a configuration');
  const network = checkNetworkDescription(d.network, where);
  check('mirrorAxes', numbers(d.mirrorAxes), 'a list of axes');
  check('nonlinearity', d.nonlinearity === 'softmax' || d.nonlinearity === 'sigmoid', '"softmax" or "sigmoid"');
  check('regionClassOrder', d.regionClassOrder === null || numbers(d.regionClassOrder), 'a list of labels or null');
  const texts = (names: unknown) =>
    typeof names === 'object' && names !== null && Object.values(names).every((name) => typeof name === 'string');
  check('labels', d.labels === undefined || texts(d.labels), 'the names of the labels');
  const plans = checkPlans(d.plans, where);
  const stage = Number.isInteger(d.stage) ? plans.plans_per_stage[d.stage as number] : undefined;
  check('stage', stage !== undefined, 'a stage of the plans');
  check('network', fits(network, stage!.patch_size), 'a network that fits the patch of the plans');
  const within = (axis: number) => axis >= 0 && axis < network.dimension;
  check('mirrorAxes', (d.mirrorAxes as number[]).every(within), 'axes of the patch');
  return { ...(d as unknown as ModelDescription), plans };
}

function fits(network: NetworkDescription, patchSize: number[]): boolean {
  try {
    requireOutputs(network, patchSize);
    return true;
  } catch {
    return false;
  }
}
