import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { usageError } from '@nnunet/errors';
import { listed, requireInteger } from '@nnunet/errors/internal';
import { defaultName, ExperimentFolder, type ExperimentSettings, JOB_KINDS, parseSettings } from '@nnunet/experiment';
import { parseJsonWithNaN, type Roots } from '@nnunet/schema';
import {
  checkConfiguration,
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_PLANS_IDENTIFIER,
  DEFAULT_TRAINER,
  parseFold,
} from '@nnunet/schema/internal';
import { resolveTask } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { Arguments } from './command.ts';
import { passedArguments } from './passed-options.ts';

/** Whole experiments are made of v1's commands alone. */
const INSTEAD_V2 =
  'nnUNetv2_plan_and_preprocess -d DATASET, nnUNetv2_train for each configuration and fold, nnUNetv2_find_best_configuration, which writes the commands that predict, and nnUNet_report -t DATASET';

/**
 * The settings of the experiment that a line describes: its options, then the settings file, then defaults.
 *
 * @throws NnUNetError 'usage', 'bad-experiment', 'unknown-task', …
 */
export async function settingsOf(args: Arguments, roots: Roots): Promise<ExperimentSettings> {
  const file = args.settings === undefined ? {} : await readSettings(args.settings);
  const given = args.task_id ?? file.task;
  if (given === undefined) throw usageError({ what: 'no task was given', remedy: 'Give -t TASK.' });
  const models = {
    trainer: args.tr ?? file.trainer ?? DEFAULT_TRAINER,
    cascadeTrainer: args.ctr ?? file.cascadeTrainer ?? DEFAULT_CASCADE_TRAINER,
    plansIdentifier: args.pl ?? file.plansIdentifier ?? DEFAULT_PLANS_IDENTIFIER,
  };
  const passed = passedArguments(args);
  const all = args.root ? ['--root', resolve(args.root)] : [];
  const words = [...JOB_KINDS, 'all' as const].map((kind) => {
    const own = kind === 'all' ? all : (passed[kind] ?? []);
    return [kind, [...(file.arguments?.[kind] ?? []), ...own]];
  });
  const settings: ExperimentSettings = {
    task: await resolveTask(given, roots, INSTEAD_V2),
    name: args.name ?? file.name ?? defaultName(models),
    configurations: args.models?.map(checkConfiguration) ?? file.configurations ?? null,
    folds: args.folds?.map(parseFold) ?? file.folds ?? null,
    ...models,
    prediction: predictionOf(args, file.prediction ?? null),
    arguments: Object.fromEntries(words),
    sbatch: { ...file.sbatch, ...(args.sbatch !== undefined && { all: args.sbatch }) },
  };
  parseSettings(settings, 'the settings of this experiment');
  return settings;
}

function predictionOf(args: Arguments, file: ExperimentSettings['prediction']): ExperimentSettings['prediction'] {
  const images = args.input_folder ?? file?.images;
  const output = args.output_folder ?? file?.output;
  const references = args.ref ?? file?.references ?? null;
  if ((images === undefined) !== (output === undefined))
    throw usageError({
      what: images === undefined ? '-o needs images to predict' : '-i needs a folder for the label maps',
      remedy: images === undefined ? 'Add -i FOLDER.' : 'Add -o FOLDER.',
    });
  requireInteger('parts', args.parts, 1);
  if (images === undefined) {
    if (args.parts !== undefined)
      throw usageError({ what: '--parts needs images to predict', remedy: 'Add -i FOLDER -o FOLDER.' });
    if (references === null) return null;
    throw usageError({ what: '-ref needs predictions to score', remedy: 'Add -i FOLDER -o FOLDER.' });
  }
  return {
    images: resolve(images),
    output: resolve(output!),
    references: references === null ? null : resolve(references),
    parts: args.parts ?? file?.parts ?? 1,
  };
}

async function readSettings(path: string): Promise<Partial<ExperimentSettings>> {
  return parseSettings(parseJsonWithNaN(await readTextFile(path), path), path);
}

/**
 * The settings of an experiment that was started before, found by task and name. Without a name, the task's only
 * experiment is meant, or else the one of these trainers and plans.
 *
 * @throws NnUNetError 'usage' naming the experiments of the task
 */
export async function storedSettings(args: Arguments, roots: Roots): Promise<ExperimentSettings> {
  if (args.settings !== undefined || args.task_id === undefined) return settingsOf(args, roots);
  const task = await resolveTask(args.task_id, roots, INSTEAD_V2);
  const usual = defaultName({
    trainer: args.tr ?? DEFAULT_TRAINER,
    plansIdentifier: args.pl ?? DEFAULT_PLANS_IDENTIFIER,
  });
  const folderOf = (name: string) => new ExperimentFolder(roots, { task, name });
  const parent = dirname(folderOf(usual).path);
  const names = (await readdir(parent).catch(() => []))
    .filter((name) => existsSync(folderOf(name).settingsFile))
    .sort();
  const name = args.name ?? (names.length === 1 ? names[0] : usual);
  if (names.includes(name)) return (await readSettings(folderOf(name).settingsFile)) as ExperimentSettings;
  throw usageError({
    what: names.length === 0 ? `there is no experiment of ${task} yet` : `${task} has no experiment "${name}"`,
    where: parent,
    remedy: names.length === 0 ? 'Start one: nnUNet_run -t TASK.' : `Choose from ${listed(names)} (--name).`,
  });
}
