import { type DatasetLabels, declaredLabels } from '@nnunet/schema';
import type { DatasetFault } from './faults.ts';

/** Largest label of a predicted label map, here as in v1 (save_segmentation_nifti_from_softmax). */
const MAX_LABEL = 255;

/** Checks that the labels declared in dataset.json start at 0 and are consecutive. */
export function labelFaults(dataset: DatasetLabels): DatasetFault[] {
  const values = declaredLabels(dataset);
  const found = values.length > 20 ? `${values.slice(0, 10).join(', ')}, … to ${values.at(-1)}` : values.join(', ');
  const faults: DatasetFault[] = [];
  const add = (what: string, expected: string, remedy: string) =>
    faults.push({ severity: 'error', file: 'dataset.json', what, expected, found, remedy });
  if (values[0] !== 0) {
    add('labels do not start with 0', '0 = background as lowest label', 'Declare "0": "background" in "labels".');
  }
  if (values.some((value, i) => i > 0 && value !== values[i - 1]! + 1)) {
    add(
      'labels are not consecutive',
      `${values[0]}, ${values[0]! + 1}, … without gaps`,
      'Renumber the labels in dataset.json and in every label map without gaps (nnUNet_repair_dataset does this in a copy of the task).',
    );
  }
  const consecutive = faults.length === 0;
  if (consecutive && values.at(-1)! > MAX_LABEL) {
    add(
      'more labels than nnU-Net can write',
      `labels up to ${MAX_LABEL}: predictions have one byte per voxel, and v1 would write 256 as 0`,
      'Merge or remove labels, or divide them among several tasks.',
    );
  }
  if (Object.keys(dataset.labels).length < 2) {
    add('only one label', 'the background and at least one foreground label', 'Declare the foreground in "labels".');
  }
  const unknown = dataset.regions_class_order?.filter((label) => !values.includes(label)) ?? [];
  if (dataset.regions !== undefined && unknown.length > 0) {
    add(
      'regions write labels that do not exist',
      `only declared labels in "regions_class_order", not ${unknown.join(', ')}`,
      'Give each region, in their order, the label to be written: the later ones overwrite the earlier.',
    );
  }
  const names = Object.values(dataset.labels);
  const repeated = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  if (repeated.length > 0) {
    faults.push({
      severity: 'warning',
      file: 'dataset.json',
      what: 'labels with the same name',
      expected: 'a unique name for each label',
      found: repeated
        .map(
          (name) =>
            `"${name}": ${Object.keys(dataset.labels)
              .filter((value) => dataset.labels[value] === name)
              .join(', ')}`,
        )
        .join('; '),
      remedy: 'Rename them in "labels": tables and pictures could not tell them apart.',
    });
  }
  return faults;
}
