import { NnUNetError, usageError } from '@nnunet/errors';
import { counted, listed } from '@nnunet/errors/internal';
import type { Fold } from '@nnunet/schema';
import { foldFolderName } from '@nnunet/schema/internal';
import type { GraphRules } from './experiment-rules.ts';
import type { Job } from './job.ts';
import { rulesOfExperiment } from './rules-of-experiment.ts';
import type { ExperimentSettings, PredictionSettings, TaskFacts } from './settings.ts';

/** The jobs of an experiment, each after those that it waits for. */
interface Graph {
  settings: ExperimentSettings;
  facts: TaskFacts;
  rules: GraphRules;
  /** To compare, in the order of the rules. */
  compared: readonly string[];
  /** With the first stages that cascades need. */
  trained: readonly string[];
  /** The folds of the cross-validation, if all are trained: only then can configurations be compared. */
  comparedFolds: readonly number[] | null;
  /** Whether it is still unknown which configurations the plans contain. */
  open: boolean;
  /** The first stages that a configuration needs, the nearest first. */
  stagesBefore(configuration: string): string[];
  /** To train, and to average in predictions. */
  foldsOf(configuration: string): Fold[];
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
  const prepare: Job = {
    id: 'prepare',
    kind: 'prepare',
    after: [],
    array: { name: 'prepare', index: 0 },
    ...(!graph.open && { configurations: graph.trained }),
  };
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
  const { graph: rules } = rulesOfExperiment(settings.task);
  const { firstStages = rules.firstStages } = facts;
  const stagesBefore = (configuration: string): string[] => {
    const before: string[] = [];
    for (let one = firstStages[configuration]; one !== undefined && !before.includes(one); one = firstStages[one])
      before.push(one);
    return before;
  };
  const asked = configurations ?? facts.planned ?? rules.configurations;
  const compared = inOrder(asked, rules.configurations);
  const withStages = inOrder([...compared, ...compared.flatMap(stagesBefore)], rules.configurations);
  const trained = withStages.sort((a, b) => stagesBefore(a).length - stagesBefore(b).length);
  const folds = settings.folds ?? facts.folds;
  check(trained, folds, { facts, rules });
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
    rules,
    compared,
    trained,
    comparedFolds: isWhole ? facts.folds : null,
    open: configurations === null && facts.planned === null,
    stagesBefore,
    foldsOf(configuration) {
      // Every training case of a cascade's fold is a validation case of another fold of its first stage.
      const forCascade =
        compared.some((other) => stagesBefore(other).includes(configuration)) &&
        (rules.allNeedsFolds || folds.some((fold) => fold !== 'all'));
      const all = forCascade ? [...new Set([...facts.folds, ...folds])] : [...new Set(folds)];
      return all.sort(byFold);
    },
  };
}

/** Names without repetitions: first those that have a place in an order, then the others. */
function inOrder(names: readonly string[], order: readonly string[]): string[] {
  return [...new Set([...order.filter((name) => names.includes(name)), ...names])];
}

