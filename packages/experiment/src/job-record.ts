import { formatJson } from '@nnunet/schema';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import * as v from 'valibot';
import { readStored } from './read-stored.ts';

/** 'interrupted': it was asked to stop and can continue. */
export type JobOutcome = 'done' | 'interrupted' | 'failed';

/** One run of a job's command. */
export interface Attempt {
  /** The command as it is typed in a shell. */
  command: string;
  host: string;
  pid: number;
  /** ISO 8601. */
  started: string;
  /** ISO 8601; null while it runs, and if the machine or the process that runs the jobs was killed. */
  ended: string | null;
  exitCode: number | null;
  /** Signal that ended the process. */
  signal: string | null;
  outcome: JobOutcome | null;
  /** Id of the batch job that it ran in. */
  batchJob?: string;
}

/** What happened to a job so far, the latest attempt last. */
export interface JobRecord {
  job: string;
  attempts: Attempt[];
  /** What the results of the last finished attempt were made from: SHA-256 or time by name. */
  madeFrom?: Record<string, string>;
}

const text = v.string('a string expected');
const textOrNull = v.nullable(text);
const schema = v.looseObject({
  job: text,
  attempts: v.array(
    v.looseObject({
      command: text,
      host: text,
      pid: v.number('a number expected'),
      started: text,
      ended: textOrNull,
      exitCode: v.nullable(v.number('a number expected')),
      signal: textOrNull,
      outcome: v.nullable(v.picklist(['done', 'interrupted', 'failed'], 'done, interrupted or failed expected')),
      batchJob: v.optional(text),
    }),
    'a list of attempts expected',
  ),
  madeFrom: v.optional(v.record(v.string(), text, 'an object from source to SHA-256 expected')),
});

/** @throws NnUNetError 'bad-experiment', 'bad-json' */
export async function readJobRecord(file: string): Promise<JobRecord | null> {
  return readStored(file, schema, 'Delete this file; the job is then judged by its results alone.');
}

export async function writeJobRecord(file: string, record: JobRecord): Promise<void> {
  await writeFileAtomic(file, formatJson(record));
}
