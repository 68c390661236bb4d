import { isNnUNetError } from '@nnunet/errors';
import { resampledShape } from '@nnunet/resample';
import type { CroppedCase } from '@nnunet/schema';
import { readNifti, readNiftiLabels, writeNifti, writeNiftiLabels } from '@nnunet/volume';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cropCase } from '../src/crop-case.ts';
import { preprocessCase, preprocessTestCase } from '../src/preprocessor-registry.ts';
import { resampleSoftmaxToCropped, restoreLabelMap, restoreLabels } from '../src/restore-labels.ts';
import type { Softmax } from '../src/softmax.ts';
import { inverseOrder, permuted, transposeVolume } from '../src/transpose.ts';
import { axisOrder, plansFor, rawCase, scatter, seed, shape, sizeOf, spacing } from './random-case.ts';
import { context } from './restore-context.ts';

const runs = { numRuns: 150 };
const classes = [0, 1, 2, 4];

const plans = fc.record({
  transpose_forward: axisOrder,
  target: spacing,
  scheme: fc.constantFrom('CT', 'nonCT', 'noNorm'),
  useMask: fc.boolean(),
  preprocessor: fc.constantFrom(
    'GenericPreprocessor',
    'PreprocessorFor2D',
    'GenericPreprocessor_linearResampling',
    'Preprocessor3DDifferentResampling',
    'Preprocessor3DBetterResampling',
    'PreprocessorFor3D_LeaveOriginalZSpacing',
    'PreprocessorFor3D_NoResampling',
  ),
});

const restoring = fc.record({
  interpolationOrder: fc.constantFrom<(0 | 1 | 3)[]>(0, 1, 3),
  orderZ: fc.constantFrom<(0 | 1 | 3)[]>(0, 1, 3),
  forceSeparateZ: fc.constantFrom(null, false, true),
});

/** Visits every voxel of an image with its index, and its index in the box or −1. */
function eachVoxel(
  whole: readonly number[],
  box: readonly (readonly number[])[],
  visit: (at: number, inBox: number) => void,
) {
  const size = box.map(([low, high]) => high! - low!);
  for (let z = 0, at = 0; z < whole[0]!; z++)
    for (let y = 0; y < whole[1]!; y++)
      for (let x = 0; x < whole[2]!; x++, at++) {
        const inside = [z, y, x].every((i, axis) => i >= box[axis]![0]! && i < box[axis]![1]!);
        const [i, j, k] = [z - box[0]![0]!, y - box[1]![0]!, x - box[2]![0]!];
        visit(at, inside ? (i * size[1]! + j) * size[2]! + k : -1);
      }
}

/** Voxels of zeros that can be reached from outside through faces of voxels of zeros: they are not part of the mask. */
function outsideMask({ images, shape: [nz, ny, nx] }: CroppedCase): boolean[] {
  const zero = Array.from(images[0]!, (_, i) => images.every((image) => image[i] === 0));
  const reached = zero.map(() => false);
  const walk = (z: number, y: number, x: number) => {
    if (z < 0 || y < 0 || x < 0 || z >= nz || y >= ny || x >= nx) return;
    const at = (z * ny + y) * nx + x;
    if (!zero[at] || reached[at]) return;
    reached[at] = true;
    for (const step of [-1, 1]) {
      walk(z + step, y, x);
      walk(z, y + step, x);
      walk(z, y, x + step);
    }
  };
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++)
        if (z === 0 || y === 0 || x === 0 || z === nz - 1 || y === ny - 1 || x === nx - 1) walk(z, y, x);
  return reached;
}

/** Probabilities 1 and 0 that say the labels given; −1 counts as 0. Class c is the label c. */
function certain(labels: Float32Array, axes: readonly number[]): Softmax {
  const data = new Float32Array(5 * labels.length);
  labels.forEach((label, i) => {
    data[Math.max(label, 0) * labels.length + i] = 1;
  });
  return { data, shape: [5, ...axes] };
}

