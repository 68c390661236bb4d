import { gzipSync } from 'node:zlib';
import { writeNifti } from '@nnunet/volume';
import { afterEach, expect, it, vi } from 'vitest';
import { readSource, TabImage } from './tab-files.ts';

afterEach(() => vi.unstubAllGlobals());

const address = 'https://example.org/model';
const read = (more: object = {}) =>
  readSource(
    { kind: 'address', address },
    {
      where: address,
      maxBytes: 6,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...more,
    },
  );

/** A server that sends these pieces. */
function serve(pieces: number[][], headers: Record<string, string> = {}): void {
  const body = () =>
    new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(Uint8Array.from(piece));
        controller.close();
      },
    });
  vi.stubGlobal('fetch', async () => new Response(body(), { headers }));
}

it('joins what a server sends, and tells how much of it there is', async () => {
  const told: string[] = [];
  const onProgress = (done: number, total: number) => void told.push(`${done}/${total}`);
  serve([[1, 2], [3], [4, 5, 6]], { 'content-length': '6' });
  expect(await read({ onProgress })).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  expect(told).toEqual(['2/6', '3/6', '6/6']);
  told.length = 0;
  serve([[1, 2], [3]]);
  await read({ onProgress });
  expect(told).toEqual(['2/2', '3/3']);
});

it('stops at the limit, and says what a server or a file lacks', async () => {
  serve([
    [1, 2, 3, 4],
    [5, 6, 7],
  ]);
  await expect(read()).rejects.toMatchObject({ tag: 'memory-limit', where: address });
  vi.stubGlobal('fetch', async () => new Response(null, { status: 404 }));
  await expect(read()).rejects.toThrow(/^https:.*model: cannot be read \(the server answers 404\)\n/);
  await expect(read({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  const file = (bytes: number) =>
    readSource(
      { kind: 'blob', blob: new Blob([new Uint8Array(bytes)]) },
      {
        where: 'm',
        maxBytes: 6,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
  expect(await file(6)).toHaveLength(6);
  await expect(file(7)).rejects.toThrow(/^m: has 7 bytes or more, but 6 bytes are allowed\n/);
});

it('reads the header of an image before its voxels, compressed or not', async () => {
  const shape = [40, 30, 20] as const;
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const volume = {
    data: new Float32Array(24_000).fill(7),
    shape,
    spacing: [3, 2, 1] as const,
    origin: [0, 0, 0] as const,
    direction,
  };
  const plain = await writeNifti(volume);
  for (const bytes of [plain, gzipSync(plain)]) {
    const cut = new TabImage({ kind: 'file', blob: new Blob([bytes.slice(0, bytes.length - 20)]), name: 'a.nii' }, 1e6);
    expect(await cut.geometry()).toMatchObject({ shape: [40, 30, 20], spacing: [3, 2, 1] });
    await expect(cut.volume()).rejects.toThrow(/^a\.nii: /);
    const whole = new TabImage({ kind: 'file', blob: new Blob([new Uint8Array(bytes)]), name: 'a.nii' }, 1e6);
    expect((await whole.volume()).data).toEqual(volume.data);
    expect(new Set(Array.from((await whole.labels()).data))).toEqual(new Set([7]));
  }
  const given = new TabImage({ kind: 'volume', volume }, 1);
  expect([await given.volume(), await given.geometry(), given.name]).toEqual([volume, volume, undefined]);
});
