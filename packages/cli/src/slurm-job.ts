import { countIn } from './count-variable.ts';

/**
 * Id of the Slurm job that this process runs in, including the array task, or null. A requeued job keeps its id. A job on
 * several nodes gives null, because its processes on other nodes may still be alive.
 */
export function slurmJob(env: NodeJS.ProcessEnv): string | null {
  if (Number(env.SLURM_JOB_NUM_NODES ?? env.SLURM_NNODES) > 1) return null;
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: task, SLURM_JOB_ID: job } = env;
  if (array && task) return `${array}_${task}`;
  return job || null;
}

/**
 * What the Slurm job that this process runs in may use of its machine: its processors, and its memory in bytes. Not every
 * cluster enforces them, so that the system would tell.
 */
export function slurmLimits(env: NodeJS.ProcessEnv): { processors?: number; memory?: number } {
  if (!env.SLURM_JOB_ID) return {};
  const onNode = countIn(env.SLURM_CPUS_ON_NODE);
  const processors = countIn(env.SLURM_CPUS_PER_TASK) ?? onNode;
  const perProcessor = countIn(env.SLURM_MEM_PER_CPU);
  // 0 stands for all memory of the node.
  const megabytes = countIn(env.SLURM_MEM_PER_NODE) ?? (perProcessor && onNode && perProcessor * onNode);
  return { ...(processors && { processors }), ...(megabytes && { memory: 2 ** 20 * megabytes }) };
}
