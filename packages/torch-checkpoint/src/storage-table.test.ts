import { GlobalReference } from '@nnunet/pickle';
import { expect, it } from 'vitest';
import { bytesSource, readChecked } from './range-source.ts';
import { StorageTable } from './storage-table.ts';

const type = (name: string) => new GlobalReference(`torch.${name}`, {});
const table = () => new StorageTable(bytesSource(new Uint8Array(100)));
const id = ['storage', type('FloatStorage'), 'a', 'cpu', 5];

it.each([
  ['FloatStorage', 'float32', 20],
  ['DoubleStorage', 'float64', 40],
  ['HalfStorage', 'float16', 10],
  ['BFloat16Storage', 'bfloat16', 10],
  ['LongStorage', 'int64', 40],
  ['IntStorage', 'int32', 20],
  ['ShortStorage', 'int16', 10],
  ['CharStorage', 'int8', 5],
  ['ByteStorage', 'uint8', 5],
  ['BoolStorage', 'bool', 5],
])('knows a torch.%s', (name, dtype, bytes) => {
  expect(table().fromPersistentId(['storage', type(name), 'a', 'cpu', 5])).toMatchObject({ dtype, size: 5, bytes });
});

it('gives the same storage for the same key, in the newer and the older form', () => {
  const storages = table();
  const first = storages.fromPersistentId(id);
  expect(storages.fromPersistentId([...id, null])).toBe(first);
  expect(storages.fromPersistentId(['storage', type('FloatStorage'), 'b', 'cuda:0', 0]).size).toBe(0);
  expect([...storages.storages.keys()]).toEqual(['a', 'b']);
  for (const other of [
    ['storage', type('FloatStorage'), 'a', 'cpu', 6],
    ['storage', type('IntStorage'), 'a', 'cpu', 5],
  ]) {
    expect(() => storages.fromPersistentId(other)).toThrow('two different storages a');
  }
});

it.each<[what: string, id: unknown, message: string]>([
  ['text', 'storage', 'no storage'],
  ['another kind', ['module', ...id.slice(1)], 'no storage'],
  ['four parts', id.slice(0, 4), 'no storage'],
  ['seven parts', [...id, null, null], 'no storage'],
  ['a view', [...id, ['a', 0, 5]], 'a view of a storage'],
  ['a number as key', ['storage', type('FloatStorage'), 3, 'cpu', 5], 'without key and size'],
  ['half an element', ['storage', type('FloatStorage'), 'a', 'cpu', 0.5], 'without key and size'],
  ['fewer than no elements', ['storage', type('FloatStorage'), 'a', 'cpu', -1], 'without key and size'],
  ['another type', ['storage', type('ComplexStorage'), 'a', 'cpu', 5], 'of a type that is not read'],
])('refuses a persistent id: %s', (_, wrong, message) => {
  expect(() => table().fromPersistentId(wrong)).toThrow(message);
});

it('reads within a source alone', async () => {
  const source = bytesSource(Uint8Array.of(1, 2, 3), 'x.pth');
  expect([...(await readChecked(source, 1, 2))]).toEqual([2, 3]);
  expect(await readChecked(source, 3, 0)).toHaveLength(0);
  for (const [start, length] of [
    [-1, 2],
    [1, -1],
    [2, 2],
    [Number.NaN, 1],
  ] as const) {
    await expect(readChecked(source, start, length)).rejects.toThrow('x.pth: is cut off: it ends at byte 3');
  }
  const short = { ...source, readRange: async () => new Uint8Array(1) };
  await expect(readChecked(short, 0, 2)).rejects.toThrow('ended while it was read');
});
