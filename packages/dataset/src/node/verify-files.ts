import { readdir } from 'node:fs/promises';
import { type DatasetDescription, modalityCount } from '@nnunet/schema';
import { caseIdOfEntry, caseIdProblem, imageFileName, joinPath } from '@nnunet/schema/internal';
import type { DatasetFault } from '../faults.ts';

/** The existing files of a case, relative to the task folder. */
export interface CaseFiles {
  id: string;
  /** Null for a test case, or if it is missing. */
  label: string | null;
  /** By modality; null if the file is missing. */
  images: (string | null)[];
}

export interface FileCheck {
  training: CaseFiles[];
  test: CaseFiles[];
  faults: DatasetFault[];
}

/** Checks file names only: everything listed in dataset.json exists, and nothing else. */
export async function checkFiles(taskFolder: string, dataset: DatasetDescription): Promise<FileCheck> {
  const faults: DatasetFault[] = [];
  const found = {
    imagesTr: await namesIn(taskFolder, 'imagesTr'),
    labelsTr: await namesIn(taskFolder, 'labelsTr'),
    imagesTs: await namesIn(taskFolder, 'imagesTs'),
  };
  const folders = {
    imagesTr: niftiNames(found.imagesTr),
    labelsTr: niftiNames(found.labelsTr),
    imagesTs: niftiNames(found.imagesTs),
  };
  for (const name of ['imagesTr', 'labelsTr'] as const) {
    if (folders[name] === null) faults.push(missingFolder(name));
  }
  if (folders.imagesTs === null && dataset.test.length > 0) faults.push(missingFolder('imagesTs'));
  const files = {
    imagesTr: folders.imagesTr ?? new Set<string>(),
    labelsTr: folders.labelsTr ?? new Set<string>(),
    imagesTs: folders.imagesTs ?? new Set<string>(),
  };
  const used = { imagesTr: new Set<string>(), labelsTr: new Set<string>(), imagesTs: new Set<string>() };
  const count = modalityCount(dataset);

  const take = (folder: keyof typeof files, name: string): string | null => {
    used[folder].add(name);
    return files[folder].has(name) ? `${folder}/${name}` : null;
  };
  const imagesOf = (folder: 'imagesTr' | 'imagesTs', id: string): (string | null)[] =>
    Array.from({ length: count }, (_, modality) => {
      const name = imageFileName(id, modality);
      const file = take(folder, name);
      if (file === null && folders[folder] !== null)
        faults.push(instead(missingImage(`${folder}/${name}`, id, modality, dataset), found[folder]));
      return file;
    });

  const training: CaseFiles[] = [];
  const seen = new Map<string, number>();
  for (const entry of dataset.training) {
    const id = caseIdOfEntry(entry.image);
    seen.set(id, (seen.get(id) ?? 0) + 1);
    if (seen.get(id)! > 1) continue;
    const problem = caseIdProblem(id);
    if (problem !== null) faults.push(badCaseId(id, problem));
    const labelName = `${id}.nii.gz`;
    if (`${caseIdOfEntry(entry.label)}.nii.gz` !== labelName) faults.push(otherLabelName(entry.label, labelName));
    const label = take('labelsTr', labelName);
    if (label === null && folders.labelsTr !== null) faults.push(instead(missingLabel(labelName, id), found.labelsTr));
    training.push({ id, label, images: imagesOf('imagesTr', id) });
  }
  for (const [id, times] of seen) if (times > 1) faults.push(duplicate('training', id, times));
  if (training.length === 0) faults.push(noTraining());
  faults.push(...spelledAlike([...seen.keys()]), ...wrongCounts(dataset));

  const test: CaseFiles[] = [];
  for (const path of new Set(dataset.test)) {
    const id = caseIdOfEntry(path);
    test.push({ id, label: null, images: imagesOf('imagesTs', id) });
  }
  for (const folder of ['imagesTr', 'labelsTr', 'imagesTs'] as const) {
    // Without a test list, v1 does not look into imagesTs.
    if (folder === 'imagesTs' && dataset.test.length === 0) continue;
    for (const name of files[folder]) if (!used[folder].has(name)) faults.push(leftOver(folder, name));
  }
  return { training, test, faults };
}

/** Names in a subfolder, sorted; null if the folder does not exist. */
async function namesIn(taskFolder: string, folder: string): Promise<string[] | null> {
  try {
    return (await readdir(joinPath(taskFolder, folder))).sort();
  } catch {
    return null;
  }
}

function niftiNames(names: readonly string[] | null): Set<string> | null {
  return names === null ? null : new Set(names.filter((name) => name.endsWith('.nii.gz')));
}