it('crops to the smallest box, loses nothing but zeros, and can be put back', () => {
  fc.assert(
    fc.property(rawCase, ({ images, labels }) => {
      const cropped = cropCase(images, labels, { id: 'x' });
      const { crop_bbox: box, size_after_cropping: size } = cropped.properties;
      expect(size).toEqual(box.map(([low, high]) => high - low));
      const faces = [0, 1, 2].map(() => [false, false]);
      const outside = outsideMask(cropped);
      eachVoxel(labels.shape, box, (at, inBox) => {
        images.forEach(({ data }, c) => {
          expect(data[at]).toBe(inBox < 0 ? 0 : cropped.images[c]![inBox]);
        });
        if (inBox < 0) return;
        const label = labels.data[at] === 0 && outside[inBox] ? -1 : labels.data[at];
        expect(cropped.segmentation[inBox]).toBe(label);
        if (images.every(({ data }) => data[at] === 0)) return;
        const place = [
          Math.floor(inBox / (size[1]! * size[2]!)),
          Math.floor(inBox / size[2]!) % size[1]!,
          inBox % size[2]!,
        ];
        place.forEach((i, axis) => {
          if (i === 0) faces[axis]![0] = true;
          if (i === size[axis]! - 1) faces[axis]![1] = true;
        });
      });
      expect(faces.flat()).not.toContain(false);
      expect(cropped.properties.classes).toEqual([...new Set(cropped.segmentation)].sort((a, b) => a - b));

      const known = cropped.segmentation.map((label) => Math.max(label, 0));
      const back = restoreLabelMap({ data: known, shape: cropped.shape }, cropped.properties, context());
      expect(back.shape).toEqual(labels.shape);
      eachVoxel(labels.shape, box, (at, inBox) => expect(back.data[at]).toBe(inBox < 0 ? 0 : labels.data[at]));
    }),
    runs,
  );
});

it('transposes and comes back', () => {
  fc.assert(
    fc.property(shape, axisOrder, seed, (axes, order, from) => {
      const data = Float32Array.from(scatter(sizeOf(axes), from));
      const moved = transposeVolume(data, axes, order);
      const there = permuted(axes, order);
      expect(transposeVolume(moved, there, inverseOrder(order))).toEqual(data);
      const place = axes.map((n, axis) => (from >> (4 * axis)) % n);
      const indexIn = (sizes: number[], at: number[]) => (at[0]! * sizes[1]! + at[1]!) * sizes[2]! + at[2]!;
      expect(moved[indexIn(there, permuted(place, order))]).toBe(data[indexIn(axes, place)]);
    }),
    runs,
  );
});

it('prepares cases of any thickness: the size of the plans, numbers, no label made up, voxels of the classes', () => {
  fc.assert(
    fc.property(rawCase, plans, ({ images, labels }, given) => {
      const cropped = cropCase(images, labels, { id: 'x' });
      const own = plansFor(images.length, given);
      const spacingHere = permuted(cropped.properties.original_spacing, given.transpose_forward);
      const target = given.preprocessor.endsWith('NoResampling')
        ? spacingHere
        : /2D|LeaveOriginalZ/.test(given.preprocessor)
          ? [spacingHere[0]!, ...given.target.slice(1)]
          : given.target;
      const newShape = resampledShape(permuted(cropped.shape, given.transpose_forward), spacingHere, target);
      if (newShape.includes(0)) {
        try {
          preprocessCase(cropped, own, 0);
          expect.unreachable('nothing would be left');
        } catch (error) {
          expect(isNnUNetError(error, 'bad-case') && error.where).toBe('x');
        }
        return;
      }
      const prepared = preprocessCase(cropped, own, 0);
      expect(prepared.shape).toEqual([images.length + 1, ...newShape]);
      expect(prepared.properties.size_after_resampling).toEqual(newShape);
      expect(prepared.properties.spacing_after_resampling).toEqual(target);
      expect(prepared.data.every(Number.isFinite)).toBe(true);
      const voxels = sizeOf(newShape);
      const segmentation = prepared.data.subarray(-voxels);
      const known = new Set([0, ...cropped.segmentation]);
      expect(segmentation.every((label) => known.has(label))).toBe(true);
      for (const label of own.all_classes) {
        const places = prepared.locations[label]!;
        const count = segmentation.filter((v) => v === label).length;
        expect(places.length).toBe(3 * count);
        const seen = new Set<number>();
        for (let i = 0; i < places.length; i += 3)
          seen.add((places[i]! * newShape[1]! + places[i + 1]!) * newShape[2]! + places[i + 2]!);
        expect([...seen].every((at) => segmentation[at] === label)).toBe(true);
        expect(seen.size).toBe(count);
      }
      const test = preprocessTestCase(cropped, own, 0);
      expect(test.data).toEqual(prepared.data.subarray(0, images.length * voxels));
      expect(test.mask).toEqual(segmentation);
    }),
    runs,
  );
});

