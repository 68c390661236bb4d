import { expect, it } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

const { signal } = new AbortController();

it('lets one run at a time, in the order of arrival, and says how many are before', async () => {
  const line = new WaitingLine(3);
  const said: string[] = [];
  const [a, b, c] = [line.enter(), line.enter(), line.enter()];
  const wait = (name: string, place: typeof a) =>
    place.turn(signal, (ahead) => said.push(`${name} after ${ahead}`)).then(() => said.push(name));
  const turns = [wait('a', a), wait('b', b), wait('c', c)];
  await turns[0];
  expect(said).toEqual(['b after 1', 'c after 2', 'a']);
  said.length = 0;
  a.leave();
  a.leave();
  await turns[1];
  expect(said).toEqual(['c after 1', 'b']);
  expect(line.inside).toBe(2);
  b.leave();
  await turns[2];
  c.leave();
  expect(line.inside).toBe(0);
});

it('has places for those whose image arrives, and passes over those who leave', async () => {
  const line = new WaitingLine(1);
  const [arriving, second] = [line.enter(), line.enter()];
  expect(() => line.enter()).toThrow(expect.objectContaining({ status: 503, what: '1 image is already waiting' }));
  // Whose image has arrived runs first.
  await second.turn(signal, () => expect.unreachable());
  arriving.leave();
  const third = line.enter();
  const stop = new AbortController();
  const turn = third.turn(stop.signal, () => undefined);
  stop.abort(new Error('gone'));
  await expect(turn).rejects.toThrow('gone');
  third.leave();
  second.leave();
  const last = line.enter();
  await expect(last.turn(stop.signal, () => undefined)).rejects.toThrow('gone');
  expect(() => new WaitingLine(0).enter().turn(signal, () => undefined)).not.toThrow();
  const full = new WaitingLine(0);
  full.enter();
  expect(() => full.enter()).toThrow(/another image is being predicted/);
});
