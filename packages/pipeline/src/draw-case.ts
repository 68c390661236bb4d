import { renderOverlay, sliceWithMostForeground, takeSlice } from '@nnunet/plot';
import { svgToPng } from '@nnunet/plot/node';
import { writeFileAtomic } from '@nnunet/tensor/node';
import { readLabels, readVolume } from '@nnunet/volume/node';

export interface DrawCaseOptions {
  /** NIfTI files on the same grid. */
  image: string;
  reference: string;
  prediction: string;
  /** The PNG to write. */
  output: string;
  title?: string;
  /** Label value to name, for the legend. */
  names?: Record<string, string>;
}

/** Draws the slice with the most labelled voxels: image, reference and prediction side by side. Returns the picture's path. */
export async function drawCase({
  image,
  reference,
  prediction,
  output,
  title,
  names,
}: DrawCaseOptions): Promise<string> {
  const [volume, labels, predicted] = await Promise.all([
    readVolume(image),
    readLabels(reference),
    readLabels(prediction),
  ]);
  const z = sliceWithMostForeground(labels.data, labels.shape as [number, number, number]);
  const slice = <T extends Parameters<typeof takeSlice>[0]>(data: T) =>
    takeSlice(data, volume.shape as [number, number, number], z);
  const svg = renderOverlay({
    image: slice(volume.data),
    label: slice(labels.data),
    prediction: slice(predicted.data),
    spacing: [volume.spacing[1], volume.spacing[2]],
    title,
    names,
  });
  await writeFileAtomic(output, svgToPng(svg));
  return output;
}
