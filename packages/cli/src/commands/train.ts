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
        'copies of the network that share each batch, in threads of their own, with --device cuda on GPUs of their own; ' +
        'the model is the same within rounding (default: 1)',
    });
  },
  async run(args, context) {
    await runTraining(args, context, { sessions: args.sessions });
  },
};
