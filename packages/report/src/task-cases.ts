import { existsSync } from 'node:fs';
import { modalityCount } from '@nnunet/schema';
import { caseIdOfEntry, imageFileName, joinPath } from '@nnunet/schema/internal';
import { stemsIn } from '@nnunet/tensor/node/internal';
import { ifExists, type ReportTask } from './report-task.ts';

/** The files of a case that exist. */
export interface TaskCase {
  id: string;
  training: boolean;
  /** One per modality; empty if any is missing. */
  images: string[];
  labelFile: string | null;
}

/** Returns the training cases and test images of a task, each sorted by id. */
export async function taskCases(task: ReportTask): Promise<TaskCase[]> {
  const { raw, description, references } = task;
  if (raw === null || description === null) {
    const ids = references === null ? [] : await stemsIn(references, '.nii.gz');
    return ids
      .sort()
      .map((id) => ({ id, training: true, images: [], labelFile: joinPath(references!, `${id}.nii.gz`) }));
  }
  const training = description.training.map(({ image, label }) => ({
    id: caseIdOfEntry(image),
    training: true,
    images: imagesIn(joinPath(raw, 'imagesTr'), caseIdOfEntry(image), task),
    labelFile: ifExists(joinPath(raw, 'labelsTr', `${caseIdOfEntry(label)}.nii.gz`)),
  }));
  const test = description.test.map((entry) => ({
    id: caseIdOfEntry(entry),
    training: false,
    images: imagesIn(joinPath(raw, 'imagesTs'), caseIdOfEntry(entry), task),
    labelFile: null,
  }));
  const byId = (a: TaskCase, b: TaskCase): number => (a.id < b.id ? -1 : 1);
  return [...training.sort(byId), ...test.sort(byId)];
}

/** Returns the images of a case in a folder, one per modality; none if any is missing. */
export function imagesIn(folder: string, id: string, { description }: Pick<ReportTask, 'description'>): string[] {
  const count = description === null ? 1 : modalityCount(description);
  const files = Array.from({ length: count }, (_, modality) => joinPath(folder, imageFileName(id, modality)));
  return files.every((file) => existsSync(file)) ? files : [];
}
