/**
 * Compares what nnUNet_run estimates for an experiment with what its jobs took, by the records in its folder. Ends with
 * status 1 where the totals differ by more than 30 %.
 * node tools/bench/experiment-estimate.mjs EXPERIMENT_FOLDER [--root DIR] [--planned] [--logged]
 *   --root     as of nnUNet_run; without it, the environment variables count
 *   --planned  estimate from the plans that are there now, instead of foreseeing them from the headers of the images
 *   --logged   take the speed from the logs of the trainings instead of measuring it now
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { estimateJobs, estimateTotal, readEstimateFacts } from '../../packages/experiment/dist/estimates.js';
import { resolveRoots } from '../../packages/schema/dist/index.js';

const TOLERANCE = 0.3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: 'string' }, planned: { type: 'boolean' }, logged: { type: 'boolean' } },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error('experiment-estimate: give the folder of an experiment, RESULTS_FOLDER/nnUNet/experiments/TASK/NAME');
  process.exit(2);
}
const json = (...names) => JSON.parse(readFileSync(join(folder, ...names), 'utf8'));
const settings = json('experiment.json');
const jobs = json('jobs.json');
const roots = resolveRoots({ root: values.root, env: process.env });
const known = {
  ...roots,
  ...(values.planned || values.logged ? {} : { preprocessed: null }),
  ...(values.logged ? {} : { results: null }),
};
const started = performance.now();
const facts = await readEstimateFacts(known, settings);
const estimates = estimateJobs(jobs, settings, facts);
const seconds = (performance.now() - started) / 1000;

/** Seconds of all attempts at a job; null where it has not ended. */
function secondsTaken(id) {
  const file = join('jobs', `${id}.json`);
  if (!existsSync(join(folder, file))) return null;
  const { attempts } = json(file);
  if (attempts.some(({ ended }) => ended === null) || attempts.at(-1)?.outcome !== 'done') return null;
  return attempts.reduce((sum, one) => sum + (Date.parse(one.ended) - Date.parse(one.started)) / 1000, 0);
}

const row = (name, estimated, took) =>
  console.log(
    `${name.padEnd(34)}${estimated.toFixed(1).padStart(11)}${took.toFixed(1).padStart(11)}${(estimated / took).toFixed(2).padStart(9)}`,
  );
console.log(`${'job'.padEnd(34)}${'estimated'.padStart(11)}${'took, s'.padStart(11)}${'ratio'.padStart(9)}`);
const total = { estimated: 0, took: 0 };
for (const { id } of jobs) {
  const [estimated, took] = [estimates.get(id)?.seconds ?? null, secondsTaken(id)];
  if (estimated === null || took === null) continue;
  row(id, estimated, took);
  total.estimated += estimated;
  total.took += took;
}
row('all', total.estimated, total.took);
const { least, most } = estimateTotal(jobs, estimates).seconds;
console.log(`estimated in ${seconds.toFixed(2)} s: ${least.toFixed(0)} to ${most.toFixed(0)} s for the whole graph`);
if (Math.abs(total.estimated / total.took - 1) > TOLERANCE) process.exit(1);
