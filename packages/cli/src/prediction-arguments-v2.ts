import type { Reporter } from '@nnunet/pipeline';
import type { ArgumentParser } from 'argparse';
import type { Arguments, CommandContext } from './command.ts';

/** Help text of options that v2 has and that have no effect here. */
export const AS_IN_V2 = 'accepted as in v2; it changes nothing here';

/** Adds `-np`. */
export function addWorkersOption(parser: ArgumentParser, what = 'number of files to work on at a time'): void {
  parser.add_argument('-np', { type: 'int', metavar: 'N', help: `${what} (default: all cores)` });
}

/** Adds `-plans_json` and `-dataset_json`. */
export function addDescriptionOptions(parser: ArgumentParser): void {
  for (const [name, file] of [
    ['-plans_json', 'plans.json'],
    ['-dataset_json', 'dataset.json'],
  ] as const)
    parser.add_argument(name, { metavar: 'FILE', help: `${file} of the model (default: that in the input folder)` });
}

/** The arguments of {@link addDescriptionOptions}, as options of functions. */
export const descriptionOptions = (args: Arguments) => ({
  plansFile: args.plans_json as string | undefined,
  datasetFile: args.dataset_json as string | undefined,
});

/** The reporter of a command that is told not to show progress. */
export function withoutProgress(reporter: Reporter): Reporter {
  return {
    message: (text) => reporter.message(text),
    warning: (text) => reporter.warning(text),
    progress: () => undefined,
  };
}

/** Adds `-tr` and `-p`, the trainer and the plans of a model; with `several`, of models. */
export function addModelNameOptions(parser: ArgumentParser, { several = false } = {}): void {
  const many = several ? ({ nargs: '+', metavar: 'NAME' } as const) : ({ metavar: 'NAME' } as const);
  const usual = (name: string) => (several ? [name] : name);
  const s = several ? 's' : '';
  parser.add_argument('-tr', {
    ...many,
    default: usual('nnUNetTrainer'),
    help: `trainer${s} (default: nnUNetTrainer)`,
  });
  parser.add_argument('-p', { ...many, default: usual('nnUNetPlans'), help: `plans (default: nnUNetPlans)` });
}

/** Adds `-f`, by default all five folds. */
export function addFoldsOption(parser: ArgumentParser, help = 'trained folds, or all'): void {
  parser.add_argument('-f', {
    nargs: '+',
    metavar: 'FOLD',
    default: ['0', '1', '2', '3', '4'],
    help: `${help} (default: 0 1 2 3 4)`,
  });
}

/** Adds the arguments of the commands that score predictions. */
export function addEvaluationArguments(parser: ArgumentParser): void {
  parser.add_argument('gt_folder', { help: 'folder with the reference label maps' });
  parser.add_argument('pred_folder', { help: 'folder with the predicted label maps' });
  parser.add_argument('-o', {
    metavar: 'FILE',
    help: 'file for the scores (default: summary.json in the folder of predictions)',
  });
  addWorkersOption(parser);
  parser.add_argument('--chill', {
    action: 'store_true',
    help: 'score what is predicted, even if there are references without a prediction',
  });
}

/** The arguments of {@link addEvaluationArguments}, as options of functions. */
export function evaluationOptions(args: Arguments, { defaultWorkers, reporter, signal }: CommandContext) {
  return {
    reference: args.gt_folder as string,
    predictions: args.pred_folder as string,
    outputFile: args.o as string | undefined,
    workers: (args.np as number | undefined) ?? defaultWorkers,
    chill: args.chill as boolean,
    reporter,
    signal,
  };
}

/** Gives the result of a command that scores predictions. */
export function answerEvaluation(
  { answer }: CommandContext,
  { table, summaryFile, meanDice }: { table: string; summaryFile: string; meanDice: number },
): void {
  answer('evaluate_folder', { meanDice, summaryFile, otherFiles: [] }, [table, summaryFile]);
}
