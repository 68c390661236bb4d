import type { ArgumentParser } from 'argparse';
import type { Arguments, CommandContext } from './command.ts';
import { addPluginOption, pluginsOf } from './plugin-option.ts';
import { AS_IN_V2, addFoldsOption, withoutProgress } from './prediction-arguments-v2.ts';
import type { Estimate } from './prediction-estimate.ts';
import { describeEstimate } from './prediction-estimate.ts';

/** Adds the arguments that both commands that predict by v2's rules have. */
export function addPredictArguments(parser: ArgumentParser): void {
  parser.add_argument('-i', {
    required: true,
    metavar: 'FOLDER',
    help: 'folder of images, CASE_0000.nii.gz for the first channel, with the file ending of the dataset',
  });
  parser.add_argument('-o', { required: true, metavar: 'FOLDER', help: 'folder for the label maps' });
  addFoldsOption(parser, 'folds to average, or all');
  parser.add_argument('-step_size', {
    type: 'float',
    default: 0.5,
    metavar: 'X',
    help: 'distance between neighbouring tiles as a fraction of the patch (default: %(default)s)',
  });
  parser.add_argument('--disable_tta', {
    action: 'store_true',
    help: 'do not average over mirrored patches; up to eight times faster, slightly less accurate',
  });
  parser.add_argument('--verbose', { action: 'store_true', help: AS_IN_V2 });
  parser.add_argument('--save_probabilities', {
    action: 'store_true',
    help: 'also write the probabilities, CASE.npz, and what nnUNetv2_ensemble needs besides, CASE.pkl',
  });
  parser.add_argument('--continue_prediction', '--c', {
    action: 'store_true',
    help: 'keep cases whose results exist; otherwise, all are predicted again',
  });
  parser.add_argument('-chk', {
    default: 'checkpoint_final.pth',
    metavar: 'NAME',
    help: 'name of the checkpoint (default: %(default)s)',
  });
  parser.add_argument('-npp', {
    type: 'int',
    metavar: 'N',
    help: 'number of threads that preprocess cases while the network runs (default: 1 if that saves time, otherwise 0)',
  });
  parser.add_argument('-nps', {
    type: 'int',
    metavar: 'N',
    help: 'number of threads that write results while the network runs (default: 1 if that saves time, otherwise 0)',
  });
  parser.add_argument('-prev_stage_predictions', {
    metavar: 'FOLDER',
    help: 'folder of the label maps that the previous stage predicted; required for a cascade',
  });
  parser.add_argument('-device', {
    choices: ['cpu', 'cuda', 'mps', 'webgpu'],
    default: 'cpu',
    help: 'device that runs the network: cpu; cuda; mps or webgpu, any GPU. See docs/devices.md (default: %(default)s)',
  });
  parser.add_argument('--disable_progress_bar', { action: 'store_true', help: 'do not show progress' });
  parser.add_argument('--not_on_device', {
    action: 'store_true',
    help: 'accepted as in v2; images are never kept on the device here',
  });
  addPluginOption(parser);
}

/** The arguments of {@link addPredictArguments}, as options of functions. */
async function predictOptions(args: Arguments, { roots, reporter, signal }: CommandContext) {
  const { loadExtensions } = await import('@nnunet/pipeline');
  if (args.not_on_device) reporter.message('--not_on_device changes nothing: images are never kept on the device');
  return {
    roots,
    inputFolder: args.i as string,
    outputFolder: args.o as string,
    folds: args.f as string[],
    checkpoint: args.chk as string,
    stepSize: args.step_size as number,
    mirroring: !args.disable_tta,
    saveProbabilities: args.save_probabilities as boolean,
    continuePrediction: args.continue_prediction as boolean,
    numParts: (args.num_parts as number | undefined) ?? 1,
    partId: (args.part_id as number | undefined) ?? 0,
    previousStageFolder: args.prev_stage_predictions as string | undefined,
    threads: { preparing: args.npp as number | undefined, writing: args.nps as number | undefined },
    device: args.device === 'mps' ? ('webgpu' as const) : (args.device as 'cpu' | 'cuda' | 'webgpu'),
    extensions: await loadExtensions(pluginsOf(args)),
    reporter: args.disable_progress_bar ? withoutProgress(reporter) : reporter,
    signal,
  };
}

type PredictOptions = Awaited<ReturnType<typeof predictOptions>> & { onEstimate(estimate: Estimate): void };

/** Predicts with the options that the arguments say, and gives the result. */
export async function answerPrediction(
  args: Arguments,
  context: CommandContext,
  predict: (options: PredictOptions) => Promise<{ predicted: number; skipped: number }>,
): Promise<void> {
  const estimates: Estimate[] = [];
  const onEstimate = (estimate: Estimate) => {
    estimates.push(estimate);
    context.reporter.message(describeEstimate(estimate));
  };
  const { predicted, skipped } = await predict({ ...(await predictOptions(args, context)), onEstimate });
  const output: string = args.o;
  const existed = skipped > 0 ? `, ${skipped} already existed` : '';
  context.answer('predict', { predicted, skipped, output, estimates }, [
    `predicted: ${predicted} ${predicted === 1 ? 'case' : 'cases'}${existed}: ${output}`,
  ]);
}
