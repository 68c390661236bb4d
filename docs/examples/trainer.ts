// Trains with a trainer of one's own: node trainer.js PREPROCESSED_FOLDER PLANS.json MODEL_FOLDER
import { crossEntropy, softDice, sumOfLosses } from '@nnunet/network/losses';
import { readPlans } from '@nnunet/store';
import { nnUNetTrainerV2, shippedTrainers } from '@nnunet/trainer';
import { type FoldTask, train } from '@nnunet/trainer/node';

class LightTrainer extends nnUNetTrainerV2 {
  override loss() {
    return sumOfLosses([crossEntropy(), 1], [softDice({ batchDice: this.batchDice() }), 2]);
  }
}

const [preprocessedFolder = '', plansFile = '', modelFolder = ''] = process.argv.slice(2);
const fold: FoldTask = { preprocessedFolder, modelFolder, task: 'Task900_Tiny', fold: 0 };
const { result, state } = await train({
  ...fold,
  plans: await readPlans(plansFile),
  configuration: '2d',
  trainer: 'LightTrainer',
  trainers: shippedTrainers.with(LightTrainer),
  settings: { epochs: 2, iterationsPerEpoch: 5 },
  onEpoch: ({ epoch, trainLoss }) => console.log(`epoch ${epoch}: loss ${trainLoss.toFixed(2)}`),
});
console.log(`${result} after ${state.epoch} epochs`);
