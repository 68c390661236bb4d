import type { Command } from '../command.ts';
import { addTrainingArguments, runTraining } from '../training-arguments.ts';

export const command: Command = {
  description: 'Trains one fold of one U-Net configuration, then predicts and scores its validation cases.',
  define(parser) {
    addTrainingArguments(parser);
    parser.add_argument('--sessions', {
      type: 'int',
      metavar: 'N',
      help:
        'number of sessions (copies of the network) that share each batch; each runs in its own thread, and with --device cuda ' +
        'on its own GPU. The model is the same within rounding (default: 1)',
    });
  },
  async run(args, context) {
    await runTraining(args, context);
  },
};
