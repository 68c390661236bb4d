import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DatasetV2 } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { folderError } from '@nnunet/tensor/node/internal';

/** The files of a training case of v2. They need not exist. */
export interface RawCaseV2 {
  id: string;
  /** Absolute paths, in the order of the channels. */
  images: readonly string[];
  /** Absolute path of the label map. */
  labels: string;
}

/** Environment variables that paths in dataset.json may name, `$HOME/images/a.nii.gz`. */
export type PathVariables = Readonly<Record<string, string | undefined>>;

/**
 * Lists the training cases of a raw dataset of v2: those of `dataset` in dataset.json, in its order, or else those with
 * images `<case>_0000<ending>` in imagesTr, sorted.
 * Origin: v2's utilities/utils.py.
 *
 * @param folder of dataset.json
 * @throws NnUNetError 'missing-folder', 'no-access'
 */
export async function rawCasesV2(
  folder: string,
  { files, fileEnding }: Pick<DatasetV2, 'files' | 'fileEnding'>,
  variables: PathVariables = {},
): Promise<RawCaseV2[]> {
  const whole = (path: string) => resolve(folder, withVariables(path, variables));
  if (files !== null)
    return [...files].map(([id, { images, label }]) => ({ id, images: images.map(whole), labels: whole(label) }));
  const images = joinPath(resolve(folder), 'imagesTr');
  const names = await readdir(images).catch((cause: unknown) => {
    throw folderError(cause, images);
  });
  const cases = new Map<string, string[]>();
  for (const name of names.filter((name) => !name.startsWith('.')).sort()) {
    const id = name.endsWith(fileEnding) ? /^(.+)_\d{4}$/.exec(name.slice(0, -fileEnding.length))?.[1] : undefined;
    if (id === undefined) continue;
    if (!cases.has(id)) cases.set(id, []);
    cases.get(id)!.push(joinPath(images, name));
  }
  return [...cases.keys()].sort().map((id) => ({
    id,
    images: cases.get(id)!,
    labels: joinPath(resolve(folder), 'labelsTr', id + fileEnding),
  }));
}

/** Replaces `$NAME` and `${NAME}` by the values of variables; what is not set stays, as in Python's expandvars. */
function withVariables(path: string, variables: PathVariables): string {
  return path.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (written, plain, braced) => variables[plain ?? braced] ?? written);
}
