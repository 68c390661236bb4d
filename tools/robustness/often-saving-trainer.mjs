// A plug-in: nnU-Net's default trainer with a small network, which writes its state every tenth of a second. Its momentum
// changes from epoch to epoch, so that each has a step of its own. A line to standard output tells of each step, and of each
// that is built in the course of the training.
import { nnUNetTrainerV2 } from '../../packages/trainer/dist/index.js';

export class OftenSavingTrainer extends nnUNetTrainerV2 {
  networkVariant() {
    return { baseFeatures: 8 };
  }

  settings() {
    return { ...super.settings(), batchSize: 2, checkpointMinutes: 0.1 / 60 };
  }

  learningRate(...position) {
    process.stdout.write('step\n');
    return super.learningRate(...position);
  }

  phase(share) {
    return Math.round(1000 * share);
  }

  optimizer(share = 0) {
    if (share > 0) process.stdout.write('build\n');
    return { ...super.optimizer(), momentum: 0.99 - 0.05 * share };
  }

  checkpointEvery() {
    return 1;
  }
}
