import { expect, it } from 'vitest';
import { slurmJob, slurmLimits } from './slurm-job.ts';

it('tells the Slurm job by its number, and the task of an array by both', () => {
  expect(slurmJob({})).toBeNull();
  expect(slurmJob({ SLURM_JOB_ID: '77' })).toBe('77');
  expect(slurmJob({ SLURM_JOB_ID: '78', SLURM_ARRAY_JOB_ID: '77', SLURM_ARRAY_TASK_ID: '3' })).toBe('77_3');
  expect(slurmJob({ SLURM_JOB_ID: '77', SLURM_JOB_NUM_NODES: '1' })).toBe('77');
  expect(slurmJob({ SLURM_JOB_ID: '78', SLURM_ARRAY_JOB_ID: '77' })).toBe('78');
  expect(slurmJob({ SLURM_JOB_ID: '78', SLURM_ARRAY_TASK_ID: '3' })).toBe('78');
  expect(slurmJob({ SLURM_JOB_ID: '' })).toBeNull();
});

it('tells none of a job on several nodes, where another process of it may live', () => {
  expect(slurmJob({ SLURM_JOB_ID: '77', SLURM_JOB_NUM_NODES: '2' })).toBeNull();
  expect(slurmJob({ SLURM_JOB_ID: '77', SLURM_NNODES: '2' })).toBeNull();
});

it('tells what a Slurm job may use of its machine', () => {
  const job = { SLURM_JOB_ID: '77' };
  expect(slurmLimits({ SLURM_CPUS_PER_TASK: '4' })).toEqual({});
  expect(slurmLimits(job)).toEqual({});
  expect(slurmLimits({ ...job, SLURM_CPUS_PER_TASK: '4', SLURM_CPUS_ON_NODE: '8' })).toEqual({ processors: 4 });
  expect(slurmLimits({ ...job, SLURM_CPUS_ON_NODE: '8', SLURM_MEM_PER_NODE: '2048' })).toEqual({
    processors: 8,
    memory: 2147483648,
  });
  expect(slurmLimits({ ...job, SLURM_CPUS_ON_NODE: '8', SLURM_MEM_PER_CPU: '512' }).memory).toBe(4294967296);
  expect(slurmLimits({ ...job, SLURM_CPUS_ON_NODE: '8', SLURM_MEM_PER_NODE: '0' })).toEqual({ processors: 8 });
  expect(slurmLimits({ ...job, SLURM_MEM_PER_CPU: '512' })).toEqual({});
});
