import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { type ArchiveEntry, temporaryFolder, zipArchive } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { tensorsOf } from '../test/tensors.ts';
import { entriesOf } from '../test/zip-archive.ts';
import { openTorchFile } from './node/open-torch-file.ts';
import { openTorchCheckpoint } from './open-torch-checkpoint.ts';
import { bytesSource } from './range-source.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
const folder = temporaryFolder();

async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    const { value } = await openTorchCheckpoint(bytesSource(bytes, 'x.pth'));
    for (const tensor of tensorsOf(value).values()) await tensor.read();
  } catch (error) {
    if (!isNnUNetError(error, 'bad-checkpoint')) throw error;
    expect([error.where, error.remedy]).toEqual(['x.pth', expect.stringContaining('torch.save')]);
    return error.message;
  }
  throw new Error('it was read');
}

const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
/** A checkpoint of one storage '0' of 4 floats, whose pickle ends with these instructions. */
function archive(code: string, change: (entries: ArchiveEntry[]) => ArchiveEntry[] = (e) => e): Uint8Array {
  return zipArchive(
    change([
      { name: 'a/data.pkl', content: latin1(`\x80\x02${code}.`) },
      { name: 'a/data/0', content: new Uint8Array(16) },
    ]),
  );
}
const storage = (numel = 'K\x04', key = '0', type = 'torch\nFloatStorage') =>
  `(X\x07\0\0\0storagec${type}\nX\x01\0\0\0${key}X\x03\0\0\0cpu${numel}tQ`;
