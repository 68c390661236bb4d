import { counted, listed } from '@nnunet/errors/internal';
import { type DicomHeader, dicomHeader, seriesTitle } from '@nnunet/formats/internal';
import type { GivenFile } from './given-files.ts';
import type { GivenImage } from './given-images.ts';

/** Bytes in which most headers end. */
const HEAD = 2 ** 16;

interface Series {
  title: string;
  /** Columns and rows, of each size that occurs. */
  sizes: Set<string>;
  files: GivenFile[];
}

/**
 * Divides images whose DICOM files are of several series: one image each, in the order of the files, with a title.
 * Files without pixels, such as structure sets and reports, are left out. An image with a file that has no readable
 * header stays as it is: reading it says which one.
 */
export async function seriesApart(images: readonly GivenImage[]): Promise<GivenImage[]> {
  const apart: GivenImage[] = [];
  for (const image of images) {
    const series = image.kind === 'dicom' ? await seriesOf(image.files) : null;
    if (series === null || series.length === 0) apart.push(image);
    else
      apart.push(...series.map((one) => ({ ...image, ...(series.length > 1 && namesOf(one, image)), ...told(one) })));
  }
  return apart;
}

async function seriesOf(files: readonly GivenFile[]): Promise<Series[] | null> {
  const series = new Map<string, Series>();
  for (const given of files) {
    const header = await headerOf(given.file);
    if (header === null) return null;
    const size = `${header.uint16('Columns')} x ${header.uint16('Rows')}`;
    if (size.includes('NaN')) continue;
    const uid = header.text('SeriesInstanceUID');
    const title = seriesTitle(header.text('SeriesDescription'), header.text('SeriesNumber'));
    const one = series.get(uid) ?? { title, sizes: new Set<string>(), files: [] };
    series.set(uid, one);
    one.sizes.add(size);
    one.files.push(given);
  }
  return [...series.values()];
}

/** The header by the first bytes of a file, or by all where these are not enough; null if there is none. */
async function headerOf(file: File): Promise<DicomHeader | null> {
  for (const end of file.size > HEAD ? [HEAD, file.size] : [file.size]) {
    try {
      const header = dicomHeader(new Uint8Array(await file.slice(0, end).arrayBuffer()), file.name);
      if (end === file.size || !Number.isNaN(header.uint16('Rows'))) return header;
    } catch {
      // More of the file may help.
    }
  }
  return null;
}

function namesOf({ title, files }: Series, { name }: GivenImage): Partial<GivenImage> {
  const own = title || name;
  return { name: own, stem: own.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_'), files };
}

function told({ title, sizes, files }: Series): Partial<GivenImage> {
  const slices = `${counted(files.length, 'file')} of ${listed([...sizes])} pixels`;
  return { title: title === '' ? slices : `${title}: ${slices}`, files };
}
