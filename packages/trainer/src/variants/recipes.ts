import {
  type AugmentationRecipe,
  type AugmentationStep,
  type Range,
  type SpatialRecipe,
  usualOrder,
  withRotation,
} from '@nnunet/augment';

/* Augmentation of v1's other trainers, as changes of nnUNetTrainerV2's. */

/** The recipe with other spatial settings. */
export function withSpatial(recipe: AugmentationRecipe, changes: Partial<SpatialRecipe>): AugmentationRecipe {
  return { ...recipe, spatial: recipe.spatial && { ...recipe.spatial, ...changes } };
}

const noSteps = Object.fromEntries(usualOrder.map((step) => [step, null]));

/** Patches as they are. */
export function withoutAugmentation(recipe: AugmentationRecipe): AugmentationRecipe {
  const { patchSize } = recipe;
  const nothing = { spatial: null, dummy2D: false, ...noSteps, maskedChannels: [] };
  return { ...recipe, loaderPatchSize: patchSize, ...nothing };
}

/** v1's get_default_augmentation, of its first generation: elastic deformation, small rotations, gamma and mirroring alone. */
export function recipeOfFirstGeneration(recipe: AugmentationRecipe): AugmentationRecipe {
  const { patchSize, dummy2D } = recipe;
  const inPlane = dummy2D || patchSize.length === 2;
  const elongated = patchSize.length === 2 && Math.max(...patchSize) / Math.min(...patchSize) > 1.5;
  return {
    ...withSpatial(withRotation(recipe, inPlane && !elongated ? 180 : 15, 15), {
      scale: [0.85, 1.25],
      elastic: { probability: 0.2, alpha: [0, inPlane ? 200 : 900], sigma: [9, 13] },
    }),
    noise: null,
    blur: null,
    brightness: null,
    contrast: null,
    lowResolution: null,
    gammaInverted: null,
  };
}

/** Added brightness comes between the two gamma curves. */
const insaneOrder: readonly AugmentationStep[] = usualOrder
  .filter((step) => step !== 'additiveBrightness')
  .flatMap((step): AugmentationStep[] => (step === 'gamma' ? ['additiveBrightness', 'gamma'] : [step]));

/**
 * Stronger noise, blur, brightness and contrast; rotations in the plane by any angle.
 *
 * Origin: v1's get_insaneDA_augmentation, and setup_DA_params of nnUNetTrainerV2_insaneDA.
 *
 * @param smallestScale that the loader patch leaves room for; nnUNetTrainerV2's if not given
 */
export function insaneIntensities(
  recipe: AugmentationRecipe,
  gamma: Range,
  smallestScale?: number,
): AugmentationRecipe {
  const inPlane = recipe.dummy2D || recipe.patchSize.length === 2;
  return {
    ...withRotation(recipe, inPlane ? 180 : 30, 30, smallestScale),
    order: insaneOrder,
    noise: { probability: 0.15, sd: [0, 0.1] },
    blur: { probability: 0.2, channelProbability: 0.5, sigma: [0.5, 1.5] },
    brightness: { probability: 0.15, factor: [0.7, 1.3] },
    contrast: { probability: 0.15, factor: [0.65, 1.5] },
    gammaInverted: { probability: 0.15, gamma, retainStats: true },
    gamma: { probability: 0.3, gamma, retainStats: true },
  };
}

/** v1's nnUNetTrainerV2_insaneDA. */
export function recipeInsane(recipe: AugmentationRecipe): AugmentationRecipe {
  return withSpatial(insaneIntensities(recipe, [0.6, 2]), {
    scale: [0.65, 1.6],
    elastic: { probability: 0.2, alpha: [0, 1300], sigma: [9, 15] },
  });
}

/**
 * v1 enlarges the patch of DA3 and DA4 a second time, when its table already holds nnUNetTrainerV2's scale, and not yet their
 * own of 0.65.
 */
const ENLARGEMENT_SCALE_DA3 = 0.7;

