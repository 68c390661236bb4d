import { usageError } from '@nnunet/errors';
import type { Command } from '../command.ts';
import { addSharingArguments, addTrainingArguments, runTraining } from '../training-arguments.ts';

export const command: Command = {
  description:
    'Trains one fold like nnUNet_train_DP. Unlike in v1, no launcher is needed: one process drives all sessions. Each session ' +
    'gets a batch of the planned size, unless --dbs divides it.',
  define(parser) {
    addTrainingArguments(parser);
    addSharingArguments(parser);
    parser.add_argument('--local_rank', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'set by process launchers; must be 0, because there is only one process',
    });
  },
  async run(args, context) {
    if (args.local_rank !== 0) {
      throw usageError({
        what: 'one process drives all sessions, so there is no other rank than 0',
        where: '--local_rank',
        remedy: 'Start nnUNet_train_DDP once, without a launcher, with --sessions N.',
      });
    }
    await runTraining(args, context, !args.dbs);
  },
};
