import type { SourceDescription } from '@nnunet/augment/node';
import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { estimateStepMemory, type StepMemoryOptions } from '@nnunet/network';
import type { Compute } from '@nnunet/network/node';
import { chooseLowering, nodeRuntime } from '@nnunet/network/node/internal';
import { freeMemory, heldMemory } from '@nnunet/threads/node/internal';
import { loaderMemory } from '../loader-memory.ts';
import type { TrainingDecisions } from '../training-decisions.ts';
import { cacheWanted, shareCaches } from './cached-cases.ts';
import type { FoldData } from './fold-data.ts';
import { defaultWorkers } from './loaded-batches.ts';

export interface MemoryNeeds {
  trainer: TrainingDecisions;
  batchSize: number;
  /** The memory of devices other than the CPU is unknown: nothing is refused there. */
  compute?: Compute;
  /** Bytes that the process may take; what it has and what is free if not given. */
  maxMemory?: number;
  /** The cases that batches are made of. */
  data: Pick<FoldData, 'training' | 'validation'>;
  /** Threads that make batches. */
  workers?: number;
}

/** How a training fits into memory. */
export interface MemoryPlan {
  /** For the log. */
  line: string;
  /** The cases, with what each loader may keep of them in memory. */
  data: MemoryNeeds['data'];
}

/**
 * Bytes for the work between steps, in addition to what a step keeps: drawing the progress, writing a checkpoint and
 * reading it back, and what these leave behind. Measured in control groups of 600 and 3000 MB over 2 to 14 epochs.
 */
const BETWEEN_STEPS = 50 * 2 ** 20;
/** Share of the remaining memory in which cases are cached; not all of it, because estimates are not exact. */
const CACHE_SHARE = 0.8;

/**
 * Estimates the memory of a training step, of the work between steps and of the threads that load batches; cases are
 * cached in the rest.
 *
 * @throws NnUNetError 'memory-limit' if they do not fit, naming the largest batch size that does
 */
export async function checkMemory(needs: MemoryNeeds): Promise<MemoryPlan> {
  const { trainer, batchSize, maxMemory, data, workers = defaultWorkers() } = needs;
  const { sessions = 1, lowering: choice = 'auto', device = 'cpu' } = needs.compute ?? {};
  const found = choice === 'auto' ? (await chooseLowering(nodeRuntime)).name : choice;
  const lowering = device === 'cpu' && found === 'blocked' ? found : 'plain';
  const [network, optimizer, patch] = [trainer.network(), trainer.optimizer(), trainer.patchSize];
  const allowed = maxMemory ?? heldMemory() + freeMemory();
  const loading = (batch: number) => loaderMemory(trainer.recipe(batch), network.inputChannels, workers);
  if (device !== 'cpu') {
    const part = estimateStepMemory(network, patch, Math.ceil(batchSize / sessions), { lowering, optimizer });
    const owner = sessions === 1 ? device : `each of ${sessions} GPUs`;
    const line = `a step of batch ${batchSize} needs about ${bytesInWords(part.total)} of the memory of ${owner}`;
    return { line, data: withCaches(data, workers, allowed - loading(batchSize)) };
  }
  const estimate = (batch: number) => trainingMemory(trainer, batch, { sessions, lowering, workers });
  const needed = estimate(batchSize);
  const parts = `(including ${bytesInWords(loading(batchSize))} to load batches)`;
  const there = `${bytesInWords(allowed)} ${maxMemory === undefined ? 'are free' : 'are allowed'}`;
  if (needed <= allowed) {
    const line = `a step of batch ${batchSize} needs about ${bytesInWords(needed)} of memory ${parts}; ${there}`;
    return { line, data: withCaches(data, workers, allowed - needed) };
  }
  let batch = batchSize - 1;
  while (batch > 0 && estimate(batch) > allowed) batch--;
  const target = targetFor(trainer, allowed / needed);
  const planAgain = `plan again with \`gpuMemoryTarget\` ${target}`;
  throw new NnUNetError('memory-limit', {
    what: `a step of batch ${batchSize} needs about ${bytesInWords(needed)} of memory ${parts}; ${there}`,
    remedy:
      batch > 0
        ? `\`batchSize\` ${batch} fits (${bytesInWords(estimate(batch))}), or ${planAgain}.`
        : `A batch of 1 does not fit either (${bytesInWords(estimate(1))}): ${planAgain}.`,
  });
}

/**
 * Estimates the bytes of a training on the CPU, without the cases that it caches: a step, the work between steps, and the
 * threads that load batches.
 */
export function trainingMemory(
  trainer: TrainingDecisions,
  batchSize: number,
  {
    sessions = 1,
    lowering,
    workers = defaultWorkers(),
  }: Pick<StepMemoryOptions, 'sessions' | 'lowering'> & { workers?: number } = {},
): number {
  const network = trainer.network();
  const step = estimateStepMemory(network, trainer.patchSize, batchSize, {
    lowering,
    optimizer: trainer.optimizer(),
    sessions: Math.min(sessions, batchSize),
  });
  return step.total + loaderMemory(trainer.recipe(batchSize), network.inputChannels, workers) + BETWEEN_STEPS;
}

/** The sources of batches, with a bound for the cases that they keep in `left` bytes. */
function withCaches({ training, validation }: MemoryNeeds['data'], workers: number, left: number): MemoryNeeds['data'] {
  const wanted = { training: cacheWanted(training, workers), validation: cacheWanted(validation, 1) };
  const bytes = shareCaches(wanted, CACHE_SHARE * left);
  const bounded = (source: SourceDescription, cacheBytes: number): SourceDescription =>
    source.kind === 'prepared' ? { ...source, cacheBytes } : source;
  return { training: bounded(training, bytes.training), validation: bounded(validation, bytes.validation) };
}

/** A memory target of plans whose step takes a share of what the present ones take: patch and batch follow it. */
function targetFor({ plannedMemory }: TrainingDecisions, share: number): number {
  const target = plannedMemory * share;
  // Rounded down, so that it is always less than what was planned for.
  const steps = target >= 2 ? 1 : target >= 0.1 ? 10 : 100;
  return Math.max(0.01, Math.floor(steps * target) / steps);
}
