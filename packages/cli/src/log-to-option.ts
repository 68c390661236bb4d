import type { ArgumentParser } from 'argparse';

/** Adds --log_to, which names built-in loggers. */
export function addLogToOption(parser: ArgumentParser): void {
  parser.add_argument('--log_to', {
    action: 'append',
    metavar: 'LOGGER',
    help:
      'also write losses, Dice, learning rate, settings and pictures elsewhere: tensorboard (event files in the folder of the ' +
      'fold). Can be repeated',
  });
}
