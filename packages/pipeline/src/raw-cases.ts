import {
  caseIdOfEntry,
  type DatasetDescription,
  FILE_NAMES,
  imageFileName,
  joinPath,
  modalityCount,
} from '@nnunet/dataset';
import { hashFiles, type MadeFrom } from '@nnunet/dataset/node';
import type { RawCase } from '@nnunet/preprocess/node';

/** The training cases that dataset.json lists, with the paths of their files, sorted by id. */
export function rawTrainingCases(taskFolder: string, dataset: DatasetDescription): RawCase[] {
  const modalities = modalityCount(dataset);
  return dataset.training
    .map(({ image, label }) => {
      const id = caseIdOfEntry(image);
      return {
        id,
        images: Array.from({ length: modalities }, (_, m) => joinPath(taskFolder, 'imagesTr', imageFileName(id, m))),
        labels: joinPath(taskFolder, 'labelsTr', `${caseIdOfEntry(label)}.nii.gz`),
      };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Hash of dataset.json and of every file of the cases: what all derived folders are made from in the end. */
export async function hashRawCases(
  taskFolder: string,
  cases: readonly RawCase[],
  signal?: AbortSignal,
): Promise<MadeFrom> {
  const files = cases.flatMap((c) => [...c.images, c.labels!]).map((path) => path.slice(taskFolder.length + 1));
  return { sources: await hashFiles(taskFolder, [FILE_NAMES.dataset, ...files], { signal }) };
}
