import { expect, it } from 'vitest';
import { ExperimentView } from './experiment-view.ts';

function viewOn(stream: { isTTY?: boolean; columns?: number }) {
  let written = '';
  let time = 0;
  const write = (text: string) => {
    written += text;
  };
  const view = new ExperimentView({ ...stream, write }, () => time);
  const taken = () => {
    const text = written;
    written = '';
    return text;
  };
  const wait = (ms: number) => {
    time += ms;
  };
  return { view, taken, wait };
}

it('draws the jobs over the lines before on a terminal, with messages above them', () => {
  const { view, taken } = viewOn({ isTTY: true, columns: 12 });
  view.show(['one: a', 'two: 1234567890']);
  expect(taken()).toBe('one: a\ntwo: 12345…\n');
  view.show(['one: b']);
  expect(taken()).toBe('\x1b[2A\x1b[Jone: b\n');
  view.message('two: done');
  expect(taken()).toBe('\x1b[1A\x1b[Jtwo: done\n');
  view.clear();
  expect(taken()).toBe('');
});

it('lists the jobs every half minute without a terminal', () => {
  const { view, taken, wait } = viewOn({});
  view.show(['one: a']);
  wait(29_999);
  view.show(['one: b']);
  expect(taken()).toBe('one: a\n');
  wait(1);
  view.show(['one: c']);
  view.message('one: done');
  expect(taken()).toBe('one: c\none: done\n');
});
