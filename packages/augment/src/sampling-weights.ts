import { NnUNetError } from '@nnunet/errors';
import { inShort, nearestNames } from '@nnunet/errors/internal';

/** How often cases and classes are drawn for training patches. Weights are relative; the default is 1, 0 is never. */
export interface SamplingRecipe {
  /** By case id. */
  caseWeights?: Readonly<Record<string, number>>;
  /**
   * By label, for samples that must contain foreground: among the classes that a case has. If all of them have weight
   * 0, the case is sampled anywhere.
   */
  classWeights?: Readonly<Record<number, number>>;
}

/** Returns the weights of names that have one, or 1; undefined without weights. */
export function weightsOf(
  weights: Readonly<Record<string, number>> | undefined,
  names: readonly (string | number)[],
): number[] | undefined {
  if (weights === undefined) return undefined;
  const given = new Map(Object.entries(weights));
  return names.map((name) => given.get(String(name)) ?? 1);
}

/**
 * Returns an index with a probability proportional to its weight.
 *
 * @param share drawn uniformly from [0, 1)
 * @param weights at least one above 0
 */
export function weightedIndex(share: number, weights: readonly number[]): number {
  const total = weights.reduce((a, b) => a + b, 0);
  let last = 0;
  let below = 0;
  for (const [i, weight] of weights.entries()) {
    if (weight === 0) continue;
    last = i;
    below += weight;
    if (share * total < below) break;
  }
  // Rounding must not lead to an index of weight 0.
  return last;
}

/** Returns the weights of the cases that are drawn from. @throws NnUNetError 'bad-recipe' if all are 0 */
export function caseWeightsOf(sampling: SamplingRecipe | null | undefined, ids: readonly string[]) {
  const weights = weightsOf(sampling?.caseWeights, ids);
  if (weights?.every((weight) => weight === 0)) {
    throw badSampling('caseWeights', `all ${ids.length} training cases have the weight 0`);
  }
  return weights;
}

/**
 * @param labels of the task above 0; undefined: any
 * @throws NnUNetError 'bad-recipe' for anything but objects, an unknown key or label, a weight that is not a number of at least 0, or weights
 *   of 0 for all labels
 */
export function checkSampling(sampling: SamplingRecipe, labels: readonly number[] | undefined): void {
  const parts = ['caseWeights', 'classWeights'];
  if (!isRecord(sampling)) throw badSampling('', `an object expected, found ${inShort(sampling)}`);
  for (const [part, weights] of Object.entries(sampling)) {
    if (!parts.includes(part)) throw badSampling(part, 'unknown key', nearestNames(part, parts, ''));
    if (weights === undefined) continue;
    if (!isRecord(weights)) throw badSampling(part, `an object of weights by name expected, found ${inShort(weights)}`);
    for (const [name, weight] of Object.entries<unknown>(weights as Record<string, unknown>)) {
      if (typeof weight === 'number' && Number.isFinite(weight) && weight >= 0) continue;
      throw badSampling(part, `"${name}" has the weight ${weight} instead of a number of at least 0`);
    }
  }
  const { classWeights } = sampling;
  if (classWeights === undefined || labels === undefined) return;
  const unknown = Object.keys(classWeights).find((label) => !labels.includes(Number(label)));
  if (unknown !== undefined)
    throw badSampling('classWeights', `the task has the labels ${labels.join(', ')}, not ${unknown}`);
  if (weightsOf(classWeights, labels)!.every((weight) => weight === 0)) {
    throw badSampling('classWeights', 'all labels have the weight 0');
  }
}

function badSampling(part: string, what: string, remedy = 'Correct the recipe of the trainer.'): NnUNetError {
  return new NnUNetError('bad-recipe', { what: `sampling${part && `.${part}`}: ${what}`, remedy });
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
