// A plug-in: nnU-Net's default trainer with a small network, which writes its state every tenth of a second.
import { nnUNetTrainerV2 } from '../../packages/trainer/dist/index.js';

export class OftenSavingTrainer extends nnUNetTrainerV2 {
  networkVariant() {
    return { baseFeatures: 8 };
  }

  settings() {
    return { ...super.settings(), batchSize: 2, checkpointMinutes: 0.1 / 60 };
  }

  checkpointEvery() {
    return 1;
  }
}
