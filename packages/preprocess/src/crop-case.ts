import { NnUNetError } from '@nnunet/errors';
import { type Box, fillHoles, nonzeroBox } from '@nnunet/morphology';
import { uniqueValues } from '@nnunet/resample/internal';
import type { CaseProperties, CroppedCase } from '@nnunet/schema';
import { requireDeclaredLabels } from '@nnunet/schema/internal';
import type { TypedArray } from '@nnunet/tensor';
import { copyBox, toBase64 } from '@nnunet/tensor/internal';
import { finiteVolume, type LabelArray, type Volume } from '@nnunet/volume';
import { gridNotices, labelArray, requireWholeLabels } from '@nnunet/volume/internal';

export interface CropCaseOptions {
  id: string;
  /** One file per modality, recorded in the properties. */
  files?: readonly string[];
  labelFile?: string | null;
  /** Allowed label values. Default: not checked. */
  declaredLabels?: readonly number[];
}

/**
 * Crops a case to the bounding box of its nonzero voxels (nonzero in at least one modality). Voxels outside the nonzero
 * mask (holes filled in 3D) get label −1 unless they are labelled. Without labels, the segmentation is 0 inside the
 * mask and −1 outside. The geometry is that of the first modality; the other modalities and the labels must match it.
 * From v1's cropping.py.
 *
 * NaN and infinite voxels count as 0, as in v1's reader.
 *
 * @throws NnUNetError 'bad-case' if there is no modality, the shapes differ or all voxels are zero; 'other-grid';
 *   'bad-labels' for labels that are not integers; 'undeclared-labels'
 */
export function cropCase(
  given: readonly Volume<TypedArray>[],
  labels: Volume<TypedArray> | null,
  { id, files = [], labelFile = null, declaredLabels }: CropCaseOptions,
): CroppedCase {
  const images = given.map(finiteVolume);
  const first = images[0];
  if (first === undefined) throw badCase(id, 'has no image', 'Give one image per modality.');
  const { shape } = first;
  for (const [what, volume] of [...images.map((v, i) => [`modality ${i}`, v] as const), ['labels', labels] as const]) {
    if (volume === null || volume.shape.join() === shape.join()) continue;
    const sizes = `${volume.shape.join(' x ')} voxels (z, y, x), its first modality ${shape.join(' x ')}`;
    throw badCase(id, `its ${what} has ${sizes}`, 'All images of a case, and its labels, need the same voxel grid.');
  }
  const nameOf = (i: number) => files[i] ?? `modality ${i} of ${id}`;
  gridNotices([
    ...images.map((geometry, i) => ({ name: nameOf(i), geometry })),
    ...(labels === null ? [] : [{ name: labelFile ?? `the labels of ${id}`, geometry: labels }]),
  ]);
  const box = nonzeroBox(
    images.map((image) => image.data as ArrayLike<number>),
    shape,
  );
  if (box === null) {
    const what = images.some(({ notFinite }) => notFinite)
      ? 'contains only 0, NaN and infinities'
      : 'is zero everywhere';
    throw badCase(id, what, 'Remove the case, or check how it was made.');
  }

  const whole = box.every(([low, high], a) => low === 0 && high === shape[a]);
  const cut = <T extends TypedArray>(data: T): T => (whole ? data : copyBox(data, shape, box));
  const cropped = images.map((image) => toFloat32(cut(image.data)));
  const size = sizeOfBox(box);
  const outside = maskOf(cropped, size);
  const labelValues = labels === null ? null : wholeLabels(labels.data, labelFile ?? id, declaredLabels);
  const segmentation = labelValues === null ? new Float32Array(outside.length) : toFloat32(cut(labelValues));
  for (let i = 0; i < outside.length; i++) if (outside[i] === 0 && segmentation[i] === 0) segmentation[i] = -1;
  const classes = uniqueValues(segmentation);
  if (classes[0]! < -1) for (let i = 0; i < segmentation.length; i++) if (segmentation[i]! < -1) segmentation[i] = 0;

  const properties: CaseProperties = {
    original_size_of_raw_data: [...shape],
    original_spacing: [...first.spacing],
    list_of_data_files: [...files],
    seg_file: labelFile,
    itk_origin: [...first.origin],
    itk_spacing: [...first.spacing].reverse(),
    itk_direction: [...first.direction],
    crop_bbox: box,
    classes,
    size_after_cropping: [...size],
  };
  if (first.niftiHeader !== undefined) properties.nifti_header = toBase64(first.niftiHeader);
  return { id, images: cropped, segmentation, shape: size, properties };
}

/** @throws NnUNetError 'bad-labels', 'undeclared-labels'; both name the file or case */
function wholeLabels(data: TypedArray, where: string, declared: readonly number[] | undefined): LabelArray {
  const labels = labelArray(data).data;
  requireWholeLabels(labels, where);
  if (declared !== undefined) requireDeclaredLabels(labels, declared, where);
  return labels;
}

/**
 * Returns 1 where any modality is nonzero, holes filled. Computed within the box, which gives the same result as in the
 * whole image.
 */
function maskOf(images: readonly Float32Array[], shape: readonly number[]): Uint8Array {
  const mask = new Uint8Array(images[0]!.length);
  for (const image of images) for (let i = 0; i < mask.length; i++) if (image[i] !== 0) mask[i] = 1;
  return fillHoles(mask, shape);
}

function sizeOfBox(box: Box): [number, number, number] {
  return [box[0][1] - box[0][0], box[1][1] - box[1][0], box[2][1] - box[2][0]];
}

function toFloat32(data: TypedArray): Float32Array {
  return data instanceof Float32Array ? data : new Float32Array(data as ArrayLike<number>);
}

function badCase(where: string, what: string, remedy: string): NnUNetError {
  return new NnUNetError('bad-case', { what, where, remedy });
}
