import { formatsOfCases, imagesByCase } from '@nnunet/pipeline/internal';
import { joinPath } from '@nnunet/schema/internal';
import { stemsIn } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { FLAT_READER } from './node/task-formats.ts';
import type { ReportTask } from './report-task.ts';
import type { TaskCase } from './rules/case-files.ts';

/** Returns the training cases and test images of a task, each sorted by id. */
export async function taskCases({ description, references, fileEnding }: ReportTask): Promise<TaskCase[]> {
  if (description?.cases != null) return description.cases;
  const ids = references === null ? [] : await stemsIn(references, fileEnding);
  return ids
    .sort()
    .map((id) => ({ id, training: true, images: [], labelFile: joinPath(references!, id + fileEnding) }));
}

/**
 * Finds the images of predicted cases in a folder, of any format that predictions read: one per modality, or fewer if a file
 * may hold several. Cases of which an image is missing have none.
 */
export async function imagesFor(
  folder: string,
  { description, formats: kind }: ReportTask,
  known: ImageFormats,
): Promise<Map<string, string[]>> {
  const formats = await formatsOfCases(
    kind,
    { paths: kind.ending === undefined ? [] : [kind.ending], images: [folder] },
    known,
  );
  const channels = description?.modalities.length ?? 1;
  const found = await imagesByCase(folder, kind, formats);
  for (const [id, images] of found)
    if (images.length < channels && kind.reader !== FLAT_READER) found.delete(id);
    else found.set(id, images.slice(0, channels));
  return found;
}
