import type { CascadeRecipe } from '@nnunet/augment';
import { nnUNetTrainerV2CascadeFullRes } from '../default-trainer-v1.ts';
import { type Changes, variantsOf } from './variants-of.ts';

/** The labels of the first stage are grown and shrunk by other balls. */
function balls(changes: Partial<NonNullable<CascadeRecipe['balls']>>): Changes {
  return {
    recipe(usual) {
      const { cascade } = usual;
      if (!cascade?.balls) return usual;
      return { ...usual, cascade: { ...cascade, balls: { ...cascade.balls, ...changes } } };
    },
  };
}

const educatedGuess = balls({ probability: 0.5, labelProbability: 0.5, radius: [1, 5] });

/** Variants of the cascade's second stage. Origin: v1's nnUNet_variants/cascade. */
export const cascadeVariants = variantsOf(
  'nnUNetTrainerV2CascadeFullRes_',
  {
    /** As nnUNetTrainerV2CascadeFullRes: the step that it leaves out changes nothing in v1 either. */
    noConnComp: {},
    /** Balls of a radius up to 5 instead of 8. */
    smallerBinStrel: balls({ radius: [1, 5] }),
    /** Balls up to 5, more often, but each label with a probability of a half. */
    EducatedGuess: educatedGuess,
    /** The same: the step that it leaves out changes nothing in v1 either. */
    EducatedGuess2: educatedGuess,
    /** Balls up to 5 in every sample, each label with a probability of a third. */
    EducatedGuess3: balls({ probability: 1, labelProbability: 0.33, radius: [1, 5] }),
    lowerLR: { settings: { initialLearningRate: 1e-3 } },
    shorter: { settings: { epochs: 500 } },
    shorter_lowerLR: { settings: { epochs: 500, initialLearningRate: 1e-3 } },
  },
  nnUNetTrainerV2CascadeFullRes,
);