function check(trained: readonly string[], folds: readonly Fold[], { facts, rules }: Pick<Graph, 'facts' | 'rules'>) {
  const { planned, folds: existing, undivided } = facts;
  const unplanned = trained.filter((configuration) => planned !== null && !planned.includes(configuration));
  if (unplanned.length > 0) {
    throw usageError({
      what: `the plans of this task do not contain ${listed(unplanned)}`,
      remedy: `Choose from ${listed(planned!)} (\`configurations\`). A cascade is planned only for large images.`,
    });
  }
  const unknown = rules.trainsBeyond ? [] : folds.filter((fold) => fold !== 'all' && !existing.includes(fold));
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

function numbered(folds: readonly Fold[]): number[] {
  return folds.filter((fold) => fold !== 'all');
}

function byFold(a: Fold, b: Fold): number {
  return (a === 'all' ? Number.POSITIVE_INFINITY : a) - (b === 'all' ? Number.POSITIVE_INFINITY : b) || 0;
}

/** Whether a configuration is trained only if the plans turn out to contain it. */
function ifPlanned({ open, rules }: Graph, configuration: string): Pick<Job, 'onlyIfPlanned'> {
  return open && !rules.certain.includes(configuration) ? { onlyIfPlanned: true } : {};
}

function firstStageOf({ stagesBefore }: Graph, configuration: string): Pick<Job, 'firstStage'> {
  const [firstStage] = stagesBefore(configuration);
  return firstStage === undefined ? {} : { firstStage };
}

function trainingJobs(graph: Graph): Job[] {
  const { trained, compared, facts } = graph;
  const training = (configuration: string, fold: Fold, after: readonly string[]): Job => ({
    id: `train-${configuration}-${foldFolderName(fold)}`,
    kind: 'train',
    after,
    array: {
      name: `train-${configuration}`,
      index: fold === 'all' ? Math.max(...facts.folds, ...numbered(graph.foldsOf(configuration))) + 1 : fold,
    },
    configuration,
    fold,
    ...firstStageOf(graph, configuration),
    ...(fold !== 'all' && compared.length > 1 && compared.includes(configuration) && { probabilities: true }),
    ...ifPlanned(graph, configuration),
  });
  const jobs: Job[] = [];
  for (const configuration of trained) {
    const { firstStage } = firstStageOf(graph, configuration);
    const after = firstStage === undefined ? ['prepare'] : idsOf(jobs, firstStage);
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
  const { trained, compared, facts, rules } = graph;
  const postprocessed = rules.postprocesses && comparison.length > 0;
  const more = postprocessed ? { postprocessed } : {};
  const jobs: Job[] = [];
  for (const configuration of trained) {
    const folds = graph.foldsOf(configuration);
    const ofCases = numbered(folds);
    const begin = comparison.length > 0 ? idsOf(comparison) : idsOf(trainings, configuration);
    const cascades = compared.filter((other) => graph.stagesBefore(other).includes(configuration));
    const users = [configuration, ...cascades];
    const { firstStage } = firstStageOf(graph, configuration);
    for (let part = 0; part < parts; part++) {
      const before = firstStage === undefined ? [] : [idOfPrediction(firstStage, part)];
      jobs.push({
        id: idOfPrediction(configuration, part),
        kind: 'predict',
        after: [...begin, ...before],
        array: { name: `predict-${configuration}`, index: part },
        configuration,
        part,
        folds: ofCases.length > 0 ? ofCases : folds,
        ...(firstStage !== undefined && { firstStage }),
        ...(compared.length > 1 ? { onlyFor: users } : { members: compared }),
        ...more,
        ...ifPlanned(graph, configuration),
      });
    }
  }
  if (compared.length > 1)
    jobs.push({ id: 'merge', kind: 'merge', after: idsOf(jobs), array: { name: 'merge', index: 0 }, ...more });
  const members = postprocessed && compared.length === 1 ? { members: compared } : {};
  if (postprocessed) {
    const after = idsOf(jobs);
    jobs.push({ id: 'postprocess', kind: 'postprocess', after, array: { name: 'postprocess', index: 0 }, ...members });
  }
  if (references !== null) {
    // Not only for the ensemble: that is not needed if a single configuration is best.
    const after = idsOf(jobs);
    jobs.push({
      id: 'evaluate',
      kind: 'evaluate',
      after,
      array: { name: 'evaluate', index: 0 },
      labels: facts.labels,
      ...more,
      ...members,
    });
  }
  return jobs;
}

function idOfPrediction(configuration: string, part: number): string {
  return `predict-${configuration}-part_${part}`;
}

function idsOf(jobs: readonly Job[], configuration?: string): string[] {
  return jobs.filter((job) => configuration === undefined || job.configuration === configuration).map(({ id }) => id);
}
