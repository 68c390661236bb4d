import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** W&B's own package does the work: the first line has the arguments of wandb.init, each of the others those of log. */
const python = `
import json, sys, wandb
run = wandb.init(**json.loads(sys.stdin.readline()))
for line in sys.stdin:
    run.log(**json.loads(line))
run.finish()`;

/** Sends a training to Weights & Biases while it runs. What is trained after a stop becomes a run of the same group. */
export class WandB {
  async started({ task, configuration, fold, trainer, foldFolder, settings, batchSize }) {
    this.child = spawn(process.env.WANDB_PYTHON ?? 'python3', ['-c', python], { stdio: ['pipe', 'ignore', 'inherit'] });
    this.child.stdin.on('error', () => {}); // `send` says that it has ended
    await once(this.child, 'spawn');
    const group = `${trainer}, ${configuration}, fold ${fold}`;
    this.send({ project: task, name: group, group, dir: foldFolder, config: { ...settings, batchSize } });
  }

  epochEnded({ epoch, trainLoss, validationLoss, classDice, metric, learningRate, seconds, classes }) {
    const dice = Object.fromEntries(classes.map((name, i) => [`dice/${name}`, classDice[i]]));
    const data = { trainLoss, validationLoss, 'dice/mean': metric, learningRate, seconds, ...dice };
    this.send({ data, step: epoch });
  }

  async finished() {
    this.child.stdin.end();
    if (this.child.exitCode === null) await once(this.child, 'exit');
    if (this.child.exitCode !== 0) throw new Error(`wandb ended with ${this.child.exitCode}`);
  }

  send(line) {
    if (this.child.exitCode !== null) throw new Error(`wandb has ended with ${this.child.exitCode}`);
    this.child.stdin.write(`${JSON.stringify(line)}\n`); // NaN becomes null
  }
}
