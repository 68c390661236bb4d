import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NnUNetError, usageError } from '@nnunet/errors';
import { counted, listed, requireInteger, secondsInWords } from '@nnunet/errors/internal';
import {
  commandOf,
  Experiment,
  inShell,
  isOver,
  type Job,
  type JobState,
  pluginModules,
  type RunningJob,
  runLocally,
  statesInWords,
} from '@nnunet/experiment';
import { estimateTotal, type TotalEstimate } from '@nnunet/experiment/estimates';
import { lockHolder } from '@nnunet/store/internal';
import { freeMemory, usableProcessors } from '@nnunet/threads/node/internal';
import type { Arguments, CommandContext } from './command.ts';
import type { DocumentFields } from './documents.ts';
import { estimateInWords, estimatesOf } from './experiment-estimates.ts';
import { settingsOf, storedSettings } from './experiment-settings.ts';
import { cancelOnSlurm, runSlurmJob, statesOnSlurm, submitToSlurm } from './experiment-slurm.ts';
import { ExperimentView } from './experiment-view.ts';
import { checkWords } from './passed-options.ts';
import { pluginsOf } from './plugin-option.ts';
import { programFile } from './program-file.ts';

/** Does what a line of nnUNet_run asks for. */
export async function runExperiment(args: Arguments, context: CommandContext): Promise<void> {
  requireInteger('jobs', args.jobs, 1);
  const modes = ['dry_run', 'status', 'cancel', 'job'].filter((mode) => args[mode]).map((mode) => `--${mode}`);
  if (modes.length > 1) throw usageError({ what: `${listed(modes)} do not go together`, remedy: 'Give one of them.' });
  const isNew = !args.status && !args.cancel && args.job === undefined;
  const settings = await (isNew ? settingsOf : storedSettings)(args, context.roots);
  const { loadExtensions } = await import('@nnunet/pipeline');
  const extensions = await loadExtensions(pluginsOf({ plugin: pluginModules(settings) }));
  const experiment = await Experiment.open({
    roots: context.roots,
    settings,
    extensions,
    programFile,
    env: process.env,
  });
  context.reporter.message(`${settings.task} (rules of ${experiment.rules.name})`);
  if (args.status) return printStatus(experiment, context);
  if (args.cancel) return cancel(experiment, context);
  if (args.job !== undefined) return runSlurmJob(experiment, args.job, context);
  await checkCommands(experiment);
  await experiment.check();
  if (args.dry_run) return printPlan(experiment, context);
  if (args.on === 'slurm') return submitToSlurm(experiment, context);
  if (args.sbatch !== undefined)
    throw usageError({ what: '--sbatch is for Slurm', remedy: 'Add --on slurm, or leave out --sbatch.' });
  await runHere(experiment, args.jobs, context);
}

/** Refuses arguments that a command would refuse in its turn, perhaps hours later. */
async function checkCommands(experiment: Experiment): Promise<void> {
  const { jobs, settings, inCommands, rules } = experiment;
  const predicted = new Set(jobs.flatMap(({ kind, configuration }) => (kind === 'predict' ? [configuration!] : [])));
  const mayBePair = !settings.arguments.choose?.includes('--disable_ensembling');
  for (const job of jobs) {
    // What is best is not known yet: everything may be.
    const members = mayBePair ? [...predicted] : [job.configuration!];
    const command =
      experiment.command(job) ??
      commandOf(job, { ...inCommands, choice: { best: { members, postprocessingFile: null } } });
    if (command !== null) await checkWords(rules, job.kind, command);
  }
}

async function printStatus(experiment: Experiment, { print, answer }: CommandContext): Promise<void> {
  const { states, unasked } = await statesOnSlurm(experiment, await experiment.states());
  const lines = [`${experiment.folder.path}\n`, ...statesInWords(experiment.jobs, states)];
  answer('experiment', { ...statesForPrograms(experiment, states), ...(unasked !== undefined && { unasked }) }, lines);
  if (openJobs(experiment, states).length === 0) printResults(experiment, print);
  if (unasked === undefined) return;
  print(
    `\nThe queue of Slurm cannot be asked: ${unasked}.\n` +
      'This is what the disk says. Jobs shown as waiting may be queued, or cancelled by now:\n' +
      'on a login node of the cluster, --status tells.',
  );
}

