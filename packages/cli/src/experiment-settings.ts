import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { usageError } from '@nnunet/errors';
import { listed, requireInteger } from '@nnunet/errors/internal';
import {
  type AskedPlans,
  defaultName,
  ExperimentFolder,
  type ExperimentRules,
  type ExperimentSettings,
  parseSettings,
  pluginModules,
  rulesOfExperiment,
} from '@nnunet/experiment';
import { parseJsonWithNaN, type Roots } from '@nnunet/schema';
import { parseFold } from '@nnunet/schema/internal';
import { resolveTaskFirst } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { Arguments } from './command.ts';
import { passedArguments } from './passed-options.ts';
import { pluginsOf } from './plugin-option.ts';

/**
 * The settings of the experiment that a line describes: its options, then the settings file, then defaults.
 *
 * @throws NnUNetError 'usage', 'bad-experiment', 'unknown-task', …
 */
export async function settingsOf(args: Arguments, roots: Roots): Promise<ExperimentSettings> {
  const file = args.settings === undefined ? {} : await readSettings(args.settings);
  const given = args.task_id ?? file.task;
  if (given === undefined) throw usageError({ what: 'no task was given', remedy: 'Give -t TASK.' });
  const task = await resolveTaskFirst(given, roots);
  const rules = rulesOfExperiment(task);
  const passed = passedArguments(args, rules);
  const all = args.root ? ['--root', resolve(args.root)] : [];
  const words = [...rules.kinds, 'all' as const].map((kind) => {
    const own = kind === 'all' ? all : (passed[kind] ?? []);
    return [kind, [...(file.arguments?.[kind] ?? []), ...own]] as const;
  });
  const trainer = args.tr ?? file.trainer ?? rules.models.trainer;
  const typed = Object.fromEntries(words);
  const { plansIdentifier, prepare } = await plansOf(args, { rules, file: file.plansIdentifier, typed });
  const models = {
    trainer,
    cascadeTrainer: rules.models.cascadeTrainer(args.ctr ?? file.cascadeTrainer, trainer),
    plansIdentifier,
  };
  const settings: ExperimentSettings = {
    task,
    name: args.name ?? file.name ?? defaultName(models),
    configurations: (args.models ?? file.configurations)?.map(rules.configuration) ?? null,
    folds: args.folds?.map(parseFold) ?? file.folds ?? null,
    ...models,
    prediction: predictionOf(args, file.prediction ?? null),
    arguments: { ...typed, prepare },
    sbatch: { ...file.sbatch, ...(args.sbatch !== undefined && { all: args.sbatch }) },
  };
  parseSettings(settings, 'the settings of this experiment');
  return settings;
}

interface PlansSource {
  rules: ExperimentRules;
  /** Of the settings file. */
  file?: string | undefined;
  /** Arguments of the commands. */
  typed: ExperimentSettings['arguments'];
}

/** The name of the plans that a line asks for, and the arguments of the command that makes them. */
async function plansOf(args: Arguments, { rules, file, typed }: PlansSource): Promise<AskedPlans> {
  const { loadExtensions } = await import('@nnunet/pipeline');
  const extensions = await loadExtensions(pluginsOf({ plugin: pluginModules({ arguments: typed }) }));
  return rules.models.plans({ plans: args.pl, planner: args.planner, file, prepare: typed.prepare ?? [] }, extensions);
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
  const task = await resolveTaskFirst(args.task_id, roots);
  const rules = rulesOfExperiment(task);
  const { plansIdentifier } = await plansOf(args, { rules, typed: passedArguments(args, rules) });
  const usual = defaultName({ trainer: args.tr ?? rules.models.trainer, plansIdentifier });
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
