import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import type { Summary } from '@nnunet/metrics';
import { judgedClasses, meanWithoutNaN } from '@nnunet/metrics/internal';
import { joinPath } from '@nnunet/schema/internal';
import { defaultSettings, type TrainingLog, type TrainingSettings, type TrainingState } from '@nnunet/trainer';
import { changedSettings } from '@nnunet/trainer/internal';
import { orNull } from '../numbers.ts';
import type { FoldEntry, TrainingSection } from '../report-data.ts';
import type { TrainedModelFolder } from '../trained-models.ts';
import type { ScoreSources, ValidatedCandidate } from './cross-validation.ts';
import { diceByCase } from './scores-section.ts';
import { casesIn, SUMMARY } from './summary-cases.ts';

/** Describes the trainings of every model, fold by fold. Folds without a trace of a training are left out. */
export async function describeTrainings(
  models: readonly TrainedModelFolder[],
  sources: Pick<ScoreSources, 'rules' | 'description'>,
  candidates: readonly ValidatedCandidate[] = [],
): Promise<TrainingSection[]> {
  const sections: TrainingSection[] = [];
  for (const model of models) {
    const scores = candidates.find(({ name }) => name === model.configuration)?.summary ?? null;
    const folds: FoldEntry[] = [];
    for (const { fold, name } of model.folds) {
      const entry = await describeFold(fold, joinPath(model.folder, name), scores, sources);
      if (entry !== null) folds.push(entry);
    }
    if (folds.length > 0) sections.push({ configuration: model.configuration, trainer: model.trainer, folds });
  }
  return sections;
}

async function describeFold(
  fold: string,
  folder: string,
  scores: Summary | null,
  sources: Pick<ScoreSources, 'rules' | 'description'>,
): Promise<FoldEntry | null> {
  const { state = null, knowsSettings } = (await sources.rules.training(folder)) ?? {};
  const log = await latestEpochs(folder, state);
  const validation = await validationOf(joinPath(folder, sources.rules.validation, SUMMARY), scores, sources);
  if (state === null && log.trainLosses.length === 0 && validation === null) return null;
  return {
    fold,
    epochs: log.trainLosses.length,
    // Models of v1 have no record of their training here; a validated one is finished.
    finished: state?.finished ?? validation !== null,
    trainLosses: log.trainLosses.map(orNull),
    validationLosses: log.validationLosses.map(orNull),
    dice: log.validationMetrics.map(orNull),
    learningRates: log.learningRates.map(orNull),
    seconds: log.epochSeconds.reduce((sum, seconds) => sum + (orNull(seconds) ?? 0), 0),
    machine: await machineOf(folder),
    changed: state !== null && knowsSettings ? changesOf(state.settings) : [],
    validation,
  };
}

/** A line of the log for programs. */
interface EpochRecord {
  epoch: number;
  trainLoss: number | null;
  validationLoss: number | null;
  metric: number | null;
  learningRate: number | null;
  seconds: number | null;
}

/** Returns the epochs of a checkpoint, and those that the newest log file has beyond them. */
async function latestEpochs(folder: string, state: TrainingState | null): Promise<TrainingLog> {
  const log: TrainingLog = {
    trainLosses: [...(state?.log.trainLosses ?? [])],
    validationLosses: [...(state?.log.validationLosses ?? [])],
    validationMetrics: [...(state?.log.validationMetrics ?? [])],
    learningRates: [...(state?.log.learningRates ?? [])],
    epochSeconds: [...(state?.log.epochSeconds ?? [])],
    waitingShares: [],
  };
  if (state?.finished) return log;
  for (const record of await newestRecords(folder)) {
    if (record.epoch !== log.trainLosses.length + 1) continue;
    log.trainLosses.push(record.trainLoss ?? Number.NaN);
    log.validationLosses.push(record.validationLoss ?? Number.NaN);
    log.validationMetrics.push(record.metric ?? Number.NaN);
    log.learningRates.push(record.learningRate ?? Number.NaN);
    log.epochSeconds.push(record.seconds ?? Number.NaN);
  }
  return log;
}

async function newestRecords(folder: string): Promise<EpochRecord[]> {
  const names = (await readdir(folder)).filter((name) => /^training_log_.*\.jsonl$/.test(name));
  const files = await Promise.all(
    names.map(async (name) => ({ path: joinPath(folder, name), time: (await stat(joinPath(folder, name))).mtimeMs })),
  );
  const newest = files.sort((a, b) => a.time - b.time).at(-1);
  if (newest === undefined) return [];
  const lines = (await readFile(newest.path, 'utf8')).split('\n');
  return lines.flatMap((line) => {
    try {
      const record = JSON.parse(line);
      return Number.isInteger(record?.epoch) ? [record as EpochRecord] : [];
    } catch {
      // The last line of a training that was killed, or is being written.
      return [];
    }
  });
}

/** Returns the processors and name of the machine from `debug.json`. */
async function machineOf(folder: string): Promise<string | null> {
  try {
    const { hostname, processors, memory } = JSON.parse(await readFile(joinPath(folder, 'debug.json'), 'utf8'));
    const parts = [hostname, processors, memory].filter((part) => typeof part === 'string' && part !== '');
    return parts.length === 0 ? null : parts.join(', ');
  } catch {
    return null;
  }
}

const SETTING_NAMES: Record<keyof TrainingSettings, string> = {
  epochs: 'epochs',
  iterationsPerEpoch: 'iterations per epoch',
  validationIterationsPerEpoch: 'validation iterations per epoch',
  batchSize: 'batch size',
  initialLearningRate: 'initial learning rate',
  seed: 'seed',
  timeBudget: 'time budget (minutes)',
  validationMinutes: 'minutes for validation',
  checkpointMinutes: 'minutes between checkpoints',
};

function changesOf(settings: TrainingSettings): FoldEntry['changed'] {
  return changedSettings(settings).map((key) => ({
    name: SETTING_NAMES[key],
    value: String(settings[key]),
    usual: defaultSettings[key] === null ? (key === 'batchSize' ? 'as planned' : 'none') : String(defaultSettings[key]),
  }));
}

/**
 * Returns the mean Dice of the validation of a fold: as in its summary.json, or if the cross-validation is scored by regions,
 * by these.
 */
async function validationOf(
  file: string,
  scores: Summary | null,
  { rules, description }: Pick<ScoreSources, 'rules' | 'description'>,
): Promise<FoldEntry['validation']> {
  if (!existsSync(file)) return null;
  const summary = await rules.readSummary(file, description);
  const own = judgedClasses(summary);
  const classes = scores === null ? [] : judgedClasses(scores).map(({ key }) => key);
  if (scores === null || classes.every((key) => own.some((one) => one.key === key))) {
    return Object.fromEntries(own.map(({ key, mean }) => [key, orNull(mean.Dice)]));
  }
  const dice = diceByCase(scores);
  const ids = casesIn(summary);
  const meanOf = (key: string) => orNull(meanWithoutNaN(ids.map((id) => dice[key]![id] ?? Number.NaN)));
  return Object.fromEntries(classes.map((key) => [key, meanOf(key)]));
}
