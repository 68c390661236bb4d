// A plug-in: nnU-Net's default trainer with a small network, which writes its state every tenth of a second and a line to
// standard output at each step.
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

  checkpointEvery() {
    return 1;
  }
}
