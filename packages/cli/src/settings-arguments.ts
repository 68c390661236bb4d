import { parseDuration } from '@nnunet/errors/internal';
import type { TrainModelOptions } from '@nnunet/pipeline';
import type { ArgumentParser } from 'argparse';
import type { Arguments } from './command.ts';
import { parseMemorySize } from './memory-size.ts';

/** Adds the options with which a training is made shorter, smaller or different. */
export function addSettingsArguments(parser: ArgumentParser): void {
  parser.add_argument('--epochs', { type: 'int', metavar: 'N', help: 'number of epochs (default: 1000)' });
  parser.add_argument('--iterations_per_epoch', {
    type: 'int',
    metavar: 'N',
    help: 'training iterations per epoch (default: 250)',
  });
  parser.add_argument('--val_iterations_per_epoch', {
    type: 'int',
    metavar: 'N',
    help: 'validation iterations per epoch (default: 50, or one fifth of --iterations_per_epoch)',
  });
  parser.add_argument('--batch_size', {
    type: 'int',
    metavar: 'N',
    help: 'number of patches per training step (default: as planned)',
  });
  parser.add_argument('--lr', { type: 'float', metavar: 'X', help: 'initial learning rate (default: 0.01)' });
  parser.add_argument('--seed', {
    type: 'int',
    metavar: 'N',
    help: 'random seed for weights, sampling and augmentation (default: 12345)',
  });
  parser.add_argument('--time_budget', {
    metavar: 'TIME',
    help:
      'total time for training and validation (90s, 30m, 2h), instead of a number of epochs. The learning rate follows the ' +
      'elapsed share of the time. Epochs are shortened so that about ten fit, unless --iterations_per_epoch is given',
  });
  parser.add_argument('--threads', {
    type: 'int',
    metavar: 'N',
    help: 'number of threads for a training step (default: all cores)',
  });
  parser.add_argument('--max_memory', {
    metavar: 'SIZE',
    help: 'memory that training may use, for example 6GB or 2048MB; a batch that needs more is refused at the start (default: all free memory)',
  });
}

/** The options of a training function that {@link addSettingsArguments} adds, except the number of threads. */
export function settingsOf(args: Arguments): Pick<TrainModelOptions, 'settings' | 'maxMemory'> {
  return {
    settings: {
      epochs: args.epochs,
      iterationsPerEpoch: args.iterations_per_epoch,
      validationIterationsPerEpoch: args.val_iterations_per_epoch,
      batchSize: args.batch_size,
      initialLearningRate: args.lr,
      seed: args.seed,
      timeBudget: args.time_budget === undefined ? undefined : parseDuration(args.time_budget, '--time_budget') / 60,
    },
    maxMemory: args.max_memory === undefined ? undefined : parseMemorySize(args.max_memory, '--max_memory'),
  };
}
