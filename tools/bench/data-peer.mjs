/** This project's side of the benchmarks of the data stages: does what a line of JSON asks, with the built packages. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { cropCase, preprocessCase, restoreContext, restoreLabels } from '../../packages/preprocess/dist/index.js';
import { resampleData, resampledShape, resampleLabels, separateAxis } from '../../packages/resample/dist/index.js';
import { writePreparedCase } from '../../packages/store/dist/index.js';
import { readLabels, readVolume, writeLabels } from '../../packages/volume/dist/node/index.js';

const floats = (path) => {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(
    byteOffset % 4 === 0 ? buffer : buffer.slice(byteOffset),
    byteOffset % 4 === 0 ? byteOffset : 0,
    byteLength / 4,
  );
};
const store = (path, array) => writeFileSync(path, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));

const kinds = {
  /** Resamples one channel from `spacing` to `target`. */
  resample({ input, shape, spacing, target, labels }) {
    const data = floats(input);
    const options = {
      shape,
      newShape: resampledShape(shape, spacing, target),
      order: labels ? 1 : 3,
      separateAxis: separateAxis(spacing, target),
    };
    return { run: () => (labels ? resampleLabels : resampleData)(data, options), keep: store };
  },

  /** A whole case from its files to the files that training reads. */
  preprocess({ image, label, plans, stage, folder }) {
    const read = JSON.parse(readFileSync(plans, 'utf8'));
    const run = async () => {
      const [volume, segmentation] = [await readVolume(image), await readLabels(label)];
      const cropped = cropCase([volume], segmentation, { id: 'case', files: [image], labelFile: label });
      const { data, shape, properties, locations } = preprocessCase(cropped, read, stage);
      await writePreparedCase(folder, 'case', { data, shape, properties, locations });
      return shape;
    };
    return { run, keep: () => undefined, describe: (shape) => shape.slice(1) };
  },

  /** Probabilities at low resolution to a label file. */
  export({ input, shape, original, spacing, original_spacing, maxMemory, file }) {
    const softmax = { data: floats(input), shape };
    const properties = {
      original_size_of_raw_data: original,
      size_after_cropping: original,
      original_spacing,
      spacing_after_resampling: spacing,
      crop_bbox: original.map((n) => [0, n]),
    };
    const geometry = {
      shape: original,
      spacing: original_spacing,
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    };
    const run = async () => {
      const start = performance.now();
      const { data } = restoreLabels(softmax, properties, {
        ...restoreContext({ transpose_backward: [0, 1, 2] }),
        maxMemory,
      });
      const restored = (performance.now() - start) / 1000;
      await writeLabels(file, data, geometry);
      return { data, restored };
    };
    return { run, keep: (path, { data }) => store(path, data), describe: ({ restored }) => restored };
  },
};

let work;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.command === 'make') {
    work = kinds[message.kind](message);
    console.log('{}');
    continue;
  }
  const start = performance.now();
  const used = process.cpuUsage();
  const result = await work.run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  const processor = (user + system) / 1e6;
  if (message.keep) work.keep(message.keep, result);
  console.log(JSON.stringify({ seconds, processor, about: work.describe?.(result) }));
}
