import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { CONFIGURATIONS } from '@nnunet/schema';
import {
  checkConfiguration,
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_PLANS_IDENTIFIER,
  DEFAULT_TRAINER,
  ensembleName,
  ensemblesFolder,
  FILE_NAMES,
} from '@nnunet/schema/internal';
import { withLock } from '@nnunet/store';
import { resolveTask } from '@nnunet/store/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import {
  bestCandidates,
  type Candidate,
  formatCandidates,
  scoreCandidate,
  type TrainedConfiguration,
} from '../candidate.ts';
import { predictionCommands } from '../prediction-commands.ts';
import { type Choice, validatedWeights, writeChoice } from './choice.ts';
import { type FindBestOptions, memberOf, rootsOf, type Search } from './find-best-options.ts';
import { scoreConfiguration, scoreEnsemble } from './score-candidates.ts';
import { storeMissingSoftmax } from './store-missing-softmax.ts';

export interface BestConfiguration {
  task: string;
  /** In the order of `models`, then the ensembles. */
  candidates: Candidate[];
  /** Those with the highest score; several if they tie. */
  best: Candidate[];
  /** Names of candidates whose score is NaN: they were excluded from the comparison. */
  unscored: string[];
  /** Configurations that were skipped, with the reason. */
  skipped: { configuration: string; reason: string }[];
  /** Commands that predict new images, for all of `best`. */
  commands: string[];
  commandsFile: string;
  tableFile: string;
}

/**
 * Compares the cross-validations of trained configurations and of all ensembles of two by their mean Dice before
 * postprocessing. Carries out missing steps (collecting folds, postprocessing, ensembles). Writes `summary.csv`,
 * `prediction_commands.txt` and, for programs, `best_….json` to `<results>/nnUNet/ensembles/<TASK>`.
 * Origin: v1's figure_out_what_to_submit.py (nnUNet_find_best_configuration).
 *
 * @throws NnUNetError 'unknown-task', 'ambiguous-task', 'missing-model', 'missing-postprocessing', 'missing-folds',
 * 'missing-softmax', 'no-score', 'locked', and any error of the steps
 */
export async function findBestConfiguration(options: FindBestOptions): Promise<BestConfiguration> {
  const search = await searchFor(options);
  const folder = ensemblesFolder(search.roots, search.task);
  await mkdir(folder, { recursive: true });
  const { signal, onWarning: onTakeOver } = options;
  const purpose = `the comparison of configurations of ${search.task}`;
  return withLock(join(folder, '.find_best_configuration.lock'), { purpose, onTakeOver, signal }, (signal) =>
    compare({ ...search, signal }, folder),
  );
}

async function searchFor(options: FindBestOptions): Promise<Search> {
  const { models = CONFIGURATIONS, folds = [0, 1, 2, 3, 4], plans = DEFAULT_PLANS_IDENTIFIER } = options;
  const { strict = true, allowMissingPostprocessing = true, trainers = {} } = options;
  const roots = rootsOf(options.resultsFolder);
  return {
    ...options,
    models: [...new Set(models.map(checkConfiguration))],
    folds,
    plans,
    strict,
    allowMissingPostprocessing,
    task: await resolveTask(options.task, roots, 'nnUNetv2_find_best_configuration DATASET'),
    roots,
    trainer: trainers.standard ?? DEFAULT_TRAINER,
    cascadeTrainer: trainers.cascade ?? DEFAULT_CASCADE_TRAINER,
  };
}

async function compare(search: Search, folder: string): Promise<BestConfiguration> {
  const { task, strict, plans, trainer, cascadeTrainer, signal, onWarning } = search;
  const members: TrainedConfiguration[] = [];
  const candidates: Candidate[] = [];
  const validated: Choice['validated'] = {};
  const skipped: BestConfiguration['skipped'] = [];
  const wanted = search.models.map((configuration) => memberOf(configuration, search));
  await storeMissingSoftmax(wanted, search);
  for (const member of wanted) {
    const { configuration } = member;
    try {
      // Before the scores are read: a validation that ends meanwhile makes the choice outdated.
      const weights = await validatedWeights(search, member);
      candidates.push(scoreCandidate(configuration, [member], await scoreConfiguration(member, search)));
      members.push(member);
      validated[configuration] = weights;
    } catch (error) {
      signal?.throwIfAborted();
      if (strict || !isNnUNetError(error)) throw error;
      skipped.push({ configuration, reason: error.message });
      onWarning?.(`${configuration} is skipped: ${error.message}`);
    }
  }
  if (!search.disableEnsembling) {
    for (const pair of pairsOf(members)) {
      const name = ensembleName(...pair);
      candidates.push(scoreCandidate(name, pair, await scoreEnsemble(name, pair, search)));
    }
  }
  const tableFile = join(folder, 'summary.csv');
  const commandsFile = join(folder, 'prediction_commands.txt');
  await writeFileAtomic(tableFile, formatCandidates(candidates));
  const unscored = candidates.filter(({ score }) => Number.isNaN(score)).map(({ name }) => name);
  for (const name of unscored) onWarning?.(`${name} has no score because a label occurs in no case; see ${tableFile}`);
  const best = bestCandidates(candidates);
  if (best.length === 0) throw noScore(folder, candidates);
  const commands = best.flatMap((candidate) =>
    predictionCommands(candidate, {
      task,
      trainer,
      cascadeTrainer,
      plans,
      commonArguments: search.commonArguments,
      postprocessingFile: search.disablePostprocessing ? null : join(folder, candidate.name, FILE_NAMES.postprocessing),
    }),
  );
  await writeFileAtomic(commandsFile, `${commands.join('\n')}\n`);
  await writeChoice(search, validated, candidates, best[0]!);
  return { task, candidates, best, unscored, skipped, commands, commandsFile, tableFile };
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((first, i) => items.slice(i + 1).map((second): [T, T] => [first, second]));
}

function noScore(where: string, candidates: readonly Candidate[]): NnUNetError {
  const none = candidates.length === 0;
  return new NnUNetError('no-score', {
    what: none ? 'no configuration could be scored' : 'no candidate has a score, because a label occurs in no case',
    where,
    remedy: none ? 'Train and validate at least one of them on all folds.' : 'Check summary.csv and the labels.',
  });
}