function statesForPrograms(
  { folder, jobs }: Experiment,
  states: ReadonlyMap<string, JobState>,
): DocumentFields<'experiment'> {
  return {
    folder: folder.path,
    jobs: jobs.map(({ id, kind, after }) => {
      const { refusal: _, ...state } = states.get(id)!;
      return { id, kind, after: [...after], ...state };
    }),
  };
}

async function printPlan(experiment: Experiment, { answer }: CommandContext): Promise<void> {
  const states = await experiment.states();
  const open = openJobs(experiment, states);
  const estimates = await estimatesOf(experiment);
  const planned = open.map((job) => {
    const command = experiment.command(job);
    const after = job.after.filter((id) => open.some((other) => other.id === id));
    return { id: job.id, kind: job.kind, after, command, estimate: estimates.get(job.id) };
  });
  const lines = planned.flatMap(({ id, after, command, estimate }) => {
    const cost = estimate === undefined ? '' : `: ${estimateInWords(estimate)}`;
    return [
      `${id}${after.length === 0 ? '' : `, after ${listed(after, 6)}`}${cost}`,
      `  ${command === null ? 'known when the best configuration is chosen' : inShell(command)}`,
    ];
  });
  const total = estimateTotal(open, estimates);
  const done = experiment.jobs.length - open.length;
  const jobs = planned.map(({ command, estimate = null, ...job }) => ({
    ...job,
    command: command === null ? null : [command.program, ...command.arguments],
    estimate,
  }));
  answer('experiment_plan', { folder: experiment.folder.path, jobs, done, ...total }, [
    ...lines,
    ...(estimates.size === 0 ? [] : [totalInWords(total)]),
    `${counted(open.length, 'job')} to run, ${done} done. Nothing was run.`,
  ]);
}

function totalInWords({ seconds: { least, most }, unknown }: TotalEstimate): string {
  const [from, to] = [least, most].map(secondsInWords);
  const range = from === to ? from : `${from} to ${to}, depending on which configuration is best`;
  const beside = unknown.length === 0 ? '' : `, and ${counted(unknown.length, 'job')} of unknown time`;
  return `one job after the other, on this machine: about ${range}${beside}`;
}

async function cancel(experiment: Experiment, context: CommandContext): Promise<void> {
  const { print } = context;
  // What runs on this machine can be stopped wherever Slurm cannot be asked.
  const queue = await cancelOnSlurm(experiment).then(
    (cancelled) => ({ cancelled }),
    (refused: unknown) => ({ cancelled: [], refused }),
  );
  for (const id of queue.cancelled) print(`cancelled: ${id}`);
  let isStopped = await stopHere(experiment.folder.lockFile, context);
  // Trainings outlive the process that ran the experiment if that was killed.
  for (const lockFile of await experiment.locksOfTrainings())
    isStopped = (await stopHere(lockFile, context)) || isStopped;
  if (isStopped) print('stopped; the same line without --cancel goes on');
  if ('refused' in queue) throw queue.refused;
  if (!isStopped && queue.cancelled.length === 0) print('nothing of this experiment is running');
}

/** Asks the process that holds a lock to save and stop, and waits until it has. Returns false if there is none. */
async function stopHere(lockFile: string, { print, signal }: CommandContext): Promise<boolean> {
  const holder = await lockHolder(lockFile);
  if (holder === null) return false;
  const { hostname } = await import('node:os');
  if (holder.host !== hostname()) {
    throw new NnUNetError('locked', {
      what: `this experiment runs on ${holder.host}, and can be stopped only there`,
      where: lockFile,
      remedy: `Type the same line on ${holder.host}.`,
    });
  }
  try {
    process.kill(holder.pid, 'SIGTERM');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EPERM') {
      throw new NnUNetError('no-access', {
        what: `this experiment is run by another user (process ${holder.pid}), who alone can stop it`,
        where: lockFile,
        remedy: 'Ask that user to type the same line.',
        cause,
      });
    }
    // It may have ended by itself.
    if (code !== 'ESRCH') throw cause;
  }
  print(`process ${holder.pid} was asked to save and stop`);
  while ((await lockHolder(lockFile)) !== null) await delay(200, undefined, { signal });
  return true;
}

