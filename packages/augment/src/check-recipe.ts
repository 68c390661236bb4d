import { NnUNetError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import type { AugmentationRecipe } from './recipe.ts';
import { checkSampling } from './sampling-weights.ts';
import type { AugmentationStep, Transforms } from './transform-registry.ts';

/** What a recipe holds beside the settings of its transforms. */
const parts = {
  ...{ patchSize: 1, loaderPatchSize: 1, batchSize: 1, oversampleForeground: 1, dummy2D: 1, spatial: 1, order: 1 },
  ...{
    oneOf: 1,
    choices: 1,
    oversampling: 1,
    maskedChannels: 1,
    cascade: 1,
    regions: 1,
    deepSupervisionScales: 1,
    spacing: 1,
    labels: 1,
    sampling: 1,
    annotated: 1,
    ignoreLabel: 1,
    slices: 1,
  },
} satisfies Record<Exclude<keyof AugmentationRecipe, AugmentationStep>, 1>;

/**
 * @throws NnUNetError 'bad-recipe' for a key that nothing reads, with those most like it, for a transform missing in
 *   the order or for weights that cannot be drawn by; 'unknown-transform'
 */
export function checkRecipe(recipe: AugmentationRecipe, transforms: Transforms): void {
  const known = [...Object.keys(parts), ...transforms.names()];
  const unknown = Object.keys(recipe).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new NnUNetError('bad-recipe', {
      what: `the augmentation recipe has the unknown key "${unknown}"`,
      remedy: nearestNames(unknown, known, 'Load your own as a plug-in (`plugin`).'),
    });
  }
  if ((recipe.spatial?.interpolation ?? 'cubic') !== 'cubic' && recipe.spatial?.border === 'nearest') {
    throw new NnUNetError('bad-recipe', {
      what: "spatial: `border` 'nearest' goes with cubic interpolation alone",
      remedy: 'Leave one of them out.',
    });
  }
  if (recipe.sampling != null) checkSampling(recipe.sampling, recipe.labels);
  const { order, oneOf = [] } = recipe;
  for (const name of [...(order ?? []), ...oneOf.flat()]) transforms.get(name);
  const left = transforms.names().find((name) => recipe[name as AugmentationStep] && order?.includes(name) === false);
  if (left !== undefined) {
    throw new NnUNetError('bad-recipe', {
      what: `the augmentation recipe has settings for "${left}", but its \`order\` leaves it out`,
      remedy: 'Add it to the order, or set it to null.',
    });
  }
}