/** v1's nnUNetTrainerV2_DA3. */
export function recipeDA3(recipe: AugmentationRecipe): AugmentationRecipe {
  return {
    ...withSpatial(insaneIntensities(recipe, [0.5, 1.6], ENLARGEMENT_SCALE_DA3), {
      rotationProbability: 0.3,
      scale: [0.65, 1.6],
      scaleProbability: 0.3,
      scalePerAxisProbability: 0.3,
      elastic: { probability: 0.3, deformationScale: [0, 0.25] },
    }),
    additiveBrightness: { probability: 0.3, channelProbability: 1, mean: 0, sd: 0.2 },
  };
}

/** v1's nnUNetTrainerV2BraTSRegions_DA4: DA3 with rotations by up to 90 degrees, and a little less of the rest. */
export function recipeDA4(recipe: AugmentationRecipe): AugmentationRecipe {
  const inPlane = recipe.dummy2D || recipe.patchSize.length === 2;
  return {
    ...withSpatial(withRotation(recipeDA3(recipe), inPlane ? 180 : 90, 90, ENLARGEMENT_SCALE_DA3), {
      elastic: { probability: 0.2, deformationScale: [0, 0.25] },
    }),
    additiveBrightness: { probability: 0.3, channelProbability: 0.5, mean: 0, sd: 0.2 },
  };
}

/** v1's nnUNetTrainerV2_DA5; both of its gamma curves are those of the inverted image, as there. */
export function recipeDA5(recipe: AugmentationRecipe): AugmentationRecipe {
  const { patchSize } = recipe;
  const inPlane = recipe.dummy2D || patchSize.length === 2;
  const alike = axesOfOneSize(patchSize);
  const exchange = alike.length > 1 ? { probability: 0.5, axes: alike } : null;
  const somewhere = { probability: 0.3, channelProbability: 0.5, scale: [1 / 6, 1], location: [-0.5, 1.5] } as const;
  return {
    ...withSpatial(withRotation(recipe, inPlane ? 180 : 30, 30, 0.7), {
      rotationProbability: 0.4,
      rotationAxisProbability: 0.5,
      scale: [0.7, 1.43],
      scalePerAxisProbability: 1,
    }),
    // Blur before noise, and no brightness.
    order: usualOrder.flatMap((step) =>
      step === 'blur' ? (['blur', 'noise'] as const) : step === 'noise' || step === 'brightness' ? [] : [step],
    ),
    oneOf: [['median', 'blur']],
    quarterTurns: exchange,
    transposition: exchange,
    median: { probability: 0.2, channelProbability: 0.5, width: [2, 7] },
    blur: { probability: 0.2, channelProbability: 0.5, sigma: [0.3, 1.5] },
    brightness: null,
    additiveBrightness: { probability: 0.1, channelProbability: 0.5, mean: 0, sd: 0.5 },
    contrast: { probability: 0.2, channelProbability: 0.5, factor: [0.5, 2], preserveRange: 'either' },
    lowResolution: { probability: 0.15, channelProbability: 0.5, zoom: [0.25, 1] },
    gammaInverted: { probability: 0.1, gamma: [0.7, 1.5], retainStats: true },
    gamma: { probability: 0.1, gamma: [0.7, 1.5], retainStats: true, inverted: true },
    rectangles: {
      probability: 0.4,
      channelProbability: 0.5,
      count: [1, 5],
      size: patchSize.map((n) => [Math.max(1, Math.floor(n / 10)), Math.max(1, Math.floor(n / 3))] as const),
    },
    brightnessGradient: {
      ...somewhere,
      strength: [
        [-5, -1],
        [1, 5],
      ],
    },
    localGamma: {
      ...somewhere,
      gamma: [
        [0.01, 0.8],
        [1.5, 4],
      ],
    },
    sharpening: { probability: 0.2, channelProbability: 0.5, strength: [0.1, 1] },
  };
}

/** Axes whose size most axes have. */
function axesOfOneSize(patchSize: readonly number[]): number[] {
  const companions = patchSize.map((n) => patchSize.filter((m) => m === n).length);
  const most = Math.max(...companions);
  return most === 1 ? [] : patchSize.map((_, d) => d).filter((d) => companions[d] === most);
}
