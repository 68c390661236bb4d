// A control group with a limit of memory, as a batch system makes one: the limit is the job's, programs run in a step of it.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each version's files: the limit, that of the swap, the greatest use so far, and where kills are counted. */
const FILES = {
  1: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes', 'memory.max_usage_in_bytes', 'memory.oom_control'],
  2: ['memory.max', 'memory.swap.max', 'memory.peak', 'memory.events'],
};

/** Where this process's own group lies, in each tree that limits memory. */
function* ownFolders() {
  const lines = (file) => readFileSync(file, 'utf8').split('\n');
  const groups = lines('/proc/self/cgroup').map((line) => line.split(':'));
  for (const line of lines('/proc/self/mountinfo')) {
    const [mount, system] = line.split(' - ');
    const [, , , top, mountPoint] = mount.split(' ');
    const [type, , options = ''] = (system ?? '').split(' ');
    if (type === 'cgroup' && options.split(',').includes('memory')) {
      const path = groups.find(([, controllers]) => controllers.split(',').includes('memory'))?.[2];
      yield { version: 1, folder: join(mountPoint, path?.replace(top === '/' ? '' : top, '') ?? '') };
      yield { version: 1, folder: mountPoint };
    } else if (type === 'cgroup2') {
      const path = groups.find(([id]) => id === '0')?.[2];
      yield { version: 2, folder: join(mountPoint, path?.replace(top === '/' ? '' : top, '') ?? '') };
      yield { version: 2, folder: mountPoint };
    }
  }
}

export class MemoryGroup {
  #job;
  #files;

  /** @throws where no group can be made, with the reasons */
  static make(bytes) {
    const reasons = [];
    if (!existsSync('/proc/self/cgroup')) throw new Error('this system has no control groups');
    for (const { version, folder } of ownFolders()) {
      const job = join(folder, `nnunet-small-memory-${process.pid}`);
      try {
        mkdirSync(job);
        try {
          return new MemoryGroup(version, job, bytes);
        } catch (error) {
          rmdirSync(job);
          throw error;
        }
      } catch (error) {
        reasons.push(error.message);
      }
    }
    throw new Error(`no control group can be made here: ${reasons.join('; ') || 'none limits memory'}`);
  }

  constructor(version, job, bytes) {
    this.#job = job;
    this.#files = FILES[version].map((name) => join(job, name));
    const [limit, swap] = this.#files;
    writeFileSync(limit, `${bytes}`);
    if (existsSync(swap)) writeFileSync(swap, version === 1 ? `${bytes}` : '0');
    if (version === 2) writeFileSync(join(job, 'cgroup.subtree_control'), '+memory');
    mkdirSync(this.step);
  }

  get step() {
    return join(this.#job, 'step');
  }

  /** Program and arguments that start others in the group. */
  wrap(program, args) {
    return ['/bin/sh', ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', this.step, program, ...args]];
  }

  /** Greatest use in bytes since the last call; NaN where the system does not say. */
  takePeak() {
    const file = this.#files[2];
    try {
      const peak = Number(readFileSync(file, 'utf8'));
      writeFileSync(file, '0');
      return peak;
    } catch {
      return Number.NaN;
    }
  }

  /** Programs that the system has killed in the group. */
  get killed() {
    const count = (folder) => {
      const text = readFileSync(join(folder, this.#files[3].slice(this.#job.length)), 'utf8');
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    // Version 1 counts where a program was, version 2 for all above.
    return Math.max(count(this.#job), count(this.step));
  }

  remove() {
    rmdirSync(this.step);
    rmdirSync(this.#job);
  }
}
