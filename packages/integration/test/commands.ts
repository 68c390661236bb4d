import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));
export const demoTask = join(repository, 'demo-data/Task04_Hippocampus');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Path of a built command's program. */
export function commandPath(name: string): string {
  return join(repository, 'packages/cli/bin', `${name}.mjs`);
}

/** An environment without the variables that say where data and models of nnU-Net live. */
export function withoutPaths({ ...environment }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  for (const variable of [
    'nnUNet_raw_data_base',
    'nnUNet_preprocessed',
    'RESULTS_FOLDER',
    'nnUNet_raw',
    'nnUNet_results',
  ])
    delete environment[variable];
  return environment;
}

/** Runs a built command with the environment's nnU-Net variables taken out. */
export function runCommand(name: string, args: string[], environment: Record<string, string> = {}): Outcome {
  const env = { ...withoutPaths(process.env), ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, [commandPath(name), ...args], {
    encoding: 'utf8',
    env,
  });
  return { code: status, stdout, stderr };
}

export function expectSuccess(outcome: Outcome): Outcome {
  expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0);
  return outcome;
}

/** That a command refuses in words, not with a stack. */
export function expectRefusal({ code, stderr }: Outcome, expected: number, ...words: (string | RegExp)[]): void {
  for (const word of words) expect(stderr).toMatch(word);
  expect(stderr).not.toMatch(/unexpected error|^\s+at .*:\d+:\d+/m);
  expect(code).toBe(expected);
}

/** Converts the demo's task below a root; `planning` are arguments of nnUNet_plan_and_preprocess, which is left out without them. */
export function prepareDemo(root: string, ...planning: string[]): void {
  expectSuccess(runCommand('nnUNet_convert_decathlon_task', ['-i', demoTask, '--root', root]));
  if (planning.length > 0)
    expectSuccess(runCommand('nnUNet_plan_and_preprocess', ['-t', '4', '--root', root, ...planning]));
}

/** Four cases of the demo in two folds below a root, and two images to predict with their references. */
export function prepareSmallExperiment(root: string): { images: string; references: string } {
  prepareDemo(root);
  const task = 'Task004_Hippocampus';
  const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data', task);
  const description = JSON.parse(readFileSync(join(raw, 'dataset.json'), 'utf8'));
  const ids: string[] = description.training.map(({ label }: { label: string }) => /([^/]+)\.nii\.gz$/.exec(label)![1]);
  const kept = ids.slice(0, 4);
  description.training = description.training.slice(0, 4);
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify(description));
  for (const id of ids.slice(4)) {
    rmSync(join(raw, 'imagesTr', `${id}_0000.nii.gz`));
    rmSync(join(raw, 'labelsTr', `${id}.nii.gz`));
  }
  const prepared = join(root, 'nnUNet_preprocessed', task);
  mkdirSync(prepared, { recursive: true });
  const [first, second] = [kept.slice(0, 2), kept.slice(2)];
  const splits = [
    { train: first, val: second },
    { train: second, val: first },
  ];
  writeFileSync(join(prepared, 'splits_final.json'), JSON.stringify(splits));

  const [images, references] = [join(root, 'images'), join(root, 'references')];
  for (const folder of [images, references]) mkdirSync(folder);
  for (const id of ['hippocampus_051', 'hippocampus_130']) {
    cpSync(join(demoTask, `imagesTs/${id}.nii.gz`), join(images, `${id}_0000.nii.gz`));
    cpSync(join(demoTask, `labelsTs/${id}.nii.gz`), join(references, `${id}.nii.gz`));
  }
  return { images, references };
}

interface Manifest {
  version: string;
  private?: boolean;
  bin?: Record<string, string>;
  exports: Record<string, { types?: string }>;
  dependencies?: Record<string, string>;
}

/** By folder: the manifests of the packages. */
export const manifests: ReadonlyMap<string, Manifest> = new Map(
  readdirSync(join(repository, 'packages')).map((name) => [
    name,
    JSON.parse(readFileSync(join(repository, 'packages', name, 'package.json'), 'utf8')),
  ]),
);

/** Folders of the packages that are published. */
export const published = [...manifests].filter(([, manifest]) => !manifest.private).map(([name]) => name);

/** Puts built packages into the node_modules of a folder, where a user has them. */
export function linkPackages(folder: string, names: Iterable<string>): void {
  const modules = join(folder, 'node_modules/@nnunet');
  mkdirSync(modules, { recursive: true });
  for (const name of names) symlinkSync(join(repository, 'packages', name), join(modules, name), 'dir');
}

/** Copies an example of the documents below a folder, as a user has it: with the packages that it depends on. */
export function installExample(name: string, folder: string): string {
  const to = join(folder, name);
  cpSync(join(repository, 'docs/examples', name), to, { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(to, 'package.json'), 'utf8'));
  const names = Object.keys(dependencies).map((dependency) => dependency.replace('@nnunet/', ''));
  linkPackages(to, names);
  return to;
}

/** Paths of all files below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}
