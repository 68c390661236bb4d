import type { Candidate } from './candidate.ts';

export interface CommandOptions {
  task: string;
  /** Trainer of all configurations except the cascade's second stage. */
  trainer: string;
  cascadeTrainer: string;
  /** Plans identifier. */
  plans: string;
  /** postprocessing.json of an ensemble; none if postprocessing is disabled. */
  postprocessingFile?: string | null;
  /** Arguments appended to every command, such as the results folder. */
  commonArguments?: readonly string[];
}

/**
 * Returns the commands that predict new images with a candidate, one per line, as v1 prints them. The postprocessing of
 * a single configuration is in its model folder, where prediction finds it.
 */
export function predictionCommands({ members }: Candidate, options: CommandOptions): string[] {
  const { task, trainer, cascadeTrainer, plans, postprocessingFile = null, commonArguments = [] } = options;
  const common = commonArguments.map((argument) => ` ${quoted(argument)}`).join('');
  const predict = members.map(
    ({ configuration }, i) =>
      `nnUNet_predict -i FOLDER_WITH_TEST_CASES -o OUTPUT_FOLDER_MODEL${i + 1} -tr ${trainer} -ctr ${cascadeTrainer} -m ${configuration} -p ${plans} -t ${task}`,
  );
  if (members.length === 1) return predict.map((line) => line + common);
  const folders = members.map((_, i) => `OUTPUT_FOLDER_MODEL${i + 1}`).join(' ');
  const postprocessing = postprocessingFile === null ? '' : ` -pp ${quoted(postprocessingFile)}`;
  return [
    ...predict.map((line) => `${line} -z${common}`),
    `nnUNet_ensemble -f ${folders} -o OUTPUT_FOLDER${postprocessing}${common}`,
  ];
}

/** Quotes a path for a shell if it contains special characters. */
function quoted(path: string): string {
  return /^[\w@%+=:,./\\~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
