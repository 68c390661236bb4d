import { type Choice, type ChoiceChange, changesSince } from '@nnunet/ensemble/node';
import { listed } from '@nnunet/errors/internal';
import { DEFAULT_CASCADE_TRAINER, DEFAULT_PLANS_IDENTIFIER, DEFAULT_TRAINER } from '@nnunet/schema/internal';

/** What happened to folds or configurations, of which `one` is one. */
const IN_WORDS: Readonly<Record<Exclude<ChoiceChange['what'], 'gone'>, (names: string, one: boolean) => string>> = {
  validated: (names, one) => `${names} ${one ? 'was' : 'were'} validated again`,
  trained: (names, one) => `${names} ${one ? 'was' : 'were'} trained again and not validated`,
  regions: (names, one) => `${names} ${one ? 'is' : 'are'} to be scored by other regions`,
  uncompared: (names, one) => `${names} ${one ? 'was' : 'were'} not compared`,
};

/**
 * Says in what a choice of nnUNet_find_best_configuration is outdated, and how to compare anew; null if it is not.
 * Validations that are gone are left aside: results are often copied without them.
 *
 * @param resultsFolder v1's RESULTS_FOLDER
 * @param trained the configurations that are trained; the folds of the chosen ones are compared with their validations
 */
export async function outdatedInWords(
  resultsFolder: string,
  choice: Choice,
  trained: readonly string[],
): Promise<string | null> {
  const { task, best, folds } = choice;
  const changes = await changesSince(resultsFolder, choice, { wanted: trained, weightsOf: best.members });
  const parts = Object.entries(IN_WORDS).flatMap(([what, inWords]) => {
    const names = changes
      .filter((change) => change.what === what)
      .map(({ configuration, fold }) => (fold === null ? configuration : `${fold} of ${configuration}`));
    return names.length === 0 ? [] : [inWords(listed(names), names.length === 1)];
  });
  if (parts.length === 0) return null;
  const others = [
    ['-tr', choice.trainer, DEFAULT_TRAINER],
    ['-ctr', choice.cascadeTrainer, DEFAULT_CASCADE_TRAINER],
    ['-pl', choice.plans, DEFAULT_PLANS_IDENTIFIER],
  ].flatMap(([flag, given, usual]) => (given === usual ? [] : [flag, given]));
  const compared = [...new Set([...Object.keys(choice.validated), ...trained])];
  const command = ['nnUNet_find_best_configuration', '-t', task, '-m', ...compared, '-f', ...folds, ...others].join(
    ' ',
  );
  return `${best.members.join(' and ')} may no longer be the best of ${task}: since the comparison, ${parts.join('; ')}. Compare anew: ${command}`;
}
