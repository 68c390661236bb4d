import type { Command } from '../command.ts';
import { addEvaluationArguments, answerEvaluation, evaluationOptions } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    "Scores the labels that are given of predicted label maps, by nnU-Net v2's rules and without its dataset.json. Writes v2's " +
    'summary.json.',
  define(parser) {
    addEvaluationArguments(parser);
    parser.add_argument('-l', { required: true, nargs: '+', type: 'int', metavar: 'LABEL', help: 'labels to score' });
    parser.add_argument('-il', {
      type: 'int',
      metavar: 'LABEL',
      help: 'ignore label: voxels whose reference is this label count nowhere (default: none)',
    });
  },
  async run(args, context) {
    const { evaluateLabelsV2 } = await import('@nnunet/pipeline/v2');
    const { l: labels, il: ignoreLabel } = args;
    context.reporter.message(`${args.pred_folder} (rules of nnU-Net v2)`);
    answerEvaluation(context, await evaluateLabelsV2({ ...evaluationOptions(args, context), labels, ignoreLabel }));
  },
};
