import type { Command } from '../command.ts';
import { addEvaluationArguments, answerEvaluation, evaluationOptions } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    "Scores predicted label maps by nnU-Net v2's rules: the labels or regions of a dataset.json, without voxels whose reference " +
    "has the ignore label. Writes v2's summary.json.",
  define(parser) {
    addEvaluationArguments(parser);
    parser.add_argument('-djfile', { required: true, metavar: 'FILE', help: 'dataset.json of the dataset' });
    parser.add_argument('-pfile', { required: true, metavar: 'FILE', help: 'plans.json of the model' });
  },
  async run(args, context) {
    const { evaluateByDatasetV2 } = await import('@nnunet/pipeline/v2');
    const { djfile: datasetFile, pfile: plansFile } = args;
    context.reporter.message(`${args.pred_folder} (rules of nnU-Net v2)`);
    answerEvaluation(
      context,
      await evaluateByDatasetV2({ ...evaluationOptions(args, context), datasetFile, plansFile }),
    );
  },
};
