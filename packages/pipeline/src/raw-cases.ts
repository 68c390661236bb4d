import type { RawCase } from '@nnunet/preprocess/node';
import { type DatasetDescription, modalityCount } from '@nnunet/schema';
import { caseIdOfEntry, imageFileName, joinPath } from '@nnunet/schema/internal';

/** Returns the training cases listed in dataset.json, with the paths of their files, sorted by id. */
export function rawTrainingCases(taskFolder: string, dataset: DatasetDescription): RawCase[] {
  const modalities = modalityCount(dataset);
  const labels = new Map(dataset.training.map(({ image, label }) => [caseIdOfEntry(image), caseIdOfEntry(label)]));
  return [...labels.keys()].sort().map((id) => ({
    id,
    images: Array.from({ length: modalities }, (_, m) => joinPath(taskFolder, 'imagesTr', imageFileName(id, m))),
    labels: joinPath(taskFolder, 'labelsTr', `${labels.get(id)}.nii.gz`),
  }));
}
