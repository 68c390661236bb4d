import { NnUNetError, usageError } from '@nnunet/errors';
import type { JobKind } from './job.ts';
import { shellWord } from './shell-command.ts';
import { dependencyText, type Submission } from './slurm-submissions.ts';
import { parseSlurmTime, secondsToSave } from './slurm-time.ts';

/** What a job is given unless the user's options of sbatch say otherwise. */
export interface JobResources {
  /** Processors. */
  threads?: number;
  /** Memory in bytes. */
  memory?: number;
}

export interface ScriptContext {
  /** Name of the task, for example 'Task501_Liver'. */
  task: string;
  /** Name of the experiment. */
  experiment: string;
  /** Folder of the scripts and of what Slurm prints; absolute. */
  folder: string;
  /** Options of sbatch by kind of job, in one line as they are typed; `all`: of every job. */
  sbatch: Readonly<Partial<Record<JobKind | 'all', string>>>;
  /** The program that runs a job of the experiment, up to the id of the job. */
  program: readonly string[];
  /** Environment variables to set. */
  environment: Readonly<Record<string, string>>;
  resourcesOf(job: string): JobResources;
  /** The command of a job for a person to read; null if it depends on a comparison that is not done yet. */
  commandOf(job: string): string | null;
}

/** Memory is asked for in steps of this many MiB. */
const MEMORY_STEP = 256;

/** What the program sets itself: another value would break the graph. */
const RESERVED =
  /(?:^|\s)(--(?:array|dependency|job-name|wrap|parsable|test-only|wait)(?=[=\s]|$)|-[adJW](?=[\s=\w]|$))/;

/** Options of the user that ask for processors and memory, in forms that do not go together with those of the program. */
const ASKS_FOR = {
  processors: /(?:^|\s)(?:--cpus-per-|-c[\s\d=])/,
  memory: /(?:^|\s)--mem(?:[=\s]|-per-)/,
};

/** Name of a submission's jobs in Slurm's queue. */
export function slurmJobName({ array }: Submission, { task, experiment }: ScriptContext): string {
  return `nnunet-${task}-${experiment}-${array}`.replaceAll(/[^\w.+-]/g, '_');
}

/**
 * Returns the batch script of a submission. It is complete but for the jobs that it waits for, so that a person can
 * submit it by hand. Pure.
 *
 * @throws NnUNetError 'usage' for options of sbatch that the program sets itself
 */
export function slurmScript(submission: Submission, context: ScriptContext): string {
  const { name, kind, tasks } = submission;
  const { folder, sbatch, program, environment, commandOf, resourcesOf } = context;
  const own = [sbatch.all, sbatch[kind]].map((options) => options?.trim() ?? '').filter((options) => options !== '');
  for (const options of own) checkOptions(options);
  const asked = own.join(' ');
  const isArray = tasks[0]!.index !== null;
  const resources = tasks.map(({ job }) => resourcesOf(job));
  const threads = Math.max(0, ...resources.map((resource) => resource.threads ?? 0));
  const memory = Math.max(0, ...resources.map((resource) => resource.memory ?? 0));
  const mebibytes = MEMORY_STEP * Math.ceil(memory / 2 ** 20 / MEMORY_STEP);
  // In names of files, % begins a replacement.
  const log = `${`${folder}/${name}`.replaceAll('%', '%%')}${isArray ? '-%a' : ''}.log`;
  const options = [
    `--job-name=${slurmJobName(submission, context)}`,
    ...(isArray ? [`--array=${indexRanges(tasks.map(({ index }) => index!))}`] : []),
    `--output=${inQuotes(log)}`,
    '--open-mode=append',
    '--requeue',
    '--kill-on-invalid-dep=yes',
    `--signal=B:USR1@${secondsToSave(timeLimitOf(asked))}`,
    ...(threads > 0 && !ASKS_FOR.processors.test(asked) ? [`--cpus-per-task=${threads}`] : []),
    ...(memory > 0 && !ASKS_FOR.memory.test(asked) ? [`--mem=${mebibytes}M`] : []),
    // The last one counts.
    ...own,
  ];
  const command = (job: string) => `# ${(commandOf(job) ?? 'depends on the comparison').replaceAll('\n', ' ')}`;
  const choice = isArray
    ? [
        'case "$SLURM_ARRAY_TASK_ID" in',
        ...tasks.flatMap(({ index, job }) => [`  ${command(job)}`, `  ${index}) job=${shellWord(job)} ;;`]),
        `  *) echo "There is no job $SLURM_ARRAY_TASK_ID in this array." >&2; exit 2 ;;`,
        'esac',
      ]
    : tasks.flatMap(({ job }) => [command(job), `job=${shellWord(job)}`]);
  return [
    '#!/bin/bash',
    ...options.map((option) => `#SBATCH ${option}`),
    '',
    ...Object.entries(environment).map(([key, value]) => `export ${key}=${shellWord(value)}`),
    ...choice,
    `exec ${program.map(shellWord).join(' ')} "$job"`,
    '',
  ].join('\n');
}

/** Returns a shell script that submits everything as the program does. */
export function submitScript(submissions: readonly Submission[], { folder }: Pick<ScriptContext, 'folder'>): string {
  const variable = (name: string) => name.replaceAll(/\W/g, '_');
  const lines = submissions.map((submission) => {
    const after = dependencyText(submission, (name) => `"$${variable(name)}"`);
    const dependency = after === null ? '' : ` --dependency=${after}`;
    return `${variable(submission.name)}=$(sbatch --parsable${dependency} ${shellWord(`${submission.name}.sh`)} | cut -d ';' -f 1)`;
  });
  return ['#!/bin/bash', 'set -e -o pipefail', `cd ${shellWord(folder)}`, ...lines, ''].join('\n');
}

/** Writes indices as sbatch reads them: '0-2,4'. */
export function indexRanges(indices: readonly number[]): string {
  const sorted = [...indices].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const index of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

/** The last time limit among options of sbatch, in seconds; null if there is none. */
function timeLimitOf(options: string): number | null {
  const limits = [...options.matchAll(/(?:^|\s)(?:--time[= ]|-t[= ]?)([\d:-]+)/g)];
  return parseSlurmTime(limits.at(-1)?.[1] ?? '');
}

function checkOptions(options: string): void {
  const [, reserved] = RESERVED.exec(options) ?? [];
  if (reserved !== undefined) {
    throw usageError({
      what: `sbatch's option ${reserved} is set by the program`,
      where: options,
      remedy: 'Leave it out of `sbatch`.',
    });
  }
  if (!/^-/.test(options) || /[\r\n]/.test(options)) {
    throw usageError({
      what: 'these are not options of sbatch in one line',
      where: options,
      remedy: 'Write, for example, --sbatch "--partition=gpu --gres=gpu:1 --time=12:00:00".',
    });
  }
}

/** A word in an #SBATCH line, where double quotes keep spaces. */
function inQuotes(text: string): string {
  if (/["\\\r\n]/.test(text)) {
    throw new NnUNetError('bad-name', {
      what: 'Slurm cannot write into a folder with quotes, backslashes or line breaks in its name',
      where: text,
      remedy: 'Choose another folder for the results.',
    });
  }
  return `"${text}"`;
}
