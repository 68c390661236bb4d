import { caseIdOfEntry, type DatasetDescription, imageFileName, joinPath, modalityCount } from '@nnunet/dataset';
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
