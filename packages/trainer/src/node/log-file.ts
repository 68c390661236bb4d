import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '@nnunet/tensor/node/internal';

/**
 * The two logs of a training: `training_log_Y_M_D_hh_mm_ss.txt` for people, in v1's form, and a `.jsonl` file of the
 * same name for programs, with one JSON object per line.
 *
 * Writing throws NnUNetError 'disk-full', 'no-access', ….
 */
export class LogFile {
  /** Path of the text log. */
  readonly path: string;
  readonly #onLine: ((text: string) => void) | undefined;

  private constructor(path: string, onLine?: (text: string) => void) {
    this.path = path;
    this.#onLine = onLine;
  }

  /** Starts a new pair of files in `folder`. */
  static async start(folder: string, onLine?: (text: string) => void): Promise<LogFile> {
    await mkdir(folder, { recursive: true });
    const now = new Date();
    const two = (n: number) => String(n).padStart(2, '0');
    const day = `${now.getFullYear()}_${now.getMonth() + 1}_${now.getDate()}`;
    const time = `${two(now.getHours())}_${two(now.getMinutes())}_${two(now.getSeconds())}`;
    const log = new LogFile(join(folder, `training_log_${day}_${time}.txt`), onLine);
    await append(log.path, 'Starting... \n');
    return log;
  }

  /** Appends a line to the text log, prefixed with the time. */
  async line(text: string): Promise<void> {
    await append(this.path, `${timestamp(new Date())}: ${text}\n`);
    this.#onLine?.(text);
  }

  /** Appends an object to the JSON log; NaN becomes null. */
  async record(value: Record<string, unknown>): Promise<void> {
    const line = JSON.stringify({ time: new Date().toISOString(), ...value });
    await append(this.path.replace(/\.txt$/, '.jsonl'), `${line}\n`);
  }
}

async function append(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text);
  } catch (cause) {
    throw fileError(cause, path);
  }
}

/** `YYYY-MM-DD hh:mm:ss.mmm000`, local time. */
function timestamp(date: Date): string {
  const pad = (n: number, digits = 2) => String(n).padStart(digits, '0');
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${day} ${time}.${pad(date.getMilliseconds(), 3)}000`;
}
