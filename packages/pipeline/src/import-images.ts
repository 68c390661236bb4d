import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { casesFailed } from '@nnunet/errors/internal';
import { FILE_NAMES, requireCaseId } from '@nnunet/schema/internal';
import type { TypedArray } from '@nnunet/tensor';
import { copyFileAtomic, readFileBytes, readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import type { ImageFormats, Volume } from '@nnunet/volume';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { writeImageBytes } from '@nnunet/volume/node/internal';
import { type Extensions, shippedExtensions } from './extensions.ts';
import { isKnownFormat, loadImageFormats, niftiStem } from './image-formats.ts';
import { type ImportItem, type ImportList, listImports } from './import-list.ts';
import { casesByPattern, type ImportPatterns, itemsOf, tableOfCases } from './import-pattern.ts';
import type { Reporter } from './reporter.ts';

export interface ImportImagesOptions {
  /** A folder of images, or a task with imagesTr, labelsTr, imagesTs, labelsTs. Only read. */
  input: string;
  /** Folder for the NIfTI files; may be the input folder. */
  output: string;
  /**
   * The images of a plain folder are label maps; those of labelsTr and labelsTs always are. Not allowed with
   * `patterns`.
   */
  labels: boolean;
  /** Patterns of each case's image paths below the input folder, including sub-folders. */
  patterns?: ImportPatterns;
  /** Only report what would be done; write nothing. */
  dryRun?: boolean;
  /** Convert again files that exist in the output folder. */
  overwrite: boolean;
  /** Where image formats other than those of `@nnunet/formats` are looked up. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'formats'>;
  reporter: Reporter;
  signal?: AbortSignal;
}

export interface Imported {
  converted: number;
  /** Number of files that already existed. */
  kept: number;
  /** Table of sources and targets for the user. */
  table: string;
}

/**
 * Implements nnUNet_import_images: converts images of all readable formats to the raw layout, `<case>_0000.nii.gz` for
 * images and `<case>.nii.gz` for label maps, at the same position. Voxels keep their type, except 64-bit types, which
 * become float32 (the type they are later read as). A task's dataset.json is copied, with its entries renamed to match
 * the new files.
 *
 * @returns how many files were converted, how many already existed, and the table of sources and targets
 * @throws NnUNetError 'cases-failed' at the end, naming the files, after the others are converted; the errors of
 * `listImports` and `casesByPattern`
 */
export async function importImages(options: ImportImagesOptions): Promise<Imported> {
  const { overwrite, reporter, signal } = options;
  const { formats } = options.extensions ?? shippedExtensions;
  const { items, passedOver, task, table } = await toImport(options, formats);
  for (const { target } of items) requireCaseId(basename(target).replace(/(_\d{4})?\.nii\.gz$/, ''), target);
  if (passedOver.length > 0) reporter.message(`ignored, because they are not images: ${passedOver.join(', ')}`);
  if (options.dryRun) return { converted: 0, kept: 0, table };
  const other = items.find(({ source }) => !isKnownFormat(source, formats));
  if (other) await loadImageFormats(other.source, formats);
  let kept = 0;
  const work = async (item: ImportItem): Promise<void> => {
    if (item.source === item.target || (!overwrite && existsSync(item.target))) {
      kept++;
      return;
    }
    await mkdir(dirname(item.target), { recursive: true });
    // A result of an earlier run would be mistaken for this one's.
    await convert(item, formats, reporter).catch(async (error) => {
      await rm(item.target, { force: true });
      throw error;
    });
  };
  reporter.progress({ what: 'converting', done: 0, total: items.length });
  const outcomes = await settleBounded(items, work, {
    width: 1,
    signal,
    onProgress: ({ item, done, total }) => reporter.progress({ what: 'converting', done, total, note: item.source }),
  });
  const { done, failed } = splitOutcomes(items, outcomes, ({ source }) => basename(source));
  if (failed.length > 0) {
    const description = task ? ' dataset.json will be written when all are converted.' : '';
    const remedy = `The others are converted.${description} Correct these and run the command again; finished images are kept.`;
    throw casesFailed(failed, { total: items.length, noun: 'image', remedy });
  }
  if (task) await importDescription(options, formats);
  const converted = done.length - kept;
  return { converted, kept, table };
}

async function toImport(
  { input, output, labels, patterns }: ImportImagesOptions,
  formats: ImageFormats,
): Promise<ImportList & { table: string }> {
  if (patterns !== undefined) {
    const cases = await casesByPattern(patterns, { input, output, formats });
    return { items: itemsOf(cases, input, output), passedOver: [], task: false, table: tableOfCases(cases) };
  }
  const list = await listImports({ input, output, labels, formats });
  return { ...list, table: list.items.map(({ source, target }) => `${source} -> ${target}`).join('\n') };
}

async function convert({ source, target, labels }: ImportItem, known: ImageFormats, reporter: Reporter): Promise<void> {
  if (/\.nii\.gz$/i.test(source)) return copyFileAtomic(source, target);
  if (/\.nii$/i.test(source)) return writeImageBytes(target, await readFileBytes(source));
  if (isKnownFormat(source, known))
    return writeVolume(target, await (labels ? readLabels(source, known) : readVolume(source, known)));
  const { readImage, spacingNotice, formats } = await loadImageFormats(source, known);
  if (labels) return writeVolume(target, await readLabels(source, formats));
  const notice = await spacingNotice(source);
  if (notice !== null) reporter.warning(notice);
  await writeVolume(target, narrow(await readImage(source)));
}

/** Converts 64-bit voxels to float32. */
function narrow(volume: Volume<TypedArray>): Volume<TypedArray> {
  const { data } = volume;
  if (data instanceof BigInt64Array) return { ...volume, data: Float32Array.from(data, Number) };
  return data instanceof Float64Array ? { ...volume, data: new Float32Array(data) } : volume;
}

/** Copies dataset.json with its entries renamed and everything else unchanged. */
async function importDescription(
  { input, output, reporter }: ImportImagesOptions,
  formats: ImageFormats,
): Promise<void> {
  const source = join(input, FILE_NAMES.dataset);
  if (!existsSync(source)) {
    reporter.warning(`${source} does not exist; write one with nnUNet_generate_dataset_json before planning`);
    return;
  }
  const text = await readTextFile(source);
  const renamed = text.replace(
    /"((?:\.\/)?(?:images|labels)T[rs]\/[^"/]+)\/?"/g,
    (_, entry: string) => `"${niftiStem(entry, formats)}.nii.gz"`,
  );
  const target = join(output, FILE_NAMES.dataset);
  if (existsSync(target) && (await readFile(target, 'utf8')) === renamed) return;
  await mkdir(output, { recursive: true });
  await writeFileAtomic(target, renamed);
}
