import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import { fileError, folderError, readFileBytes } from '@nnunet/tensor/node/internal';
import type { Volume } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import { decodeSlice } from '../dicom/decode-dicom.ts';
import { hasDicomMark, isDicomStart } from '../dicom/dicom-file.ts';
import { requirePixels } from '../dicom/dicom-pixels.ts';
import { dicomSlice } from '../dicom/dicom-slice.ts';
import { volumeOfSlices } from '../dicom/volume-of-slices.ts';
import { volumeFromItk } from '../itk-image.ts';
import { orderByNumber } from '../numbered-slices.ts';
import { stackSlices } from '../stack-slices.ts';
import { readItk } from './run-itk.ts';
import { readSpacing } from './spacing-beside.ts';

/** The slices of one image in a folder. */
export interface SliceFolder {
  kind: 'dicom' | 'png';
  /** File names of the slices. */
  names: string[];
}

/**
 * Determines what kind of slices a folder contains, not looking into subfolders; null if there are none. DICOM files
 * are recognised by their first bytes or the extension .dcm. Other files, such as a README or a DICOMDIR, are ignored.
 *
 * @throws NnUNetError 'bad-image' if both kinds occur, 'missing-folder'
 */
export async function slicesIn(folder: string): Promise<SliceFolder | null> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw folderError(cause, folder);
  });
  const files = entries.filter((e) => !e.isDirectory() && !e.name.startsWith('.') && !/^DICOMDIR$/i.test(e.name));
  const png: string[] = [];
  const dicom: string[] = [];
  for (const { name } of files) {
    if (/\.png$/i.test(name)) png.push(name);
    else if (/\.dcm$/i.test(name) || (await startsAsDicom(join(folder, name)))) dicom.push(name);
  }
  if (png.length > 0 && dicom.length > 0) {
    const what = `contains slices of two kinds: ${png[0]} and ${dicom[0]}`;
    throw badImage(folder, what, 'Keep only one image per folder.');
  }
  if (dicom.length > 0) return { kind: 'dicom', names: dicom };
  return png.length > 0 ? { kind: 'png', names: png } : null;
}

/** Whether a file begins as DICOM files do: see {@link isDicomStart}. */
async function startsAsDicom(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(132), 0, 132, 0);
      return isDicomStart(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileError(cause, path);
  }
}

/**
 * Reads a folder of slices: one DICOM series, or numbered PNG files. Voxels are in their stored type, for DICOM after
 * rescaling.
 *
 * @throws NnUNetError 'bad-image'; see `orderSlices` and `orderByNumber` for what is rejected
 */
export async function readSliceFolder(path: string): Promise<Volume<TypedArray>> {
  const found = await slicesIn(path);
  if (found === null) throw await withoutSlices(path);
  return found.kind === 'dicom' ? readDicom(path, found.names) : readPng(path, found.names);
}

/** The files of a series are often in folders of their own, as on a CD. */
async function withoutSlices(folder: string): Promise<NnUNetError> {
  const folders = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const [first] = folders;
  if (first === undefined) {
    return badImage(folder, 'contains no slices', 'Put DICOM files (.dcm) or PNG files into it.');
  }
  const what = `contains no slices, but ${folders.length === 1 ? 'a folder' : `${folders.length} folders`}, e.g. ${first.name}`;
  return badImage(folder, what, 'Give the folder in which the files of the series themselves are.');
}

async function readDicom(folder: string, names: readonly string[]): Promise<Volume<TypedArray>> {
  const slices = [];
  for (const name of names) {
    const file = join(folder, name);
    const bytes = await readFileBytes(file);
    requirePixels(bytes, file);
    // ITK's reader wants the mark.
    const own = isDicomStart(bytes) && !hasDicomMark(bytes);
    slices.push(own ? decodeSlice(bytes, name, file) : dicomSlice(await readItk('gdcm', file), name, file));
  }
  return volumeOfSlices(slices, folder);
}

async function readPng(folder: string, names: readonly string[]): Promise<Volume<TypedArray>> {
  const { geometry } = await readSpacing(`${folder}/`);
  const slices = [];
  for (const name of orderByNumber(names, folder)) {
    const file = join(folder, name);
    const { data, shape } = volumeFromItk(await readItk('png', file), file);
    slices.push({ name, rows: shape[1], columns: shape[2], data });
  }
  const { rows, columns } = slices[0]!;
  return { ...geometry, data: stackSlices(slices, folder), shape: [slices.length, rows, columns] };
}
