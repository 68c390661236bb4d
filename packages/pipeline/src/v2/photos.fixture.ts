import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { png } from '@nnunet/plot/internal';
import { counterRandom } from '@nnunet/tensor';

/** Rows and columns. */
export const PHOTO = [36, 40] as const;

/** Writes a raw dataset of v2 of colour photographs with a bright disc each, as PNG; the last one is in imagesTs. */
export function writePhotos(folder: string, cases: number): void {
  for (const name of ['imagesTr', 'labelsTr', 'imagesTs', 'labelsTs'])
    mkdirSync(join(folder, name), { recursive: true });
  const [height, width] = PHOTO;
  for (let id = 0; id <= cases; id++) {
    const labels = new Uint8Array(height * width);
    const colours = new Uint8Array(3 * labels.length);
    const noise = counterRandom(id, 'photo').fillNormal(new Float32Array(colours.length), 20);
    for (let i = 0; i < labels.length; i++) {
      const [y, x] = [Math.floor(i / width), i % width];
      labels[i] = (y - 18) ** 2 + (x - 18 - (id % 3)) ** 2 < 90 ? 1 : 0;
      for (let c = 0; c < 3; c++)
        colours[3 * i + c] = Math.max(0, Math.min(255, 60 * (c + 1) * labels[i]! + 50 + noise[3 * i + c]!));
    }
    const of = id < cases ? 'Tr' : 'Ts';
    const save = (name: string, data: Uint8Array, channels: number) =>
      writeFileSync(join(folder, name), png.encode({ data, height, width, channels, depth: 8 }));
    save(`images${of}/photo_${id}_0000.png`, colours, 3);
    save(`labels${of}/photo_${id}.png`, labels, 1);
  }
  const description = {
    channel_names: { 0: 'R', 1: 'G', 2: 'B' },
    labels: { background: 0, disc: 1 },
    numTraining: cases,
    file_ending: '.png',
  };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(description));
}
