import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

async function request(method, body) {
  const server = process.env.MLFLOW_TRACKING_URI ?? 'http://localhost:5000';
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await (await fetch(`${server}/api/2.0/mlflow/${method}`, json)).json();
  if (answer.error_code !== undefined) throw new Error(`${method}: ${answer.error_code}, ${answer.message}`);
  return answer;
}

/** Logs a training as a run of MLflow, in an experiment called like the task. A continued training goes on with its run. */
export class MLflow {
  async started({ task, configuration, fold, trainer, foldFolder, settings, batchSize, epoch }) {
    const file = join(foldFolder, 'mlflow-run.txt');
    this.run = epoch > 0 ? await readFile(file, 'utf8').catch(() => undefined) : undefined;
    if (this.run !== undefined) return request('runs/update', { run_id: this.run, status: 'RUNNING' });
    await request('experiments/create', { name: task }).catch(() => {}); // it may exist
    const found = await request('experiments/search', { filter: `name = '${task}'`, max_results: 1 });
    const named = { experiment_id: found.experiments[0].experiment_id, run_name: `${configuration}, fold ${fold}` };
    this.run = (await request('runs/create', { ...named, start_time: Date.now() })).run.info.run_id;
    await writeFile(file, this.run);
    const params = Object.entries({ ...settings, trainer, batchSize }).map(([key, v]) => ({ key, value: `${v}` }));
    await request('runs/log-batch', { run_id: this.run, params });
  }

  async epochEnded({ epoch, trainLoss, validationLoss, classDice, metric, learningRate, seconds, classes }) {
    const dice = Object.fromEntries(classes.map((name, i) => [`dice/${name}`, classDice[i]]));
    const values = { trainLoss, validationLoss, 'dice/mean': metric, learningRate, seconds, ...dice };
    const known = Object.entries(values).filter(([, value]) => !Number.isNaN(value));
    const metrics = known.map(([key, value]) => ({ key, value, step: epoch, timestamp: Date.now() }));
    await request('runs/log-batch', { run_id: this.run, metrics });
  }

  async finished({ result }) {
    const status = result === 'finished' ? 'FINISHED' : 'KILLED';
    await request('runs/update', { run_id: this.run, status, end_time: Date.now() });
  }
}
