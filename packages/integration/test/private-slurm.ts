import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { repository } from './commands.ts';

const tools = join(repository, '../shared/tools');
const needed = ['sbatch', 'squeue', 'scontrol', 'scancel', 'slurmctld', 'slurmd', 'munged'];

/** Why no private Slurm can be started here, in words; null if it can. */
export function whyNoSlurm(): string | null {
  const missing = needed.filter((program) => spawnSync('which', [program]).status !== 0);
  if (missing.length > 0)
    return `Slurm is not installed (${missing.join(', ')}): apt-get install slurmctld slurmd slurm-client munge`;
  return existsSync(join(tools, 'slurm-up.sh')) ? null : `${tools}/slurm-up.sh is missing`;
}

/** A Slurm of one node on this machine. */
export interface PrivateSlurm {
  /** Environment variables with which the programs find it. */
  environment: Record<string, string>;
  /** Calls one of its programs. */
  call(program: string, ...args: string[]): string;
  stop(): void;
}

/** Starts a Slurm without accounting in an empty folder. */
export async function startSlurm(folder: string): Promise<PrivateSlurm> {
  const ports = await freePorts(2);
  const env = { ...process.env, SLURM_CTL_PORT: String(ports[0]), SLURM_D_PORT: String(ports[1]) };
  // The daemons would keep pipes to this process open.
  const up = spawnSync('bash', [join(tools, 'slurm-up.sh'), folder], { env, stdio: 'ignore' });
  const environment = { SLURM_CONF: join(folder, 'slurm.conf') };
  const stop = () => void spawnSync('bash', [join(tools, 'slurm-down.sh'), folder], { stdio: 'ignore' });
  if (up.status !== 0) {
    stop();
    throw new Error(`Slurm did not start: ${readFileSync(join(folder, 'log/slurmctld.log'), 'utf8').slice(-500)}`);
  }
  return {
    environment,
    stop,
    call(program, ...args) {
      const { status, stdout, stderr } = spawnSync(program, args, {
        env: { ...process.env, ...environment },
        encoding: 'utf8',
        timeout: 30_000,
      });
      if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
      return stdout;
    },
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
