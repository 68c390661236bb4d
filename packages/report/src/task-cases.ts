import { joinPath } from '@nnunet/schema/internal';
import { stemsIn } from '@nnunet/tensor/node/internal';
import type { ReportTask } from './report-task.ts';
import { imagesOfCase, type TaskCase } from './rules/case-files.ts';

/** Returns the training cases and test images of a task, each sorted by id. */
export async function taskCases({ description, references, fileEnding }: ReportTask): Promise<TaskCase[]> {
  if (description?.cases != null) return description.cases;
  const ids = references === null ? [] : await stemsIn(references, fileEnding);
  return ids
    .sort()
    .map((id) => ({ id, training: true, images: [], labelFile: joinPath(references!, id + fileEnding) }));
}

/** Returns the images of a case in a folder, one per modality; none if any is missing. */
export function imagesIn(
  folder: string,
  id: string,
  { description, fileEnding: ending }: Pick<ReportTask, 'description' | 'fileEnding'>,
): string[] {
  return imagesOfCase(folder, id, { channels: description?.modalities.length ?? 1, ending });
}
