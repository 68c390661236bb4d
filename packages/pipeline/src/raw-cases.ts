import { caseIdOfEntry, type DatasetDescription, imageFileName, joinPath, modalityCount } from '@nnunet/dataset';
import type { RawCase } from '@nnunet/preprocess/node';

/** The training cases that dataset.json lists, with the paths of their files, sorted by id. */
export function rawTrainingCases(taskFolder: string, dataset: DatasetDescription): RawCase[] {
  const modalities = modalityCount(dataset);
  const labels = new Map(dataset.training.map(({ image, label }) => [caseIdOfEntry(image), caseIdOfEntry(label)]));
  return [...labels.keys()].sort().map((id) => ({
    id,
    images: Array.from({ length: modalities }, (_, m) => joinPath(taskFolder, 'imagesTr', imageFileName(id, m))),
    labels: joinPath(taskFolder, 'labelsTr', `${labels.get(id)}.nii.gz`),
  }));
}
