import { NnUNetError, usageError } from '@nnunet/errors';
import { counted, listed } from '@nnunet/errors/internal';
import { CONFIGURATIONS, type Configuration, type Fold } from '@nnunet/schema';
import { foldFolderName } from '@nnunet/schema/internal';
import type { Job } from './job.ts';
import type { ExperimentSettings, PredictionSettings, TaskFacts } from './settings.ts';

const CASCADE = '3d_cascade_fullres';
const LOWRES = '3d_lowres';

/** The jobs of an experiment, each after those that it waits for. */
interface Graph {
  settings: ExperimentSettings;
  facts: TaskFacts;
  /** To compare, in v1's order. */
  compared: readonly Configuration[];
  /** With 3d_lowres, if the cascade needs it. */
  trained: readonly Configuration[];
  /** The folds of the cross-validation, if all are trained: only then can configurations be compared. */
  comparedFolds: readonly number[] | null;
  /** Whether it is still unknown which configurations the plans contain. */
  open: boolean;
  /** To train, and to average in predictions. */
  foldsOf(configuration: Configuration): Fold[];
}

/**
 * Derives the jobs of an experiment: preparation, trainings, comparison, predictions, ensemble, scores, report. Pure:
 * the same settings and facts always give the same jobs, in an order in which they can be run.
 *
 * @throws NnUNetError 'usage' for configurations that are not planned, folds that do not exist, and settings that
 * contradict each other; 'too-few-cases' for fewer cases than folds
 */
export function planJobs(settings: ExperimentSettings, facts: TaskFacts): Job[] {
  const graph = graphOf(settings, facts);
  const prepare: Job = { id: 'prepare', kind: 'prepare', after: [], array: { name: 'prepare', index: 0 } };
  const trainings = trainingJobs(graph);
  const comparison = comparisonJobs(graph, trainings);
  const results = settings.prediction === null ? [] : predictionJobs(graph, settings.prediction, trainings, comparison);
  const jobs = [prepare, ...trainings, ...comparison, ...results];
  const scores = results.filter(({ kind }) => kind === 'evaluate');
  const last = [scores, results, comparison].find((some) => some.length > 0) ?? trainings;
  return [...jobs, { id: 'report', kind: 'report', after: idsOf(last), array: { name: 'report', index: 0 } }];
}

function graphOf(settings: ExperimentSettings, facts: TaskFacts): Graph {
  const { configurations, prediction } = settings;
  const asked = configurations ?? facts.planned ?? CONFIGURATIONS;
  const compared = CONFIGURATIONS.filter((configuration) => asked.includes(configuration));
  const trained = CONFIGURATIONS.filter(
    (configuration) => compared.includes(configuration) || (configuration === LOWRES && compared.includes(CASCADE)),
  );
  const folds = settings.folds ?? facts.folds;
  check(trained, folds, facts);
  const numbered = folds.filter((fold) => fold !== 'all');
  const isWhole = facts.folds.every((fold) => folds.includes(fold));
  if (prediction !== null && !isWhole && compared.length > 1) {
    throw usageError({
      what: `the best configuration is chosen by all folds of the cross-validation (${listed(facts.folds.map(String))}), but not all are trained`,
      remedy: 'Train all of them (`folds`), or name the one configuration to predict with (`configurations`).',
    });
  }
  return {
    settings,
    facts,
    compared,
    trained,
    comparedFolds: isWhole ? facts.folds : null,
    open: configurations === null && facts.planned === null,
    foldsOf(configuration) {
      // Every training case of a cascade's fold is a validation case of another fold of 3d_lowres.
      const forCascade = configuration === LOWRES && compared.includes(CASCADE) && numbered.length > 0;
      const all = forCascade ? [...new Set([...facts.folds, ...folds])] : [...new Set(folds)];
      return all.sort(byFold);
    },
  };
}

