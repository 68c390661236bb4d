import { setMaxListeners } from 'node:events';
import { NnUNetError } from '@nnunet/errors';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExperimentFolder } from './experiment-folder.ts';
import type { Job, JobKind } from './job.ts';
import type { JobOutcome } from './job-record.ts';
import { cancelAfterFailures, type JobState } from './job-states.ts';
import { type LocalExperiment, type RunLocallyOptions, runLocally } from './run-locally.ts';

/** What runs and what is done, without files and processes. */
class Simulation implements LocalExperiment {
  jobs: Job[] = [];
  readonly folder: ExperimentFolder;
  readonly stored = new Map<string, JobState>();
  readonly outcomes = new Map<string, JobOutcome>();
  /** Jobs whose command ends well but leaves nothing behind. */
  readonly empty = new Set<string>();
  readonly events: string[] = [];
  refreshed = 0;
  written = 0;
  #ends = new Map<string, () => void>();

  constructor() {
    const roots = resolveRoots({ root: temporaryFolder(), env: {} });
    this.folder = new ExperimentFolder(roots, { task: 'Task501_Liver', name: 'first' });
  }

  add(id: string, kind: JobKind, ...after: string[]): void {
    this.jobs.push({ id, kind, after, array: { name: id, index: 0 } });
  }

  async write(): Promise<void> {
    this.written++;
  }

  async refresh(): Promise<void> {
    this.refreshed++;
  }

  async states(): Promise<Map<string, JobState>> {
    const states = new Map(this.jobs.map(({ id }) => [id, this.stored.get(id) ?? { status: 'waiting' as const }]));
    cancelAfterFailures(this.jobs, states);
    return states;
  }

  async run({ id }: Job, { signal }: { signal?: AbortSignal } = {}): Promise<JobOutcome> {
    this.events.push(`+${id}`);
    await new Promise<void>((resolve) => {
      this.#ends.set(id, resolve);
      signal?.addEventListener('abort', () => resolve());
      if (!this.slow) setImmediate(resolve);
    });
    this.events.push(`-${id}`);
    const outcome = signal?.aborted ? 'interrupted' : (this.outcomes.get(id) ?? 'done');
    if (outcome === 'done' && !this.empty.has(id)) this.stored.set(id, { status: 'done' });
    if (outcome === 'failed') this.stored.set(id, { status: 'failed' });
    return outcome;
  }

  /** Jobs end only when they are told to. */
  slow = false;
}

let simulation: Simulation;
let stop: AbortController;
const run = (more: Partial<RunLocallyOptions> = {}) =>
  runLocally(simulation, {
    atOnce: 1,
    memory: 10,
    memoryOf: () => 0,
    environmentFor: () => ({}),
    signal: stop.signal,
    ...more,
  });
const statuses = (states: ReadonlyMap<string, JobState>) =>
  Object.fromEntries([...states].map(([id, { status }]) => [id, status]));

beforeEach(() => {
  simulation = new Simulation();
  stop = new AbortController();
  setMaxListeners(0, stop.signal);
  simulation.add('prepare', 'prepare');
  for (const fold of [0, 1, 2]) simulation.add(`train-${fold}`, 'train', 'prepare');
  simulation.add('choose', 'choose', 'train-0', 'train-1');
});

describe('runLocally', () => {
  it('runs what is missing, one training at a time, in an order that the graph allows', async () => {
    simulation.stored.set('train-0', { status: 'done' });
    const states = await run();
    const inTurn = (...ids: string[]) => ids.flatMap((id) => [`+${id}`, `-${id}`]);
    expect(simulation.events.slice(0, 4)).toEqual(inTurn('prepare', 'train-1'));
    expect(simulation.events.filter((event) => event.startsWith('+')).sort()).toEqual(
      ['+prepare', '+train-1', '+train-2', '+choose'].sort(),
    );
    expect(new Set(Object.values(statuses(states)))).toEqual(new Set(['done']));
    // After the preparation and the comparison, which the graph and the commands depend on.
    expect(simulation.refreshed).toBe(2);
    simulation.events.length = 0;
    await run();
    expect(simulation.events).toEqual([]);
  });

  it('runs several trainings at once as far as allowed and as memory lasts', async () => {
    const most = async (more: Partial<RunLocallyOptions>) => {
      simulation.stored.clear();
      simulation.events.length = 0;
      await run(more);
      let [running, highest] = [0, 0];
      for (const event of simulation.events) {
        running += event.startsWith('+') ? 1 : -1;
        highest = Math.max(highest, running);
      }
      return highest;
    };
    expect(await most({ atOnce: 2 })).toBe(2);
    expect(await most({ atOnce: 9 })).toBe(3);
    expect(await most({ atOnce: 9, memoryOf: () => 5 })).toBe(2);
    // One always runs: its own command judges exactly.
    expect(await most({ atOnce: 9, memoryOf: () => 11 })).toBe(1);
  });

  it('divides the machine among trainings that run at once', async () => {
    const shares: number[] = [];
    const environmentFor = (count: number) => ({ shares: String(shares.push(count)) });
    await run({ atOnce: 3, environmentFor });
    expect(shares.sort()).toEqual([1, 1, 3, 3, 3]);
  });

  it('goes on with what does not need a failed job, and runs nothing twice', async () => {
    simulation.outcomes.set('train-0', 'failed');
    expect(statuses(await run())).toEqual({
      prepare: 'done',
      'train-0': 'failed',
      'train-1': 'done',
      'train-2': 'done',
      choose: 'cancelled',
    });
    expect(simulation.events.filter((event) => event === '+train-0')).toHaveLength(1);
    // Typed again, it is tried again.
    simulation.outcomes.clear();
    expect(statuses(await run()).choose).toBe('done');
  });

  it('takes a command that leaves nothing behind for failed', async () => {
    simulation.empty.add('train-1');
    const states = await run();
    expect(statuses(states)).toMatchObject({ 'train-1': 'failed', choose: 'cancelled', 'train-2': 'done' });
    expect(states.get('train-1')!.remark).toContain('its results are not all there');
  });

  it('stops all in order, and starts nothing more', async () => {
    simulation.stored.set('prepare', { status: 'done' });
    simulation.slow = true;
    const ends: string[] = [];
    const stopped = run({ atOnce: 2, onEnd: ({ id }, outcome) => void ends.push(`${id} ${outcome}`) });
    await expect.poll(() => simulation.events, { interval: 5 }).toHaveLength(2);
    stop.abort();
    expect(statuses(await stopped)['train-2']).toBe('waiting');
    expect(ends).toEqual(['train-0 interrupted', 'train-1 interrupted']);
  });

  it('refuses a line with other settings before anything is run or written', async () => {
    const refusal = new NnUNetError('other-settings', { what: 'it was trained with --epochs 1' });
    simulation.stored.set('train-0', { status: 'failed', refusal });
    await expect(run()).rejects.toMatchObject({ tag: 'other-settings' });
    expect([simulation.events, simulation.written]).toEqual([[], 0]);
  });

  it('is alone on an experiment', async () => {
    simulation.slow = true;
    const first = run();
    await expect.poll(() => simulation.events, { interval: 5 }).toHaveLength(1);
    await expect(run()).rejects.toMatchObject({ tag: 'locked' });
    stop.abort();
    await first;
  });
});
