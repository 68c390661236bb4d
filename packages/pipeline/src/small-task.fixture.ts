import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { counterRandom } from '@nnunet/tensor';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import type { Progress, Reporter } from './reporter.ts';

export const SHAPE = [36, 40, 38] as const;

/** Writes a raw task of noisy images of 36 x 40 x 38 voxels, each with a bright ball, and one image without labels. */
export async function writeSmallTask(folder: string, cases: number): Promise<void> {
  for (const name of ['imagesTr', 'labelsTr', 'imagesTs']) await mkdir(join(folder, name), { recursive: true });
  const geometry = {
    shape: SHAPE,
    spacing: [1, 1, 1],
    origin: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  } as const;
  const [Z, Y, X] = SHAPE;
  for (let id = 0; id <= cases; id++) {
    const labels = new Uint8Array(Z * Y * X);
    const image = counterRandom(id, 'image').fillNormal(new Float32Array(labels.length), 0.3);
    for (let i = 0; i < labels.length; i++) {
      const [z, y, x] = [Math.floor(i / (Y * X)), Math.floor(i / X) % Y, i % X];
      labels[i] = (z - 15) ** 2 + (y - 20) ** 2 + (x - 18 - (id % 3)) ** 2 < 80 ? 1 : 0;
      image[i]! += 10 + 3 * labels[i]!;
    }
    const name = `ball_${id}`;
    const images = join(folder, id < cases ? 'imagesTr' : 'imagesTs');
    await writeVolume(join(images, `${name}_0000.nii.gz`), { ...geometry, data: image });
    if (id < cases) await writeLabels(join(folder, 'labelsTr', `${name}.nii.gz`), labels, geometry);
  }
  const training = Array.from({ length: cases }, (_, id) => ({
    image: `./imagesTr/ball_${id}.nii.gz`,
    label: `./labelsTr/ball_${id}.nii.gz`,
  }));
  const description = {
    name: 'Balls',
    modality: { '0': 'MRI' },
    labels: { '0': 'background', '1': 'ball' },
    numTraining: cases,
    numTest: 1,
    training,
    test: [`./imagesTs/ball_${cases}.nii.gz`],
  };
  await writeFile(join(folder, 'dataset.json'), JSON.stringify(description));
}

/** A reporter that records what it receives; `messages` also contains the warnings. */
export function listener() {
  const messages: string[] = [];
  const warnings: string[] = [];
  const progressed: Progress[] = [];
  const reporter: Reporter = {
    message: (text) => messages.push(text),
    warning: (text) => void [messages, warnings].map((list) => list.push(text)),
    progress: (progress) => progressed.push(progress),
  };
  return { ...reporter, messages, warnings, progressed };
}
