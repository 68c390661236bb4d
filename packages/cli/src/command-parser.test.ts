import { expect, it } from 'vitest';
import { CommandParser } from './command-parser.ts';

const parser = () => {
  const made = new CommandParser('nnUNet_run', 'd');
  made.add_argument('--sbatch');
  made.add_argument('-t');
  return made;
};

it('takes the options of sbatch as a value, one or several, after a blank or an equals sign', () => {
  for (const options of ['--partition=gpu', '--partition=gpu --time=12:00:00', '-t'])
    for (const line of [
      ['--sbatch', options, '-t', '5'],
      [`--sbatch=${options}`, '-t', '5'],
    ])
      expect(parser().parse(line)).toMatchObject({ sbatch: options, t: '5' });
  expect(() => parser().parse(['-t', '5', '--sbatch'])).toThrow(/--sbatch: expected one argument/);
  expect(() => parser().parse(['--sbatch', '--mem=3G', '--partition=gpu'])).toThrow('there is no option --partition');
});
