import { expect, it } from 'vitest';
import { slurmJob } from './slurm-job.ts';

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
