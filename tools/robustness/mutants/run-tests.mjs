// Runs test files one after the other, in the order given, and tells its parent about each; a program of its own, so that
// an endless loop can be ended: node run-tests.mjs ROOT FILE…
import { BaseSequencer, startVitest } from 'vitest/node';

const [root, ...files] = process.argv.slice(2);

class AsGiven extends BaseSequencer {
  async sort(specifications) {
    const place = ({ moduleId }) => files.findIndex((file) => moduleId.endsWith(file));
    return specifications.toSorted((a, b) => place(a) - place(b));
  }
}

const fileOf = (module) => files.find((file) => module.moduleId.endsWith(file));
const reporter = {
  onTestModuleStart: (module) => process.send({ file: fileOf(module), state: 'started' }),
  onTestCaseResult: (test) => {
    if (test.result().state === 'failed')
      process.send({ file: fileOf(test.module), state: 'failed', test: test.fullName });
  },
  onTestModuleEnd: (module) => {
    const state = module.state() === 'failed' ? 'failed' : 'passed';
    process.send({ file: fileOf(module), state });
  },
  onTestRunEnd: (_, errors) => process.send({ state: errors.length > 0 ? 'failed' : 'done' }),
};
await startVitest('test', files, {
  root,
  watch: false,
  maxWorkers: 1,
  fileParallelism: false,
  bail: 1,
  reporters: [reporter],
  sequence: { sequencer: AsGiven },
});
process.exit();
