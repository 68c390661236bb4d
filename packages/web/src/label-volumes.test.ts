import { expect, it } from 'vitest';
import { labelVolumes, volumesCsv } from './label-volumes.ts';

const labels = [
  { value: 3, name: 'right, large', color: '#010203' },
  { value: 1, name: 'left', color: '#040506' },
];
const nameless = (value: number) => ({ value, name: `label ${value}`, color: '#000000' });

it('counts all voxels of a large label map', async () => {
  const data = new Uint8Array(2 ** 22 + 3).fill(3);
  const geometry = { shape: [1, 1, data.length], spacing: [1, 1, 1], origin: [0, 0, 0] } as const;
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const found = await labelVolumes({ data, ...geometry, direction }, [], nameless);
  expect(found).toEqual([{ ...nameless(3), voxels: 4_194_307, volume: 4194.307 }]);
});

it('measures the labels that are named or occur, by their values, without the background', async () => {
  const data = Uint16Array.of(0, 3, 3, 0, 3, 700, 0, 0);
  const geometry = { shape: [2, 2, 2], spacing: [2, 5, 10], origin: [0, 0, 0] } as const;
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const found = await labelVolumes({ data, ...geometry, direction }, labels, nameless);
  // A voxel has 100 mm³.
  expect(found).toEqual([
    { ...labels[1], voxels: 0, volume: 0 },
    { ...labels[0], voxels: 3, volume: expect.closeTo(0.3, 12) },
    { ...nameless(700), voxels: 1, volume: 0.1 },
  ]);
  expect(volumesCsv(found)).toBe(
    'label,name,voxels,volume_ml\n1,left,0,0\n3,"right, large",3,0.3\n700,label 700,1,0.1\n',
  );
});
