import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import type { WeightMap } from '@nnunet/inference';

/** The weights of a new network after taking those of a trained one. */
export interface PretrainedStart {
  weights: WeightMap;
  /** Number of parameters of the trained network among them. */
  taken: number;
  /** What starts anew, because it did not fit or always does, or is not used: names of parameters with their shapes. */
  leftOut: string[];
}

/** Heads depend on the labels; v1 also lets the up-convolutions of its networks differ. */
const MAY_DIFFER = /^(tu|seg_outputs|decoder\.(tus|segmentation_output|deep_supervision_outputs|seg_layers))\./;

/** The heads of v2's networks, by which v2 knows them. */
const HEADS_V2 = '.seg_layers.';

/**
 * Copies the weights of a trained network into those of a new one: every tensor whose name and shape match. Heads and
 * v1's up-convolutions may differ; with `partial` every parameter, as long as one fits.
 *
 * @param options `newHeads`: whether the heads of v2's networks start anew even if they fit, as in v2; default: false
 * @throws NnUNetError 'bad-weights' naming what does not match
 *
 * Origin: `load_pretrained_weights` of v1 and of v2.
 */
export function withPretrainedWeights(
  fresh: WeightMap,
  given: WeightMap,
  { partial = false, newHeads = false }: { partial?: boolean; newHeads?: boolean } = {},
): PretrainedStart {
  const weights: WeightMap = new Map();
  const unfit = new Map<string, string>();
  for (const [name, own] of fresh) {
    const other = given.get(name);
    const anew = newHeads && name.includes(HEADS_V2);
    const fits = other !== undefined && other.shape.join() === own.shape.join();
    weights.set(name, fits && !anew ? other : own);
    const found = other === undefined ? 'missing there' : `${other.shape.join(' x ')} there`;
    if (!fits) unfit.set(name, `${name} (${own.shape.join(' x ')} here, ${found})`);
    else if (anew) unfit.set(name, `${name} (a head, which starts anew)`);
  }
  const required = [...unfit].flatMap(([name, words]) => (MAY_DIFFER.test(name) ? [] : [words]));
  if (unfit.size === fresh.size) throw ofAnother('none of them has the name and shape of one here', false);
  if (required.length > 0 && !partial) throw ofAnother(listed(required, 20), true);
  const unknown = [...given.keys()].filter((name) => !fresh.has(name)).map((name) => `${name} (only there)`);
  return { weights, taken: fresh.size - unfit.size, leftOut: [...unfit.values(), ...unknown] };
}

function ofAnother(what: string, othersFit: boolean): NnUNetError {
  return new NnUNetError('bad-weights', {
    what: `the pretrained weights belong to another network: ${what}`,
    remedy: `Use weights trained with the same network (plan with the plans of the other task)${othersFit ? ', or take those that fit (`partialWeights`)' : ''}.`,
  });
}
