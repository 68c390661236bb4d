import { secondsInWords } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { TerminalReporter } from './terminal-reporter.ts';

function reporterOn(isTTY: boolean) {
  const clock = { now: 0 };
  const written: string[] = [];
  const reporter = new TerminalReporter({ write: (t) => written.push(t), isTTY, columns: 60 }, () => clock.now);
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
