import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { measureSpeed } from '@nnunet/network/node/internal';
import { joinPath } from '@nnunet/schema/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { EpochReport, TrainingSettings } from '@nnunet/trainer';
import type { Schedule } from './estimate-work.ts';
import { modelFolderOf } from './experiment-models.ts';
import type { EstimatedExperiment, PlannedWork } from './planned-work.ts';
import { optionValue } from './typed-arguments.ts';

/** Seconds per multiplication of a network, see `ConfigurationWork`. */
export interface MachineSpeed {
  /** By the logs of trainings of the experiment. */
  logged: ReadonlyMap<string, number>;
  /** Measured now; null where epochs are logged, and on devices that are not the CPU. */
  measured: number | null;
}

/** Returns the seconds per multiplication for a configuration; null if nothing is known of the device yet. */
export function speedFor({ logged, measured }: MachineSpeed, configuration: string): number | null {
  return logged.get(configuration) ?? middle([...logged.values()]) ?? measured;
}

/** Takes the speed from the epochs that trainings of the experiment have logged; measures it if there are none. */
export async function readMachineSpeed(
  { roots, settings }: EstimatedExperiment,
  { planned, threads }: { planned: PlannedWork | null; threads: number },
): Promise<MachineSpeed> {
  const logged = new Map<string, number>();
  for (const configuration of planned?.configurations ?? []) {
    const work = planned!.configuration(configuration, settings);
    if (work === null || roots.results === null) continue;
    const folder = modelFolderOf({ roots, settings }, configuration);
    const speeds: number[] = [];
    for (const name of await namesIn(folder)) {
      const epoch = await loggedEpoch(joinPath(folder, name));
      if (epoch !== null) speeds.push(epoch.seconds / work.epoch(epoch.schedule));
    }
    const speed = middle(speeds);
    if (speed !== null) logged.set(configuration, speed);
  }
  const device = optionValue(settings.arguments.train ?? [], ['--device']) ?? 'cpu';
  const measured = logged.size === 0 && device === 'cpu' ? await measureSpeed({ threads }) : null;
  return { logged, measured };
}

/** `debug.json`: what the last training of a fold was begun with, as text like v1's. */
type Debug = Record<'batch_size' | 'settings' | 'log_file', string>;

/** Returns what an epoch of a fold takes, by the log of its last training; null if none is finished. */
async function loggedEpoch(foldFolder: string): Promise<{ seconds: number; schedule: Schedule } | null> {
  try {
    const file = joinPath(foldFolder, 'debug.json');
    const debug = JSON.parse(await readTextFile(file)) as Debug;
    const log = basename(debug.log_file).replace(/\.txt$/, '.jsonl');
    const lines = (await readTextFile(joinPath(foldFolder, log))).trim().split('\n');
    const seconds = middle(lines.map((line) => (JSON.parse(line) as EpochReport).seconds));
    const settings = JSON.parse(debug.settings) as TrainingSettings;
    return seconds === null ? null : { seconds, schedule: { ...settings, batchSize: Number(debug.batch_size) } };
  } catch {
    // Not trained, of another program, or half written: the other folds tell.
    return null;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

function middle(values: readonly number[]): number | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? null;
}
