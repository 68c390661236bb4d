import { convertDecathlonTask } from '@nnunet/dataset/node';
import type { Roots } from '@nnunet/schema';
import { needRoot } from '@nnunet/schema/internal';
import type { Reporter } from './reporter.ts';

export interface ConvertDecathlonOptions {
  roots: Roots;
  /** The Decathlon's task folder, TaskXX_NAME; only read. */
  input: string;
  /** Id of the new task. Default: the input's. */
  outputTaskId?: number;
  /** Files converted at the same time. Default: 2. */
  concurrency?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** Implements nnUNet_convert_decathlon_task. Returns the new raw task folder. */
export async function convertDecathlon(options: ConvertDecathlonOptions): Promise<string> {
  const { roots, input, outputTaskId, concurrency, reporter, signal } = options;
  const { folder, skipped, replaced } = await convertDecathlonTask({
    input,
    rawBase: needRoot(roots, 'rawBase'),
    outputTaskId,
    concurrency,
    signal,
    onProgress: ({ done, total }) => reporter.progress({ what: 'converting', done, total }),
  });
  if (replaced) reporter.message(`replaced the existing folder: ${folder}`);
  if (skipped.length > 0) reporter.message(`ignored, because they are not image files: ${skipped.join(', ')}`);
  return folder;
}
