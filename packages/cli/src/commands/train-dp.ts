import type { Command } from '../command.ts';
import { addSharingArguments, addTrainingArguments, runTraining } from '../training-arguments.ts';

export const command: Command = {
  description:
    'Trains one fold like nnUNet_train, with each batch shared by several copies of the network (sessions, data parallel). ' +
    'Each session gets a batch of the planned size, unless --dbs divides it.',
  define(parser) {
    addTrainingArguments(parser);
    addSharingArguments(parser);
  },
  async run(args, context) {
    await runTraining(args, context, !args.dbs);
  },
};
