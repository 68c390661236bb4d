import { NUMBERED } from '@nnunet/inference/node/internal';
import { joinPath } from '@nnunet/schema/internal';
import { isFolder, namesIn } from '@nnunet/tensor/node/internal';
import { type ImageFormats, shippedFormats } from '@nnunet/volume';
import { OPTIONAL_EXTENSIONS } from '@nnunet/volume/internal';
import { loadImageFormats, otherImages } from './image-formats.ts';
import { formatsOfLabels, formatsOfReader } from './v2/reader-formats.ts';

const NIFTI = '.nii.gz';
/** Ends of 2D images, which are taken for label maps where there are no others: pictures end so, too. */
const FLAT = ['.png', '.bmp'];

/** What a data set says of its files; nothing, where it is not known. */
export interface KindOfFiles {
  /** Ending of its images and label maps, with the dot. */
  ending?: string | undefined;
  /** v2's class that reads them; null for tasks of v1. */
  reader?: string | null | undefined;
}

/** Label maps of a folder. */
export interface FoundLabels {
  /** Their ending, with the dot. */
  ending: string;
  /** Path by case. */
  files: Map<string, string>;
}

/**
 * Finds the label maps of a folder, sorted: all files with the ending of the data set, or else with the first of NIfTI, the
 * other known formats, and those of the optional package that any file has.
 *
 * @throws NnUNetError 'missing-folder', 'not-a-folder', 'no-access'
 */
export async function labelMapsIn(
  folder: string,
  { ending: own }: KindOfFiles,
  known: ImageFormats = shippedFormats,
): Promise<FoundLabels> {
  const names = (await namesIn(folder)).filter((name) => !name.startsWith('.'));
  const endings = [...(own === undefined ? [] : [own]), NIFTI, ...known.names(), ...OPTIONAL_EXTENSIONS, ...FLAT];
  for (const ending of endings) {
    if (ending === '/') continue;
    const found = names.filter(
      (name) => name.length > ending.length && name.toLowerCase().endsWith(ending.toLowerCase()),
    );
    if (found.length === 0) continue;
    const files = found.map((name) => [name.slice(0, -ending.length), joinPath(folder, name)] as const);
    return { ending, files: new Map(files) };
  }
  return { ending: own ?? NIFTI, files: new Map() };
}

/**
 * Returns the formats needed to read label maps and images of the cases of folders.
 *
 * @param paths of label maps
 * @param images folders of images
 * @throws NnUNetError 'missing-package', 'missing-folder', 'not-a-folder'
 */
export async function formatsOfCases(
  { reader }: KindOfFiles,
  { paths, images }: { paths: readonly string[]; images: readonly string[] },
  known: ImageFormats,
): Promise<ImageFormats> {
  const formats =
    typeof reader === 'string' ? await formatsOfReader(reader, paths, known) : await formatsOfLabels(paths, known);
  for (const folder of images) {
    const [other] = await otherImages(folder, formats);
    if (other !== undefined) return (await loadImageFormats(other, formats)).formats;
  }
  return formats;
}

/**
 * Finds the images of each case in a folder, in the order of their channels: `<case>_0000<ending>`, `<case>_0001<ending>`, …
 * up to the first that is missing; folders of slices end in '/'. If no name has such a number, a file is the image of a
 * case. Of files that differ only in their ending, that of the data set counts, then NIfTI.
 *
 * @throws NnUNetError 'missing-folder', 'not-a-folder', 'no-access'
 */
export async function imagesByCase(
  folder: string,
  { ending: own }: KindOfFiles,
  formats: ImageFormats,
): Promise<Map<string, string[]>> {
  const endings = formats.names().sort((a, b) => b.length - a.length);
  const stems = new Map<string, { path: string; rank: number }>();
  for (const name of await namesIn(folder)) {
    if (name.startsWith('.')) continue;
    const ending = endings.find((end) => end !== '/' && name.toLowerCase().endsWith(end)) ?? '/';
    const path = joinPath(folder, name);
    if (ending === '/' && !(endings.includes('/') && NUMBERED.test(name) && (await isFolder(path)))) continue;
    const stem = ending === '/' ? name : name.slice(0, -ending.length);
    const rank = [own?.toLowerCase(), NIFTI].indexOf(ending) + 1 || 3;
    if ((stems.get(stem)?.rank ?? 4) > rank) stems.set(stem, { path: ending === '/' ? `${path}/` : path, rank });
  }
  const numbered = [...stems.keys()].filter((stem) => NUMBERED.test(stem));
  if (numbered.length === 0) return new Map([...stems].map(([stem, { path }]) => [stem, [path]]));
  const cases = new Map<string, string[]>();
  for (const id of new Set(numbered.map((stem) => stem.slice(0, -'_0000'.length)))) {
    const images: string[] = [];
    const next = () => stems.get(`${id}_${String(images.length).padStart(4, '0')}`);
    for (let image = next(); image !== undefined; image = next()) images.push(image.path);
    cases.set(id, images);
  }
  return cases;
}