function check(trained: readonly Configuration[], folds: readonly Fold[], facts: TaskFacts) {
  const { planned, folds: existing, undivided } = facts;
  const unplanned = trained.filter((configuration) => planned !== null && !planned.includes(configuration));
  if (unplanned.length > 0) {
    throw usageError({
      what: `the plans of this task do not contain ${listed(unplanned)}`,
      remedy: `Choose from ${listed(planned!)} (\`configurations\`). A cascade is planned only for large images.`,
    });
  }
  const unknown = folds.filter((fold) => fold !== 'all' && !existing.includes(fold));
  if (folds.length === 0 || unknown.length > 0) {
    throw usageError({
      what: folds.length === 0 ? 'there are no folds to train' : `this task has no fold ${listed(unknown.map(String))}`,
      remedy: `Choose from ${listed(existing.map(String))} and all (\`folds\`).`,
    });
  }
  if (undivided !== null && undivided < existing.length && folds.some((fold) => fold !== 'all')) {
    throw new NnUNetError('too-few-cases', {
      what: `${counted(existing.length, 'fold')} need at least ${counted(existing.length, 'case')}, but this task has ${undivided}`,
      remedy: `${undivided < 2 ? 'Train' : `Make fewer folds with nnUNet_splits (--folds ${undivided}), train`} fold "all" (\`folds\` all), or add cases.`,
    });
  }
}

function byFold(a: Fold, b: Fold): number {
  return (a === 'all' ? Number.POSITIVE_INFINITY : a) - (b === 'all' ? Number.POSITIVE_INFINITY : b) || 0;
}

/** Whether a configuration is trained only if the plans turn out to contain it. */
function ifPlanned({ open }: Graph, configuration: Configuration): Pick<Job, 'onlyIfPlanned'> {
  return open && (configuration === LOWRES || configuration === CASCADE) ? { onlyIfPlanned: true } : {};
}

function trainingJobs(graph: Graph): Job[] {
  const { trained, compared, facts } = graph;
  const training = (configuration: Configuration, fold: Fold, after: readonly string[]): Job => ({
    id: `train-${configuration}-${foldFolderName(fold)}`,
    kind: 'train',
    after,
    array: { name: `train-${configuration}`, index: fold === 'all' ? Math.max(...facts.folds) + 1 : fold },
    configuration,
    fold,
    ...(fold !== 'all' && compared.length > 1 && compared.includes(configuration) && { probabilities: true }),
    ...ifPlanned(graph, configuration),
  });
  const jobs: Job[] = [];
  for (const configuration of trained) {
    const after = configuration === CASCADE ? idsOf(jobs, LOWRES) : ['prepare'];
    for (const fold of graph.foldsOf(configuration)) jobs.push(training(configuration, fold, after));
  }
  return jobs;
}

function comparisonJobs({ comparedFolds: folds, compared, open }: Graph, trainings: readonly Job[]): Job[] {
  if (folds === null) return [];
  const after = trainings.filter(({ configuration }) => compared.includes(configuration!));
  return [
    {
      id: 'choose',
      kind: 'choose',
      after: idsOf(after),
      array: { name: 'choose', index: 0 },
      folds,
      ...(!open && { configurations: compared }),
    },
  ];
}

function predictionJobs(
  graph: Graph,
  { parts, references }: PredictionSettings,
  trainings: readonly Job[],
  comparison: readonly Job[],
): Job[] {
  const { trained, compared, facts } = graph;
  const jobs: Job[] = [];
  for (const configuration of trained) {
    const folds = graph.foldsOf(configuration);
    const numbered = folds.filter((fold) => fold !== 'all');
    const begin = comparison.length > 0 ? idsOf(comparison) : idsOf(trainings, configuration);
    const users: Configuration[] =
      configuration === LOWRES && compared.includes(CASCADE) ? [LOWRES, CASCADE] : [configuration];
    for (let part = 0; part < parts; part++) {
      const lowres = configuration === CASCADE ? [idOfPrediction(LOWRES, part)] : [];
      jobs.push({
        id: idOfPrediction(configuration, part),
        kind: 'predict',
        after: [...begin, ...lowres],
        array: { name: `predict-${configuration}`, index: part },
        configuration,
        part,
        folds: numbered.length > 0 ? numbered : folds,
        ...(compared.length > 1 ? { onlyFor: users } : { members: compared }),
        ...ifPlanned(graph, configuration),
      });
    }
  }
  if (compared.length > 1)
    jobs.push({ id: 'merge', kind: 'merge', after: idsOf(jobs), array: { name: 'merge', index: 0 } });
  if (references !== null) {
    // Not only for the ensemble: that is not needed if a single configuration is best.
    const after = idsOf(jobs);
    jobs.push({ id: 'evaluate', kind: 'evaluate', after, array: { name: 'evaluate', index: 0 }, labels: facts.labels });
  }
  return jobs;
}

function idOfPrediction(configuration: Configuration, part: number): string {
  return `predict-${configuration}-part_${part}`;
}

function idsOf(jobs: readonly Job[], configuration?: Configuration): string[] {
  return jobs.filter((job) => configuration === undefined || job.configuration === configuration).map(({ id }) => id);
}
