import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  for (const variable of ['nnUNet_raw_data_base', 'nnUNet_preprocessed', 'RESULTS_FOLDER'])
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

/** Paths of all files below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}
