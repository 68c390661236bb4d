import { mkdir } from 'node:fs/promises';
import type { Roots } from '@nnunet/schema';
import { formatJson } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { Job } from './job.ts';
import { rulesOfExperiment } from './rules-of-experiment.ts';
import type { ExperimentSettings } from './settings.ts';
import { inShell, type JobCommand } from './shell-command.ts';

/** A job with its command; null while that depends on a comparison that is not done yet. */
export interface PlannedCommand {
  job: Job;
  command: JobCommand | null;
}

/**
 * The folder of an experiment, `<results>/nnUNet/experiments/<TASK>/<NAME>`, or of a dataset of nnU-Net v2
 * `<results>/<DATASET>/experiments/<NAME>`: its settings, its jobs with their commands, and for every job a log and a record.
 */
export class ExperimentFolder {
  readonly path: string;

  constructor(roots: Roots, { task, name }: Pick<ExperimentSettings, 'task' | 'name'>) {
    this.path = joinPath(rulesOfExperiment(task).experimentsFolder(roots, task), name);
  }

  /** The settings, which may serve as the settings file of another experiment. */
  get settingsFile(): string {
    return joinPath(this.path, 'experiment.json');
  }

  get reportFile(): string {
    return joinPath(this.path, 'report.html');
  }

  /** For Slurm: scripts, what it prints, and the record of what was submitted. */
  get slurmFolder(): string {
    return joinPath(this.path, 'slurm');
  }

  /** Held by the process that runs the jobs on its machine. */
  get lockFile(): string {
    return joinPath(this.path, 'run.lock');
  }

  logFile(job: string): string {
    return joinPath(this.path, 'logs', `${job}.log`);
  }

  recordFile(job: string): string {
    return joinPath(this.path, 'jobs', `${job}.json`);
  }

  /** Held while a job runs. */
  jobLockFile(job: string): string {
    return joinPath(this.path, 'jobs', `${job}.lock`);
  }

  async create(): Promise<void> {
    await mkdir(joinPath(this.path, 'logs'), { recursive: true });
    await mkdir(joinPath(this.path, 'jobs'), { recursive: true });
  }

  /** Writes the settings, and the jobs with their commands: jobs.json for programs, commands.txt for people. */
  async writePlan(settings: ExperimentSettings, planned: readonly PlannedCommand[]): Promise<void> {
    await this.create();
    await writeFileAtomic(this.settingsFile, formatJson(settings));
    const jobs = planned.map(({ job, command }) => ({ ...job, command }));
    await writeFileAtomic(joinPath(this.path, 'jobs.json'), formatJson(jobs));
    const lines = planned.flatMap(({ job, command }) => [
      `# ${job.id}${job.after.length === 0 ? '' : `, after ${job.after.join(', ')}`}`,
      command === null ? '# known when the best configuration is chosen' : inShell(command),
    ]);
    await writeFileAtomic(joinPath(this.path, 'commands.txt'), `${lines.join('\n')}\n`);
  }
}

/** The name of an experiment that is not given one: that of its models. */
export function defaultName({
  trainer,
  plansIdentifier,
}: Pick<ExperimentSettings, 'trainer' | 'plansIdentifier'>): string {
  return `${trainer}__${plansIdentifier}`;
}
