import type { Candidate } from './candidate.ts';

export interface CommandOptions {
  task: string;
  /** Trainer of all configurations but the cascade's second stage. */
  trainer: string;
  cascadeTrainer: string;
  /** Plans identifier. */
  plans: string;
  /** postprocessing.json of an ensemble; none where postprocessing is left out. */
  postprocessingFile?: string | null;
  /** Arguments that every command ends with, such as where the results lie. */
  commonArguments?: readonly string[];
}

/**
 * The commands that predict new images with a candidate, a line each, as v1 prints them. The postprocessing of a single
 * configuration lies in its folder, where prediction finds it.
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

/** A path as a shell takes it: quoted where it holds more than plain characters. */
function quoted(path: string): string {
  return /^[\w@%+=:,./\\~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
