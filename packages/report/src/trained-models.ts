import { readdir } from 'node:fs/promises';

/** Which trained models a report is about. */
export interface ModelChoice {
  /** Default: all. */
  configurations?: readonly string[] | undefined;
  trainer: string;
  /** Of v1's 3d_cascade_fullres. */
  cascadeTrainer: string;
  plansIdentifier: string;
}

/** A configuration with the folder of its folds. */
export interface TrainedModelFolder {
  configuration: string;
  trainer: string;
  plans: string;
  folder: string;
  /** '0', …, 'all', each with the name of its folder. */
  folds: { fold: string; name: string }[];
}

/** Finds the folders of folds in that of a model. @param pattern of their names, with one group for the fold */
export async function foldFolders(modelFolder: string, pattern: RegExp): Promise<TrainedModelFolder['folds']> {
  const folds = (await readdir(modelFolder)).flatMap((name) => {
    const [, number, all] = pattern.exec(name) ?? [];
    const fold = number ?? all;
    return fold === undefined ? [] : [{ fold, name }];
  });
  return folds.sort((a, b) => a.fold.localeCompare(b.fold, 'en', { numeric: true }));
}
