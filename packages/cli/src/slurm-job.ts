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
