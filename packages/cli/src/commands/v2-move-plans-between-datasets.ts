import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Copies plans of a dataset of nnU-Net v2 to another one, for example to train it with weights that were trained with them.',
  define(parser) {
    parser.add_argument('-s', {
      required: true,
      metavar: 'DATASET',
      help: 'id or name of the dataset that has the plans',
    });
    parser.add_argument('-t', { required: true, metavar: 'DATASET', help: 'id or name of the dataset that gets them' });
    parser.add_argument('-sp', { required: true, metavar: 'NAME', help: 'name of the plans' });
    parser.add_argument('-tp', { metavar: 'NAME', help: 'name of the copy (default: the same)' });
  },
  async run(args, { roots, reporter, print }) {
    const { movePlansV2 } = await import('@nnunet/pipeline/v2');
    const { s: source, t: target, sp: sourcePlans, tp: targetPlans } = args;
    reporter.message(`plans of ${source} for ${target} (rules of nnU-Net v2)`);
    print(`copied: ${await movePlansV2({ roots, source, target, sourcePlans, targetPlans })}`);
  },
};
