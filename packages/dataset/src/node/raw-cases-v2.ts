import { resolve } from 'node:path';
import type { DatasetV2 } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { filesIn } from '@nnunet/tensor/node/internal';

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
  const cases = await imagesByCaseV2(joinPath(resolve(folder), 'imagesTr'), fileEnding);
  return cases.map(({ id, images }) => ({
    id,
    images,
    labels: joinPath(resolve(folder), 'labelsTr', id + fileEnding),
  }));
}

/**
 * Lists the cases with images `<case>_0000<ending>`, `<case>_0001<ending>`, … in a folder, sorted. Other files belong to
 * no case.
 * Origin: v2's utilities/utils.py.
 *
 * @throws NnUNetError 'missing-folder', 'not-a-folder', 'no-access'
 */
export async function imagesByCaseV2(folder: string, fileEnding: string): Promise<{ id: string; images: string[] }[]> {
  const cases = new Map<string, string[]>();
  for (const name of await filesIn(folder, fileEnding)) {
    const id = /^(.+)_\d{4}$/.exec(name.slice(0, -fileEnding.length))?.[1];
    if (id === undefined) continue;
    if (!cases.has(id)) cases.set(id, []);
    cases.get(id)!.push(joinPath(folder, name));
  }
  return [...cases.keys()].sort().map((id) => ({ id, images: cases.get(id)! }));
}

/** Replaces `$NAME` and `${NAME}` by the values of variables; what is not set stays, as in Python's expandvars. */
function withVariables(path: string, variables: PathVariables): string {
  return path.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (written, plain, braced) => variables[plain ?? braced] ?? written);
}
