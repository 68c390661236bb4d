import { join } from 'node:path';
import { readFileBytes } from '@nnunet/tensor/node/internal';
import { badImage } from '../bad-image.ts';
import { type DicomSeries, type SourceSlice, seriesOf, sourceSlice } from '../dicom/dicom-series.ts';
import { slicesIn } from './read-folder.ts';

/**
 * Reads the headers of the DICOM series in a folder, one file after the other, for `dicomSeg` and `dicomRtstruct`.
 *
 * @throws NnUNetError 'bad-image' as `dicomSeries`, 'missing-folder', 'no-access'
 */
export async function readDicomSeries(folder: string): Promise<DicomSeries> {
  const found = await slicesIn(folder);
  if (found?.kind !== 'dicom') {
    throw badImage(folder, 'contains no DICOM files', 'Give the folder of the series that the labels belong to.');
  }
  const slices: SourceSlice[] = [];
  for (const name of found.names)
    slices.push(sourceSlice({ name, bytes: await readFileBytes(join(folder, name)) }, folder));
  return seriesOf(slices, folder);
}
