import { GlobalReference } from '@nnunet/pickle';
import { expect, it } from 'vitest';
import { bytesSource, readChecked } from './range-source.ts';
import { elementsOf, StorageTable, type TorchDtype, TorchStorage } from './torch-storage.ts';

it.each<[dtype: TorchDtype, bytes: number[], value: number | bigint, type: string]>([
  ['float32', [0, 0, 0x20, 0xc0], -2.5, 'Float32Array'],
  ['float64', [0, 0, 0, 0, 0, 0, 4, 0xc0], -2.5, 'Float64Array'],
  ['float16', [0, 0xc1], -2.5, 'Float32Array'],
  ['bfloat16', [0x20, 0xc0], -2.5, 'Float32Array'],
  ['int64', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -2n, 'BigInt64Array'],
  ['int32', [0xfe, 0xff, 0xff, 0xff], -2, 'Int32Array'],
  ['int16', [0xfe, 0xff], -2, 'Int16Array'],
  ['int8', [0xfe], -2, 'Int8Array'],
  ['uint8', [0xfe], 254, 'Uint8Array'],
  ['bool', [7], 1, 'Uint8Array'],
])('reads %s of either byte order, wherever the bytes lie', (dtype, bytes, value, type) => {
  expect(new TorchStorage(bytesSource(new Uint8Array()), 'key', dtype, 1).bytes).toBe(bytes.length);
  const zeros = bytes.map(() => 0);
  for (const bigEndian of [false, true]) {
    const own = bigEndian ? [...bytes].reverse() : bytes;
    for (const shift of [0, 1, 8]) {
      const memory = new Uint8Array(shift + 3 * bytes.length);
      memory.set([...own, ...zeros, ...own], shift);
      const elements = elementsOf(memory.subarray(shift), dtype, bigEndian);
      expect(elements.constructor.name).toBe(type);
      expect(Array.from(elements as ArrayLike<number | bigint>)).toEqual([
        value,
        typeof value === 'bigint' ? 0n : 0,
        value,
      ]);
    }
  }
});

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
  ['text', 'storage', 'not a storage'],
  ['another kind', ['module', ...id.slice(1)], 'not a storage'],
  ['four parts', id.slice(0, 4), 'not a storage'],
  ['seven parts', [...id, null, null], 'not a storage'],
  ['a view', [...id, ['a', 0, 5]], 'a view of a storage'],
  ['a number as key', ['storage', type('FloatStorage'), 3, 'cpu', 5], 'without key and size'],
  ['half an element', ['storage', type('FloatStorage'), 'a', 'cpu', 0.5], 'without key and size'],
  ['fewer than no elements', ['storage', type('FloatStorage'), 'a', 'cpu', -1], 'without key and size'],
  ['another type', ['storage', type('ComplexStorage'), 'a', 'cpu', 5], 'of an unsupported type'],
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
  await expect(readChecked(short, 0, 2)).rejects.toThrow('ended while being read');
});

it('checks a storage that is read whole, and says where it lacks one', async () => {
  const bytes = new TextEncoder().encode('123456789');
  const storage = new TorchStorage(bytesSource(bytes, 'x.pth'), 'key', 'uint8', 9);
  await expect(storage.read(0, 9)).rejects.toThrow('x.pth: lacks the storage key');
  // the published check value of CRC-32
  storage.placeAt(async () => ({ start: 0, crc: 0xcbf43926 }));
  expect([...(await storage.read(0, 9))]).toEqual([...bytes]);
  storage.placeAt(async () => ({ start: 0, crc: 1 }));
  await expect(storage.read(0, 9)).rejects.toThrow('its storage key is damaged');
  expect((await storage.read(1, 9)).length).toBe(8);
  expect((await storage.read(0, 8)).length).toBe(8);
  storage.placeAt(async () => ({ start: 0, crc: 0 }));
  expect((await storage.read(0, 9)).length).toBe(9);
});
