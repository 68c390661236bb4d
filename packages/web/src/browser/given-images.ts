import type { GivenFile } from './given-files.ts';
import { imageStem } from './image-names.ts';

/** An image of the user: a file, or the files of a DICOM series. */
export interface GivenImage {
  /** What messages call it: the name of the file, or of the folder with the series. */
  name: string;
  /** The name without its end. */
  stem: string;
  /** What a DICOM series says of itself, where the user chooses among several. */
  title?: string;
  /** Folders and name. */
  path: string;
  kind: 'nifti' | 'nrrd' | 'meta' | 'dicom';
  /** For a header with voxels in other files, all files beside it follow it. */
  files: readonly GivenFile[];
}

/**
 * Finds the images among files: each NIfTI, NRRD or MetaImage file in the order of the files, then the DICOM files of
 * each folder together. Others are left out.
 */
export async function imagesAmong(files: readonly GivenFile[]): Promise<GivenImage[]> {
  const images: GivenImage[] = [];
  const series = new Map<string, GivenFile[]>();
  for (const given of files) {
    const { path, file } = given;
    const stem = imageStem(file.name);
    if (stem !== null) {
      const kind = /\.nii(\.gz)?$/i.test(file.name) ? 'nifti' : /\.n(rrd|hdr)$/i.test(file.name) ? 'nrrd' : 'meta';
      const beside = files.filter((other) => other !== given && folderOf(other.path) === folderOf(path));
      images.push({ name: file.name, stem, path, kind, files: kind === 'nifti' ? [given] : [given, ...beside] });
    } else if (await isDicom(file)) {
      series.set(folderOf(path), [...(series.get(folderOf(path)) ?? []), given]);
    }
  }
  for (const [folder, members] of series) {
    const name = folder.split('/').at(-1) || 'DICOM series';
    images.push({ name, stem: name, path: folder || name, kind: 'dicom', files: members });
  }
  return images;
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

/** By the name, or "DICM" after a preamble of 128 bytes; a DICOMDIR is a table of contents. */
async function isDicom(file: File): Promise<boolean> {
  if (/^(DICOMDIR|\..*)$/i.test(file.name)) return false;
  if (/\.dcm$/i.test(file.name)) return true;
  // What cannot be read is no image of this one.
  const mark = await file
    .slice(128, 132)
    .text()
    .catch(() => '');
  return mark === 'DICM';
}
