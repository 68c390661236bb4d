import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Configuration, Plans } from '@nnunet/schema';
import type { Trainer } from '../src/trainer.ts';
import { shippedTrainers } from '../src/trainer-registry.ts';

/** Any JSON object. */
export type Json = { [key: string]: unknown };

/** A class of v1 in the table: what it changes of the class named `difference_to`. */
interface ClassEntry {
  difference_to: string | null;
  /** On which plans it works. */
  plans?: string[];
  changes: Json;
  changes_by_plans: Record<string, Json>;
  iteration?: { training?: unknown[][] };
  runs?: Record<string, Json>;
  run_errors?: Json;
  /** Names of the same class. */
  aliases?: string[];
}

interface PlansEntry {
  /** File of the golden values. */
  from: string;
  configuration: Configuration;
  stage: number;
  batch_dice: boolean;
  /** Of the stage. */
  changes: Json;
  stage_plans?: Plans['plans_per_stage'][string];
  base_num_features?: number;
}

const golden = fileURLToPath(new URL('../../../../shared/golden/', import.meta.url));
const file = `${golden}trainers/trainers.json`;

/** What each trainer class of v1 decides, dumped from v1; undefined where the golden values are not beside the repository. */
export const table: Record<string, ClassEntry> | undefined = existsSync(file) ? readJson(file) : undefined;
export const lossArrays = `${golden}loss/arrays.npz`;

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

const special = <T>(key: '_plans' | '_plans_of_the_parent_instead') => (table as unknown as Record<string, T>)[key]!;

/** The name of each class of v1 by all names that it has. */
export const v1Names: ReadonlyMap<string, string> = new Map(
  Object.entries(table ?? {}).flatMap(([name, { aliases = [] }]) =>
    name.startsWith('_') ? [] : [name, ...aliases].map((alias): [string, string] => [alias, name]),
  ),
);

const registry = shippedTrainers;
/** Names of the trainers that v1 has too. */
export const comparedTrainers: readonly string[] = registry
  .names()
  .filter((name) => v1Names.has(name))
  .sort();

const ABSENT = '__absent__';
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function patch(old: Json, changes: Json): Json {
  const out = { ...old };
  for (const [key, value] of Object.entries(changes)) {
    const before = out[key];
    if (value === ABSENT) delete out[key];
    else out[key] = isObject(value) ? patch(isObject(before) ? before : {}, value) : value;
  }
  return out;
}

const known = <T>(make: (...keys: string[]) => T) => {
  const values = new Map<string, T>();
  return (...keys: string[]): T => {
    const key = keys.join();
    if (!values.has(key)) values.set(key, make(...keys));
    return values.get(key)!;
  };
};

const entryOf = known((name, plans): Json | undefined => {
  const { difference_to: base, plans: own, changes, changes_by_plans: byPlans } = table![name]!;
  if (!own?.includes(plans!)) return undefined;
  const instead = special<Record<string, string>>('_plans_of_the_parent_instead')[plans!];
  const parent = base === null ? {} : (entryOf(base, plans!) ?? (instead ? entryOf(base, instead) : undefined) ?? {});
  return patch(patch(parent, changes), byPlans[plans!] ?? {});
});

/** What v1's class of this name decides on these plans. */
export function v1Entry(trainer: string, plans: string): Json {
  return entryOf(v1Names.get(trainer)!, plans)!;
}

const runOf = known((name, scenario): Json | undefined => {
  const { difference_to: base, plans, runs, run_errors: errors = {} } = table![name]!;
  if (plans === undefined || scenario! in errors) return undefined;
  return patch(base === null ? {} : (runOf(base, scenario!) ?? {}), runs?.[scenario!] ?? {});
});

/** What happened in a whole training of v1's class with given losses; undefined where v1 itself fails. */
export function v1Run(trainer: string, scenario: string): Json | undefined {
  return runOf(v1Names.get(trainer)!, scenario);
}

/** The greatest norm of v1's gradients, and 2: its kind; undefined where v1 does not clip. */
export function v1Clipping(trainer: string): unknown[] | undefined {
  for (let name: string | null = v1Names.get(trainer)!; name !== null; name = table![name]!.difference_to) {
    const calls = table![name]!.iteration?.training;
    if (calls !== undefined) return calls.find(([call]) => call === 'clip_grad_norm_')?.slice(1);
  }
  throw new Error(`the table has no iteration of ${trainer}`);
}

/** Names of the plans on which v1's class works. */
export function plansOf(trainer: string): readonly string[] {
  return table![v1Names.get(trainer)!]!.plans ?? [];
}

const planFile = known((path) => readFileSync(path!, 'utf8'));

/** The trainer of this name, made for plans of the table. */
export function trainerFor(trainer: string, plans: string): Trainer {
  const about = special<Record<string, PlansEntry>>('_plans')[plans]!;
  const path = about.from.replace('golden/', '').replace('dataset_properties.json', 'nnUNetPlansv2.1_plans_3D.json');
  const json = JSON.parse(planFile(golden + path)) as Plans;
  if (about.stage_plans) json.plans_per_stage[about.stage] = structuredClone(about.stage_plans);
  json.base_num_features = about.base_num_features ?? json.base_num_features;
  Object.assign(json.plans_per_stage[about.stage]!, about.changes);
  const { configuration, stage, batch_dice: batchDice } = about;
  return new (registry.get(trainer))({ plans: json, configuration, stage, batchDice });
}
