import * as v from 'valibot';
import { DOCUMENT_VERSION } from './document-version.ts';

const text = v.string();
const texts = v.array(text);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const number = v.number();
/** NaN, the score of what occurs nowhere, is written as null. */
const score = v.nullable(number);
const flag = v.boolean();

const estimate = v.object({ cases: count, evaluations: count, seconds: number, atMost: flag, unknown: count });

const job = v.object({
  id: text,
  kind: text,
  after: texts,
  status: v.picklist(['done', 'running', 'waiting', 'failed', 'cancelled', 'not needed']),
  dice: v.optional(score),
  remark: v.optional(text),
  lastLines: v.optional(texts),
  remedy: v.optional(text),
});

const plannedJob = v.object({
  id: text,
  kind: text,
  after: texts,
  /** null: known when the best configuration is chosen. */
  command: v.nullable(texts),
  estimate: v.nullable(v.object({ seconds: v.nullable(number), memory: number, threads: number })),
});

const candidate = v.object({ name: text, dice: v.record(text, score), score });

const model = v.object({
  task: text,
  description: text,
  sources: v.array(v.object({ url: text, sha256: v.optional(text) })),
});

/** A document of a name, and its fields. */
function named<N extends string, E extends v.ObjectEntries>(name: N, entries: E) {
  return v.object({ document: v.literal(name), version: v.literal(DOCUMENT_VERSION), ...entries });
}

/**
 * What commands write with --json. `schemas/NAME.schema.json` describes each document for other programs, and is made
 * from what stands here. Commands need the types alone.
 */
export const documents = {
  predict: named('predict', {
    predicted: count,
    /** Cases whose results existed. */
    skipped: count,
    output: text,
    /** What was expected before the first case of each model. */
    estimates: v.array(estimate),
  }),
  evaluate_folder: named('evaluate_folder', { meanDice: score, summaryFile: text, otherFiles: texts }),
  plan_and_preprocess: named('plan_and_preprocess', { folders: texts, preprocessed: flag }),
  experiment: named('experiment', {
    folder: text,
    jobs: v.array(job),
    /** Why the queue of Slurm could not be asked, where the disk alone is known. */
    unasked: v.optional(text),
  }),
  experiment_plan: named('experiment_plan', {
    folder: text,
    jobs: v.array(plannedJob),
    done: count,
    /** Of all jobs one after the other, on this machine. */
    seconds: v.object({ least: number, most: number }),
    /** Jobs whose time is not known. */
    unknown: texts,
  }),
  find_best_configuration: named('find_best_configuration', {
    tasks: v.array(
      v.object({
        task: text,
        candidates: v.array(candidate),
        best: texts,
        unscored: texts,
        skipped: v.array(v.object({ configuration: text, reason: text })),
        commands: texts,
        commandsFile: text,
        tableFile: text,
      }),
    ),
  }),
  train: named('train', {
    foldFolder: text,
    /** Stopped before its end: the same command with -c continues it. */
    interrupted: flag,
    /** Of the validation, if there was one. */
    dice: v.optional(score),
    summaryFile: v.optional(text),
  }),
  training_forecast: named('training_forecast', {
    patchSize: v.array(count),
    batchSize: count,
    iterationsPerEpoch: count,
    validationIterationsPerEpoch: count,
    epochs: count,
    validationCases: count,
    folds: count,
    memory: text,
    /** In seconds. */
    step: number,
    epoch: number,
    validation: number,
    fold: number,
  }),
  report: named('report', { page: text, files: texts }),
  explain_plans: named('explain_plans', {
    /** Task and rules. */
    rules: text,
    plans: v.array(v.object({ file: text, text })),
    networks: v.array(
      v.object({ configuration: text, patchSize: v.array(count), batchSize: count, spacing: v.array(number) }),
    ),
    picture: v.nullable(text),
  }),
  available_models: named('available_models', { models: v.array(model), exported: v.nullable(text) }),
  model_info: named('model_info', {
    models: v.array(model),
    /** Cards of installed models, in Markdown. */
    cards: v.array(v.object({ folder: text, text })),
  }),
  installed_models: named('installed_models', {
    installed: v.array(v.object({ folder: text, models: texts, replaced: count })),
  }),
  version: named('version', {
    packages: text,
    node: text,
    onnxruntime: text,
    platform: text,
    /** `fault`: why it cannot be used. */
    devices: v.array(v.object({ name: text, usable: flag, fault: v.nullable(text) })),
  }),
  /** The lines that a command without a document of its own prints. */
  lines: named('lines', { lines: texts }),
  error: named('error', {
    error: v.object({ tag: text, what: text, where: v.nullable(text), remedy: v.nullable(text) }),
  }),
};

export type DocumentName = keyof typeof documents;

/** What a command says in a document. */
export type DocumentFields<N extends DocumentName> = Omit<v.InferInput<(typeof documents)[N]>, 'document' | 'version'>;
