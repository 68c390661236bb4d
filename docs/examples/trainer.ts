// Trains with a trainer of one's own: node trainer.js PREPROCESSED_FOLDER PLANS.json MODEL_FOLDER
import { crossEntropy, softDice, sumOfLosses } from '@nnunet/network/losses';
import { readPlans } from '@nnunet/store';
import { nnUNetTrainerV2, shippedTrainers } from '@nnunet/trainer';
import { train } from '@nnunet/trainer/node';

class LightTrainer extends nnUNetTrainerV2 {
  override loss() {
    return sumOfLosses([crossEntropy(), 1], [softDice({ batchDice: this.batchDice() }), 2]);
  }
  override recipe(batchSize: number) {
    return { ...super.recipe(batchSize), blur: null, oversampleForeground: 0.5 };
  }
}

const [preprocessedFolder = '', plansFile = '', modelFolder = ''] = process.argv.slice(2);
const plans = await readPlans(plansFile);
const { result, state } = await train({
  preprocessedFolder,
  modelFolder,
  task: 'Task900_Tiny',
  plans,
  configuration: '2d',
  fold: 0,
  trainer: 'LightTrainer',
  trainers: shippedTrainers.with(LightTrainer),
  settings: { epochs: 2, iterationsPerEpoch: 5 },
  onEpoch: ({ epoch, trainLoss }) => console.log(`epoch ${epoch}: loss ${trainLoss.toFixed(2)}`),
});
console.log(`${result} after ${state.epoch} epochs`);
