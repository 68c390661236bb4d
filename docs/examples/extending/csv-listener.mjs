import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a line per epoch to progress.csv in the folder of the fold: losses, learning rate, and the Dice of each class. */
export const csv = {
  name: 'csv',

  async started({ foldFolder, classes, epoch }) {
    if (epoch > 0) return; // continues an earlier file
    const columns = ['epoch', 'training loss', 'validation loss', 'learning rate', 'seconds'];
    await appendFile(join(foldFolder, 'progress.csv'), `${[...columns, ...classes.map((c) => `Dice ${c}`)]}\n`);
  },

  async epochEnded({ foldFolder, epoch, trainLoss, validationLoss, learningRate, seconds, classDice }) {
    const numbers = [epoch, trainLoss, validationLoss, learningRate, seconds, ...classDice];
    await appendFile(join(foldFolder, 'progress.csv'), `${numbers}\n`);
  },
};
