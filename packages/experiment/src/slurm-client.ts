import { execFile } from 'node:child_process';
import { NnUNetError } from '@nnunet/errors';

/** The programs of Slurm that are used. */
export type SlurmProgram = 'sbatch' | 'squeue' | 'scontrol' | 'sacct' | 'scancel';

/** Result of a program that ended by itself or was ended by a signal. */
export interface SlurmAnswer {
  /** null if a signal ended it. */
  code: number | null;
  output: string;
  errors: string;
}

/** Calls a program of Slurm and waits for its end. @throws NnUNetError 'slurm-failed' if it is missing or hangs */
export type SlurmClient = (program: SlurmProgram, args: readonly string[]) => Promise<SlurmAnswer>;

/** The programs try for minutes to reach a controller that does not answer. */
const TIME_LIMIT = 60_000;

/** These change what the programs print or select, or, inside of another job, what sbatch asks for. */
const HIDDEN = /^(?:SQUEUE_|SACCT_|SCONTROL_|SCANCEL_|SLURM_(?!CONF$|CONF_SERVER$|CLUSTERS$|JWT$))/;

/**
 * Returns a client that calls the installed programs.
 *
 * @param environment its variables, as far as they do not change what the programs print
 * @param timeLimit milliseconds that a call may take
 */
export function slurmClient(environment: NodeJS.ProcessEnv, timeLimit = TIME_LIMIT): SlurmClient {
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => !HIDDEN.test(name)));
  const options = { env: { ...env, LC_ALL: 'C' }, timeout: timeLimit, maxBuffer: 2 ** 26 };
  return (program, args) =>
    new Promise((done, fail) => {
      execFile(program, args, options, (error, output, errors) => {
        if (error === null) return done({ code: 0, output, errors });
        if (error.code === 'ENOENT') return fail(missing(program));
        if (error.killed) return fail(silent(program, timeLimit));
        done({ code: typeof error.code === 'number' ? error.code : null, output, errors });
      });
    });
}

/** Like a client, but a refusal is an error. Returns what the program printed. */
export async function callSlurm(call: SlurmClient, program: SlurmProgram, args: readonly string[]): Promise<string> {
  const answer = await call(program, args);
  if (answer.code === 0) return answer.output;
  throw refusal(program, answer);
}

/** The error for a program that refused a request. */
export function refusal(program: SlurmProgram, { errors, output }: SlurmAnswer): NnUNetError {
  const said = (errors.trim() || output.trim() || 'no message').replaceAll(/\s*\n\s*/g, '; ');
  return new NnUNetError('slurm-failed', {
    what: `${program} failed: ${said}`,
    remedy: 'Correct the options of sbatch if the message is about them; otherwise ask those who run the cluster.',
  });
}

function missing(program: SlurmProgram): NnUNetError {
  return new NnUNetError('slurm-failed', {
    what: `the program ${program} is not installed here`,
    remedy: 'Run this on a login node of the cluster, or run the experiment on this machine.',
  });
}

function silent(program: SlurmProgram, timeLimit: number): NnUNetError {
  return new NnUNetError('slurm-failed', {
    what: `${program} did not answer within ${timeLimit / 1000} s`,
    remedy: 'See whether the cluster is up (sinfo), and run the same command again.',
  });
}
