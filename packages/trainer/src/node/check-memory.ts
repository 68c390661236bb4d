import { NnUNetError } from '@nnunet/errors';
import { estimateStepMemory } from '@nnunet/network';
import { chooseLowering, type DeviceName, freeMemory, heldMemory, type LoweringChoice } from '@nnunet/network/node';
import type { Trainer } from '../trainer.ts';

export interface MemoryNeeds {
  trainer: Trainer;
  batchSize: number;
  sessions?: number;
  lowering?: LoweringChoice;
  /** What memory another device than the CPU has is not known: nothing is refused there. */
  device?: DeviceName;
  /** Bytes that the process may take; what it has and what is free if not given. */
  maxMemory?: number;
}

/** GB of the GPU that v1 plans for, of which other plans carry another number in their identifier. */
const PLANNED_FOR = 8;

/**
 * Estimates the memory of a training step.
 * @returns a line for the log
 * @throws NnUNetError 'memory-limit' where a step does not fit, with the largest batch that does
 */
export async function checkMemory(needs: MemoryNeeds): Promise<string> {
  const { trainer, batchSize, sessions = 1, maxMemory, lowering: choice = 'auto', device = 'cpu' } = needs;
  const found = choice === 'auto' ? (await chooseLowering()).name : choice;
  const lowering = device === 'cpu' ? found : 'plain';
  const [network, optimizer, patch] = [trainer.network(), trainer.optimizer(), trainer.stagePlans.patch_size];
  if (device !== 'cpu') {
    const part = estimateStepMemory(network, patch, Math.ceil(batchSize / sessions), { lowering, optimizer });
    const owner = sessions === 1 ? device : `each of ${sessions} GPUs`;
    return `a step of batch ${batchSize} takes about ${formatBytes(part.total)} of the memory of ${owner}`;
  }
  const estimate = (batch: number) =>
    estimateStepMemory(network, patch, batch, { lowering, optimizer, sessions: Math.min(sessions, batch) }).total;
  const needed = estimate(batchSize);
  const allowed = maxMemory ?? heldMemory() + freeMemory();
  const there = `${formatBytes(allowed)} ${maxMemory === undefined ? 'are free' : 'are allowed'}`;
  if (needed <= allowed) return `a step of batch ${batchSize} takes about ${formatBytes(needed)} of memory, ${there}`;
  let batch = batchSize - 1;
  while (batch > 0 && estimate(batch) > allowed) batch--;
  const target = targetFor(trainer, allowed / needed);
  const planAgain = `plan again with --gpu_memory_target ${target}`;
  throw new NnUNetError('memory-limit', {
    what: `a step of batch ${batchSize} needs about ${formatBytes(needed)} of memory, ${there}`,
    remedy:
      batch > 0
        ? `--batch_size ${batch} fits (${formatBytes(estimate(batch))}), or ${planAgain}.`
        : `A batch of 1 does not fit either (${formatBytes(estimate(1))}): ${planAgain}.`,
  });
}

function formatBytes(count: number): string {
  return `${(count / 1e9).toFixed(1)} GB`;
}

/** A memory target of plans whose step takes a share of what the present ones take: patch and batch follow it. */
function targetFor({ plans }: Trainer, share: number): number {
  const planned = Number(/_gpu(\d+(?:\.\d+)?)GB/.exec(plans.data_identifier)?.[1] ?? PLANNED_FOR);
  const target = planned * share;
  return target >= 2 ? Math.floor(target) : Math.max(0.1, Math.floor(10 * target) / 10);
}
