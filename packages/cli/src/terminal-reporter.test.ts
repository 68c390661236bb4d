import { secondsInWords } from '@nnunet/errors/internal';
import { expect, it } from 'vitest';
import { TerminalReporter } from './terminal-reporter.ts';

function reporterOn(isTTY: boolean, columns?: number) {
  const clock = { now: 0 };
  const written: string[] = [];
  const reporter = new TerminalReporter({ write: (t) => written.push(t), isTTY, columns }, () => clock.now);
  return { clock, written, reporter };
}

it('says durations as a person would', () => {
  expect([0, 8.4, 60, 200, 3600, 7500].map(secondsInWords)).toEqual([
    '0 s',
    '8 s',
    '1 min',
    '3 min 20 s',
    '1 h',
    '2 h 5 min',
  ]);
});

it('writes a plain line every ten seconds without a terminal', () => {
  const { clock, written, reporter } = reporterOn(false);
  for (let done = 0; done <= 10; done++) {
    clock.now = done * 3000;
    reporter.progress({ what: 'preprocessing', done, total: 10 });
  }
  expect(written).toEqual([
    'preprocessing: 0 of 10\n',
    'preprocessing: 4 of 10, 18 s left\n',
    'preprocessing: 8 of 10, 6 s left\n',
    'preprocessing: 10 of 10, took 30 s\n',
  ]);
});

it('draws over one line on a terminal and ends it before other text', () => {
  const { clock, written, reporter } = reporterOn(true);
  reporter.progress({ what: 'predicting', done: 0, total: 2 });
  clock.now = 2000;
  reporter.progress({ what: 'predicting', done: 1, total: 2, note: 'case_b' });
  reporter.message('hello');
  expect(written.join('')).toBe('\r\x1b[2Kpredicting: 0 of 2\r\x1b[2Kpredicting: 1 of 2, case_b, 2 s left\nhello\n');
});

it('says once that something is done, and starts anew when it comes again', () => {
  const { clock, written, reporter } = reporterOn(false);
  const tell = (done: number, now: number) => {
    clock.now = now;
    reporter.progress({ what: 'predicting', done, total: 2 });
  };
  tell(0, 0);
  tell(2, 4000);
  tell(2, 4000);
  tell(0, 5000);
  expect(written).toEqual(['predicting: 0 of 2\n', 'predicting: 2 of 2, took 4 s\n', 'predicting: 0 of 2\n']);
});

it('cuts a line that is longer than the terminal, of 80 columns where it does not say', () => {
  for (const columns of [undefined, 60]) {
    const width = (columns ?? 80) - 1;
    const { written, reporter } = reporterOn(true, columns);
    const tell = (letters: number) => reporter.progress({ what: 'x'.repeat(letters), done: 0, total: 1 });
    tell(width - ': 0 of 1'.length);
    tell(width - ': 0 of 1'.length + 1);
    const line = (text: string) => `\r\x1b[2K${text}`;
    const whole = `${'x'.repeat(width - 8)}: 0 of 1`;
    expect(written).toEqual([line(whole), line(`x${whole.slice(0, width - 2)}…`)]);
  }
});

it('draws ten times a second on a terminal, at once what is new or done', () => {
  const { clock, written, reporter } = reporterOn(true);
  const tell = (what: string, done: number, now: number) => {
    clock.now = now;
    reporter.progress({ what, done, total: 3 });
    return written.splice(0).length;
  };
  expect(tell('a', 0, 1000)).toBe(1);
  expect(tell('a', 1, 1099)).toBe(0);
  expect(tell('a', 1, 1100)).toBe(1);
  expect(tell('a', 2, 1199)).toBe(0);
  expect(tell('b', 0, 1200)).toBe(1);
  // The line and its end.
  expect(tell('b', 3, 1201)).toBe(2);
  expect(tell('b', 3, 5000)).toBe(0);
  expect(tell('a', 3, 5001)).toBe(2);
});

it('tells what is left where it can be known, and what it took from a second on', () => {
  const { clock, written, reporter } = reporterOn(false);
  const tell = (what: string, done: number, now: number, secondsLeft?: number) => {
    clock.now = now;
    reporter.progress({ what, done, total: 4, secondsLeft });
    return written.splice(0).join('');
  };
  expect(tell('a', 1, 500)).toBe('a: 1 of 4\n');
  // Ten seconds and a half for each, or as it was told.
  expect(tell('a', 1, 11_000)).toBe('a: 1 of 4, 32 s left\n');
  expect(tell('a', 2, 21_500, 7)).toBe('a: 2 of 4, 7 s left\n');
  expect(tell('a', 4, 21_600, 7)).toBe('a: 4 of 4, took 21 s\n');
  expect(tell('b', 0, 30_000)).toBe('b: 0 of 4\n');
  expect(tell('b', 0, 40_000)).toBe('b: 0 of 4\n');
  expect(tell('c', 1, 50_000)).toBe('c: 1 of 4\n');
  expect(tell('c', 4, 50_999)).toBe('c: 4 of 4\n');
  expect(tell('d', 1, 60_000)).toBe('d: 1 of 4\n');
  expect(tell('d', 4, 61_000)).toBe('d: 4 of 4, took 1 s\n');
  reporter.warning('beware');
  expect(written).toEqual(['warning: beware\n']);
});
