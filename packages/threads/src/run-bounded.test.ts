import { expect, it } from 'vitest';
import { runBounded } from './run-bounded.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('gives results in the order of the items and tells of them as they finish', async () => {
  const seen: string[] = [];
  const work = async (ms: number) => {
    await pause(ms);
    return ms * 2;
  };
  const results = await runBounded([40, 1, 10], work, {
    width: 3,
    onProgress: ({ item, done, total }) => seen.push(`${item} ${done}/${total}`),
  });
  expect(results).toEqual([80, 2, 20]);
  expect(seen).toEqual(['1 1/3', '10 2/3', '40 3/3']);
});

it('keeps to the width and to the weight, and works on an item that is too heavy alone', async () => {
  const inWork = new Set<number>();
  let most = 0;
  const together: string[] = [];
  const work = async (item: number) => {
    inWork.add(item);
    most = Math.max(most, inWork.size);
    together.push([...inWork].join('+'));
    await pause(5);
    inWork.delete(item);
  };
  await runBounded([1, 2, 3, 4, 5], work, { width: 2 });
  expect(most).toBe(2);
  together.length = 0;
  await runBounded([1, 2, 9, 3, 1], work, { width: 5, weight: (item) => item, maxWeight: 4 });
  expect(together).toEqual(['1', '1+2', '9', '3', '3+1']);
});

it('begins nothing after a failure, tells the others, and waits for them', async () => {
  const begun: number[] = [];
  let told: unknown;
  const work = async (item: number, signal: AbortSignal) => {
    begun.push(item);
    await pause(item === 1 ? 1 : 20);
    if (item === 1) throw new Error('one is bad');
    told = signal.reason;
  };
  await expect(runBounded([0, 1, 2, 3], work, { width: 2 })).rejects.toThrow('one is bad');
  expect(begun).toEqual([0, 1]);
  expect(told).toEqual(new Error('one is bad'));
});

it('stops with the reason of its signal, and with what the listener throws', async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
  };
  const onProgress = () => stop.abort(new Error('enough'));
  await expect(runBounded([1, 2, 3], work, { width: 1, signal: stop.signal, onProgress })).rejects.toThrow('enough');
  expect(begun).toEqual([1]);
  await expect(runBounded([1], work, { width: 1, signal: stop.signal })).rejects.toThrow('enough');
  expect(begun).toEqual([1]);
  const fails = () => {
    throw new Error('no listener');
  };
  await expect(runBounded([1, 2], work, { width: 1, onProgress: fails })).rejects.toThrow('no listener');
});

it('leaves nothing at its signal, and begins as soon as there is room', async () => {
  const stop = new AbortController();
  let listeners = 0;
  const { signal } = stop;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => [listeners++, add(...args)];
  signal.removeEventListener = (...args: Parameters<typeof remove>) => [listeners--, remove(...args)];
  const begun: string[] = [];
  const work = async (item: number) => {
    begun.push(`+${item}`);
    await pause(item);
    begun.push(`-${item}`);
    return item;
  };
  expect(await runBounded([30, 1, 2], work, { width: 2, signal })).toEqual([30, 1, 2]);
  expect(begun).toEqual(['+30', '+1', '-1', '+2', '-2', '-30']);
  expect(listeners).toBe(0);
  // What weighs exactly as much as is allowed goes together.
  begun.length = 0;
  await runBounded([3, 2], work, { width: 5, weight: (item) => item, maxWeight: 5 });
  expect(begun).toEqual(['+3', '+2', '-2', '-3']);
  expect(await runBounded([], work, { width: 1 })).toEqual([]);
});
