import { expect, it } from 'vitest';
import { readEvents } from './read-events.ts';

it('reads events wherever the body is cut, and passes over comments', async () => {
  const bytes = new TextEncoder().encode('event: a\ndata: {"é":1}\n\n:\n\nevent: b\ndata: 2\n\nevent: c\ndata: 3\n');
  for (let size = 1; size < 12; size++) {
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.slice(i * size, (i + 1) * size),
    );
    const found: object[] = [];
    for await (const event of readEvents(new Blob(parts).stream().pipeThrough(cutInto(size)))) found.push(event);
    // The last one is not complete.
    expect(found).toEqual([
      { event: 'a', data: '{"é":1}' },
      { event: 'b', data: '2' },
    ]);
  }
});

function cutInto(size: number): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.length; at += size) controller.enqueue(chunk.slice(at, at + size));
    },
  });
}