it('brings labels back unchanged where the spacing is kept, whatever the transpose', () => {
  fc.assert(
    fc.property(rawCase, plans, restoring, ({ images, labels }, given, options) => {
      const own = plansFor(images.length, { ...given, preprocessor: 'PreprocessorFor3D_NoResampling' });
      const prepared = preprocessTestCase(cropCase(images, labels, { id: 'x' }), own, 0);
      const back = { ...options, transposeBackward: own.transpose_backward };
      const axes = prepared.shape.slice(1);
      const { crop_bbox: box } = prepared.properties;
      const expected = new Uint8Array(labels.data.length);
      eachVoxel(labels.shape, box, (at, inBox) => {
        if (inBox >= 0) expected[at] = labels.data[at]!;
      });
      const restored = restoreLabels(certain(prepared.mask, axes), prepared.properties, back);
      expect(restored).toEqual({ data: expected, shape: labels.shape });
      const map = prepared.mask.map((label) => Math.max(label, 0));
      expect(restoreLabelMap({ data: map, shape: axes }, prepared.properties, back)).toEqual(restored);
    }),
    runs,
  );
});

it('restores predictions at any spacing: the original size, zeros outside the box, no label made up', () => {
  fc.assert(
    fc.property(rawCase, plans, restoring, seed, ({ images, labels }, given, options, from) => {
      const cropped = cropCase(images, labels, { id: 'x' });
      const own = plansFor(images.length, { ...given, preprocessor: 'GenericPreprocessor' });
      const spacingHere = permuted(cropped.properties.original_spacing, given.transpose_forward);
      fc.pre(!resampledShape(permuted(cropped.shape, given.transpose_forward), spacingHere, given.target).includes(0));
      const { shape: prepared, properties } = preprocessTestCase(cropped, own, 0);
      const axes = prepared.slice(1);
      const back = { ...options, transposeBackward: own.transpose_backward };
      const known = Float32Array.from(scatter(sizeOf(axes), from), (v) => classes[Math.floor(4 * v)]!);
      const softmax = certain(known, axes);
      const allowed = new Set<number>([0, ...known]);
      for (const { data, shape: size } of [
        restoreLabels(softmax, properties, back),
        restoreLabelMap({ data: known, shape: axes }, properties, back),
      ]) {
        expect(size).toEqual(labels.shape);
        eachVoxel(labels.shape, properties.crop_bbox, (at, inBox) => {
          if (inBox < 0) expect(data[at]).toBe(0);
          else expect(allowed).toContain(data[at]);
        });
      }
      const stored = resampleSoftmaxToCropped(softmax, properties, back);
      expect(stored.shape).toEqual([5, ...cropped.shape]);
      const voxels = sizeOf(cropped.shape);
      for (let i = 0; i < voxels && options.interpolationOrder !== 3 && options.orderZ !== 3; i++) {
        const sum = [0, 1, 2, 3, 4].reduce((total, c) => total + stored.data[c * voxels + i]!, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-5);
      }
    }),
    runs,
  );
});

it('takes an image of any orientation from its file, and puts labels into a file that lies over it', async () => {
  await fc.assert(
    fc.asyncProperty(rawCase, axisOrder, async ({ images, labels }, order) => {
      const read = await Promise.all(images.map((image) => readNifti(writeNifti(image))));
      const readLabels = await readNiftiLabels(writeNifti(labels));
      const cropped = cropCase(read, readLabels, { id: 'x' });
      const direct = cropCase(images, labels, { id: 'x' });
      const { nifti_header: header, ...properties } = cropped.properties;
      expect(header).toBeDefined();
      expect(properties).toEqual(direct.properties);
      expect(cropped.images).toEqual(direct.images);
      expect(cropped.segmentation).toEqual(direct.segmentation);

      const map = transposeVolume(
        cropped.segmentation.map((label) => Math.max(label, 0)),
        cropped.shape,
        order,
      );
      const back = restoreLabelMap(
        { data: map, shape: permuted(cropped.shape, order) },
        cropped.properties,
        context({
          transposeBackward: inverseOrder(order),
        }),
      );
      const { data: _, ...geometry } = read[0]!;
      const written = await readNiftiLabels(writeNiftiLabels(back.data, geometry));
      expect(written.data).toEqual(back.data);
      for (const part of ['shape', 'spacing', 'origin', 'direction'] as const)
        expect(written[part]).toEqual(read[0]![part]);
    }),
    { numRuns: 60 },
  );
});