/** Adds to the fault for a missing file the name of one with a different spelling or format that exists instead. */
function instead(fault: DatasetFault, names: readonly string[] | null): DatasetFault {
  const stem = (name: string) => name.toLowerCase().replace(/\.(nii(\.gz)?|[a-z0-9]+)$/, '');
  const wanted = fault.file.slice(fault.file.indexOf('/') + 1);
  const other = names?.find((name) => stem(name) === stem(wanted));
  if (other === undefined) return fault;
  const spelling = other.toLowerCase() === wanted.toLowerCase();
  return {
    ...fault,
    found: `${other}, ${spelling ? 'spelled differently' : 'which is not supported here'}`,
    remedy: spelling
      ? `Rename it to ${wanted}.`
      : 'Convert it to .nii.gz: nnUNet_import_images `input` TASK_FOLDER `output` TASK_FOLDER does so for a whole task.',
  };
}

/** Fault of a folder that does not exist. */
export function missingFolder(file: string): DatasetFault {
  return {
    severity: 'error',
    file: `${file}/`,
    what: 'folder missing',
    expected: `a folder ${file} next to dataset.json`,
    found: 'no such folder',
    remedy: `Create it with the ${file.startsWith('labels') ? 'label' : 'image'} files, or convert the dataset again.`,
  };
}

function missingImage(file: string, id: string, modality: number, dataset: DatasetDescription): DatasetFault {
  const numbered = /_\d{4}$/.test(id) ? ' In dataset.json, image names do not contain _0000.' : '';
  return {
    severity: 'error',
    file,
    what: 'image missing',
    expected: `modality ${modality} (${dataset.modality[modality]}) of case ${id}`,
    found: 'no such file',
    remedy: `Add the file, or remove the case from dataset.json.${numbered}`,
  };
}

function missingLabel(name: string, id: string): DatasetFault {
  return {
    severity: 'error',
    file: `labelsTr/${name}`,
    what: 'label map missing',
    expected: `the label map of training case ${id}`,
    found: 'no such file',
    remedy: 'Add the file, or remove the case from "training" in dataset.json.',
  };
}

function otherLabelName(found: string, expected: string): DatasetFault {
  return {
    severity: 'error',
    file: 'dataset.json',
    what: 'label map and image have different names',
    expected: `"label": "./labelsTr/${expected}"`,
    found: `"${found}"`,
    remedy: 'Name the label map after its case, and correct "training".',
  };
}

function duplicate(list: string, id: string, times: number): DatasetFault {
  return {
    severity: 'error',
    file: 'dataset.json',
    what: 'case listed more than once',
    expected: `${id} only once in "${list}"`,
    found: `${times} times`,
    remedy: 'Delete the repeated entries; they would leak between training and validation.',
  };
}

/**
 * Case ids that are the same file if upper and lower case are not distinguished, as on most Windows and macOS disks.
 */
function spelledAlike(ids: readonly string[]): DatasetFault[] {
  const first = new Map<string, string>();
  return ids.flatMap((id) => {
    const other = first.get(id.toLowerCase());
    if (other === undefined) first.set(id.toLowerCase(), id);
    if (other === undefined) return [];
    return [
      {
        severity: 'warning',
        file: 'dataset.json',
        what: 'cases whose names differ only in upper and lower case',
        expected: 'names that are distinct on every disk',
        found: `${other} and ${id}`,
        remedy: 'Rename one of them. On Windows and macOS, one would overwrite the other.',
      },
    ];
  });
}

/** v1 reads neither number, but a wrong one indicates that entries were lost. */
function wrongCounts(dataset: DatasetDescription): DatasetFault[] {
  const lists = [
    ['numTraining', dataset.numTraining, 'training', dataset.training],
    ['numTest', dataset.numTest, 'test', dataset.test],
  ] as const;
  return lists.flatMap(([key, stated, name, list]) =>
    typeof stated !== 'number' || stated === list.length
      ? []
      : [
          {
            severity: 'warning',
            file: 'dataset.json',
            what: `${key} is not the number of entries in "${name}"`,
            expected: String(stated),
            found: String(list.length),
            remedy: `Complete "${name}" if entries are missing; otherwise correct ${key}.`,
          },
        ],
  );
}

/** Fault of a case that is named like a file of this program. */
export function badCaseId(id: string, problem: string, list = 'training'): DatasetFault {
  return {
    severity: 'error',
    file: 'dataset.json',
    what: 'invalid case name',
    expected: 'names that differ from all files of this program',
    found: `"${id}", which ${problem}`,
    remedy: `Rename the files of this case, and its entry in "${list}".`,
  };
}

function noTraining(): DatasetFault {
  return {
    severity: 'error',
    file: 'dataset.json',
    what: 'no training cases',
    expected: 'at least one entry in "training"',
    found: 'an empty list',
    remedy: 'List the training cases.',
  };
}

function leftOver(folder: string, name: string): DatasetFault {
  const hidden = name.startsWith('.');
  return {
    severity: hidden ? 'warning' : 'error',
    file: `${folder}/${name}`,
    what: hidden ? 'hidden file' : 'file not listed in dataset.json',
    expected: `only files of listed cases${folder.startsWith('images') ? ' and declared modalities' : ''}`,
    found: hidden ? 'a hidden file, which is not read' : 'a file that no case uses',
    remedy: hidden ? 'Delete it.' : 'List its case or declare its modality in dataset.json, or move the file away.',
  };
}