async function runHere(experiment: Experiment, atOnce: number, context: CommandContext): Promise<void> {
  const { print, answer, signal } = context;
  const view = new ExperimentView(process.stderr);
  const processors = usableProcessors();
  // Alone, a job judges its memory itself.
  const estimates = atOnce === 1 ? new Map() : await estimatesOf(experiment, atOnce);
  print(`experiment: ${experiment.folder.path}`);
  const states = await runLocally(experiment, {
    atOnce,
    memory: freeMemory(),
    memoryOf: ({ id }) => estimates.get(id)?.memory ?? 0,
    environmentFor: (count) => ({
      ...process.env,
      ...(count > 1 && { nnUNet_processors: String(Math.max(1, Math.floor(processors / count))) }),
    }),
    signal,
    onStart: (job) => view.message(`${job.id}: started; log: ${experiment.folder.logFile(job.id)}`),
    onEnd: (job, outcome, state) => view.message(endInWords(job, outcome, state)),
    onView: (running, all) => view.show(linesOf(running, all)),
    onMessage: (text) => view.message(text),
  });
  view.clear();
  signal.throwIfAborted();
  answer('experiment', statesForPrograms(experiment, states), statesInWords(experiment.jobs, states));
  requireAllDone(experiment, states);
  printResults(experiment, print);
}

/** Says what is best, and where the results of a finished experiment are. */
function printResults({ jobs, choice, settings, folder }: Experiment, print: CommandContext['print']): void {
  const isCompared = jobs.some(({ kind }) => kind === 'choose');
  print('');
  if (isCompared && choice !== null) print(`best: ${choice.best.members.join(' with ')}`);
  if (settings.prediction !== null) {
    const { output, references } = settings.prediction;
    print(`predictions: ${output}`);
    if (references !== null) print(`scores: ${join(output, 'summary.json')}`);
  }
  print(`report: ${folder.reportFile}`);
}

function endInWords({ id }: Job, outcome: string, { status, dice, remark, lastLines = [] }: JobState): string {
  if (outcome === 'interrupted') return `${id}: stopped; it goes on when the same line is typed again`;
  const score = dice === undefined || Number.isNaN(dice) ? '' : `, Dice ${dice.toFixed(4)}`;
  if (status !== 'failed') return `${id}: ${status}${score}`;
  const line = lastLines.find((text) => text.includes(': error: ')) ?? lastLines.at(-1);
  return [`${id}: failed: ${remark}`, ...(line === undefined ? [] : [`  | ${line}`])].join('\n');
}

function linesOf(running: readonly RunningJob[], states: ReadonlyMap<string, JobState>): string[] {
  const all = [...states.values()];
  const over = all.filter(isOver).length;
  const failed = all.filter(({ status }) => status === 'failed').length;
  return [
    ...running.map(({ job, lastLine }) => `${job.id}: ${lastLine || 'running'}`),
    `${over} of ${all.length} jobs done${failed > 0 ? `, ${failed} failed` : ''}`,
  ];
}

/** The jobs that are neither done nor needless. */
function openJobs({ jobs }: Experiment, states: ReadonlyMap<string, JobState>): Job[] {
  return jobs.filter(({ id }) => !isOver(states.get(id)!));
}

/** @throws NnUNetError 'job-failed' naming the jobs that are not done */
function requireAllDone(experiment: Experiment, states: ReadonlyMap<string, JobState>): void {
  const missing = openJobs(experiment, states);
  if (missing.length === 0) return;
  const failed = missing.filter(({ id }) => states.get(id)!.status === 'failed').map(({ id }) => id);
  throw new NnUNetError('job-failed', {
    what:
      failed.length > 0
        ? `${counted(failed.length, 'job')} failed: ${listed(failed)}`
        : `${counted(missing.length, 'job')} did not end: ${listed(missing.map(({ id }) => id))}`,
    where: experiment.folder.path,
    remedy: 'Read the logs named above, correct the cause, and type the same line again: what is done is kept.',
  });
}