const tensor = (offset: string, size: string, stride: string) =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${storage()}${offset}${size}${stride}\x89}tR`;
const fine = tensor('K\x00', 'K\x04\x85', 'K\x01\x85');

describe('a hostile archive', () => {
  it('differs from a good one', async () => {
    const { value } = await openTorchCheckpoint(bytesSource(archive(fine)));
    expect(await (value as { read(): Promise<Float32Array> }).read()).toEqual(new Float32Array(4));
  });

  it.each([
    ['code', 'cos\nsystem\nX\x02\0\0\0ls\x85R', /names "os.system"/],
    ['a function of torch', 'ctorch.hub\nload\n)R', /names "torch.hub.load"/],
    ['an element beyond the end', tensor('K\x01', 'K\x04\x85', 'K\x01\x85'), /beyond the end of storage 0/],
    ['a stride beyond the end', tensor('K\x00', 'K\x02\x85', 'K\x04\x85'), /beyond the end/],
    ['a negative offset', tensor('J\xff\xff\xff\xff', 'K\x04\x85', 'K\x01\x85'), /an impossible offset/],
    ['a negative size', tensor('K\x00', 'J\xff\xff\xff\xff\x85', 'K\x01\x85'), /impossible shape/],
    ['fewer strides', tensor('K\x00', 'K\x02K\x02\x86', 'K\x01\x85'), /impossible shape/],
    ['a billion elements', tensor('K\x00', 'J\0\xca\x9a;\x85', 'K\x00\x85'), /of 1000000000 elements/],
    ['a fractional size', tensor('K\x00', 'G\x3f\xf8\0\0\0\0\0\0\x85', 'K\x01\x85'), /impossible shape/],
    ['a tensor of nothing', 'ctorch._utils\n_rebuild_tensor_v2\n(NK\0))\x89}tR', /without a storage/],
    ['too many elements', storage('K\x05'), /has 16 bytes instead of 20/],
    ['2^60 elements', storage('\x8a\x08\0\0\0\0\0\0\0\x10'), /without key and size/],
    ['a negative number of elements', storage('J\xff\xff\xff\xff'), /without key and size/],
    ['an unknown storage', storage('K\x04', '1'), /lacks the storage 1/],
    ['another type', storage('K\x04', '0', 'collections\nOrderedDict'), /of an unsupported type/],
    ['two types of one storage', `(${storage()}${storage('K\x02', '0', 'torch\nDoubleStorage')}t`, /two different/],
    ['a class as a value', 'ctorch\nFloatStorage\n', /torch.FloatStorage\) as a value/],
    ['no storage', 'X\x01\0\0\0aQ', /not a storage/],
  ])('is refused: %s', async (_, code, message) => {
    expect(await refusal(archive(code as string))).toMatch(message as RegExp);
  });

  it.each([
    ['a compressed pickle', (e: ArchiveEntry[]) => [{ ...e[0]!, method: 8 }, e[1]!], /is compressed/],
    ['compressed elements', (e: ArchiveEntry[]) => [e[0]!, { ...e[1]!, method: 8 }], /data\/0 is compressed/],
    ['encryption', (e: ArchiveEntry[]) => [{ ...e[0]!, flags: 1 }, e[1]!], /is encrypted/],
    ['a wrong checksum', (e: ArchiveEntry[]) => [e[0]!, { ...e[1]!, crc: 7 }], /storage 0 is damaged/],
    ['a wrong checksum of the pickle', (e: ArchiveEntry[]) => [{ ...e[0]!, crc: 7 }, e[1]!], /data.pkl is damaged/],
    ['an entry twice', (e: ArchiveEntry[]) => [...e, e[1]!], /two entries a\/data\/0/],
    ['two pickles', (e: ArchiveEntry[]) => [...e, { ...e[0]!, name: 'b/data.pkl' }], /exactly one data.pkl/],
    ['no pickle', (e: ArchiveEntry[]) => [e[1]!], /exactly one data.pkl/],
    ['missing elements', (e: ArchiveEntry[]) => [e[0]!], /lacks the storage 0/],
    [
      'fewer elements',
      (e: ArchiveEntry[]) => [e[0]!, { ...e[1]!, content: new Uint8Array(12) }],
      /12 bytes instead of 16/,
    ],
    ['a size beyond the end', (e: ArchiveEntry[]) => [{ ...e[0]!, size: 0xfffffffe }, e[1]!], /lies outside/],
    ['a place beyond the end', (e: ArchiveEntry[]) => [{ ...e[0]!, headAt: 1e9 }, e[1]!], /lies outside/],
    ['a place within another', (e: ArchiveEntry[]) => [e[0]!, { ...e[1]!, headAt: 3 }], /has lost its entry/],
    [
      'an unknown byte order',
      (e: ArchiveEntry[]) => [...e, { name: 'a/byteorder', content: latin1('middle') }],
      /unknown byte order/,
    ],
  ])('is refused: %s', async (_, change, message) => {
    expect(await refusal(archive(fine, change))).toMatch(message);
  });

  it('is refused wherever it is cut off', async () => {
    for (const file of ['zip.pt', 'legacy.pt']) {
      const bytes = fixture(file);
      for (let length = 0; length < bytes.length; length += 97) {
        expect(await refusal(bytes.subarray(0, length))).toMatch(/^x\.pth: /);
      }
    }
  });

  it('is refused: other files', async () => {
    expect(await refusal(latin1('version https://git-lfs.github.com/spec/v1\n'))).toMatch(/not written by torch.save/);
    expect(await refusal(latin1('\x80\x02K\x05.'))).toMatch(/does not start with PyTorch's number/);
    const other = entriesOf(fixture('zip.pt')).map((e) => ({ ...e, name: `${e.name}x` }));
    expect(await refusal(zipArchive(other))).toMatch(/not written by torch.save/);
  });

  it('is refused in the older form', async () => {
    const bytes = fixture('legacy.pt');
    const text = Array.from(bytes, (b) => String.fromCharCode(b)).join('');
    const version = text.indexOf('M\xe9\x03.');
    expect(version).toBeGreaterThan(0);
    const changed = bytes.slice();
    changed[version + 1] = 0xea;
    expect(await refusal(changed)).toMatch(/^x\.pth: .*unknown version 1002/);
    // The list of the storages comes last: names of 14 digits.
    const [first, second] = [...text.slice(text.lastIndexOf('\x80\x02]')).matchAll(/\d{14}/g)].map(([name]) => name);
    const renamed = (to: string) => {
      const at = text.lastIndexOf(first!);
      return latin1(text.slice(0, at) + to + text.slice(at + 14));
    };
    expect(await refusal(renamed(second!))).toMatch(/^x\.pth: .*lists a storage twice/);
    expect(await refusal(renamed('1'.repeat(14)))).toMatch(/^x\.pth: .*holds a storage 1{14} that no tensor has/);
  });
});

describe('files', () => {
  it('are named in errors', async () => {
    const path = join(folder, 'a.pth');
    await expect(openTorchFile(path)).rejects.toMatchObject({ tag: 'missing-file', where: path });
    await expect(openTorchFile(folder)).rejects.toMatchObject({ tag: 'not-a-file' });
    writeFileSync(path, fixture('zip.pt').subarray(0, 5000));
    await expect(openTorchFile(path)).rejects.toMatchObject({ tag: 'bad-checkpoint', where: path });
    writeFileSync(path, fixture('zip.pt'));
    const file = await openTorchFile(path);
    const tensors = [...tensorsOf(file.value).values()];
    const arrays = await Promise.all(tensors.map((tensor) => tensor.read()));
    expect(arrays.every((array, i) => array.length === tensors[i]!.shape.reduce((a, b) => a * b, 1))).toBe(true);
    writeFileSync(path, '');
    await expect(tensors[0]!.read()).rejects.toMatchObject({ tag: 'bad-checkpoint' });
    await file.close();
    expect(existsSync(path)).toBe(true);
  });
});
