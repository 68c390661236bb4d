import { usageError } from '@nnunet/errors';
import type { Command } from '../command.ts';
import { addSharingArguments, addTrainingArguments, runTraining } from '../training-arguments.ts';

export const command: Command = {
  description:
    'Trains one fold as nnUNet_train_DP does. One process drives all copies of the network: no launcher is ' +
    'needed, unlike in v1. The planned batch size is that of each copy, unless --dbs divides it.',
  define(parser) {
    addTrainingArguments(parser);
    addSharingArguments(parser);
    parser.add_argument('--local_rank', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'of a process launcher; only 0 is accepted, for there is one process',
    });
  },
  async run(args, context) {
    if (args.local_rank !== 0) {
      throw usageError({
        what: 'one process drives all sessions of a training, and this is another',
        where: '--local_rank',
        remedy: 'Start nnUNet_train_DDP once, without a launcher, with --sessions N.',
      });
    }
    await runTraining(args, context, { sessions: args.sessions, batchPerSession: !args.dbs });
  },
};
