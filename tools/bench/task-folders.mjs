import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Folders in which both sides keep raw data, prepared data and models, made under `folder`: the environment variables of
 * each side, and `place(...names)`, which makes further ones.
 */
export function taskFolders(folder) {
  const place = (...names) => {
    const path = join(folder, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    place,
    ownRoots: {
      nnUNet_raw_data_base: place('own', 'raw'),
      nnUNet_preprocessed: place('own', 'preprocessed'),
      RESULTS_FOLDER: place('own', 'results'),
    },
    peerRoots: {
      nnUNet_raw: place('peer', 'raw'),
      nnUNet_preprocessed: place('peer', 'preprocessed'),
      nnUNet_results: place('peer', 'results'),
    },
  };
}
