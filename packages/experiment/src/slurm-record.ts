import { formatJson } from '@nnunet/schema';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import * as v from 'valibot';
import { readStored } from './read-stored.ts';
import type { SlurmTask } from './slurm-submissions.ts';

const text = v.string('a string expected');
const index = v.nullable(v.number('a number expected'));
const schema = v.array(
  v.looseObject({
    /** Of the job or array. */
    slurmId: text,
    /** In Slurm's queue. */
    name: text,
    /** Index in the array (null: no array) and job of the experiment. */
    tasks: v.array(v.object({ index, job: text }), 'a list of tasks expected'),
    /** Argument of sbatch's --dependency. */
    dependency: v.nullable(text),
    /** The script that was submitted. */
    script: text,
    /** ISO 8601. */
    time: text,
    user: text,
    /** Where it was submitted. */
    host: text,
  }),
  'a list of submissions expected',
);

/** A call of sbatch, as it is written down beside the results. */
export type SubmittedArray = v.InferOutput<typeof schema>[number];

/**
 * Reads which jobs were submitted, the oldest first; an empty list if the file is missing.
 *
 * @throws NnUNetError 'bad-experiment', 'bad-json'
 */
export async function readSubmitted(file: string): Promise<SubmittedArray[]> {
  const remedy = 'Cancel what `squeue --me` shows of the experiment, and delete this file.';
  return (await readStored(file, schema, remedy)) ?? [];
}

export async function writeSubmitted(file: string, submitted: readonly SubmittedArray[]): Promise<void> {
  await writeFileAtomic(file, formatJson(submitted));
}

/** The last submission of each job. */
export function lastTasks(submitted: readonly SubmittedArray[]): Map<string, SlurmTask> {
  return new Map(
    submitted.flatMap(({ slurmId, tasks }) => tasks.map(({ index, job }) => [job, { slurmId, index }] as const)),
  );
}
