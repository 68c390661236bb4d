import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';

/** Returns the path of an installed Firefox; undefined if there is none. */
export function findFirefox(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return ['firefox', 'firefox-esr'].flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

/** A Firefox without a window, driven by its own protocol, Marionette. */
export class Firefox {
  readonly #process: ChildProcess;
  readonly #socket: Socket;
  readonly #answers = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #bytes = Buffer.alloc(0);
  #last = 0;

  private constructor(process: ChildProcess, socket: Socket) {
    this.#process = process;
    this.#socket = socket;
    socket.on('data', (piece) => this.#receive(piece));
  }

  /** @param downloads folder in which links of files are saved */
  static async launch(executable: string, downloads: string): Promise<Firefox> {
    const profile = temporaryFolder();
    const settings = {
      'marionette.port': 0,
      'app.update.enabled': false,
      'browser.download.folderList': 2,
      'browser.download.dir': downloads,
    };
    const lines = Object.entries(settings).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
    writeFileSync(join(profile, 'user.js'), lines.join(''));
    const arguments_ = ['--headless', '--marionette', '--no-remote', '--profile', profile];
    const child = spawn(executable, arguments_, { stdio: 'ignore', env: { ...process.env, HOME: profile } });
    const file = join(profile, 'MarionetteActivePort');
    const end = Date.now() + 60_000;
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
      if (Date.now() > end || child.exitCode !== null) {
        child.kill();
        throw new Error('Firefox did not start');
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const socket = connect(Number(readFileSync(file, 'utf8')), '127.0.0.1');
    const firefox = new Firefox(child, socket);
    await firefox.#ask('WebDriver:NewSession', {});
    await firefox.#ask('WebDriver:SetTimeouts', { script: 100_000 });
    return firefox;
  }

  async open(url: string): Promise<void> {
    await this.#ask('WebDriver:Navigate', { url });
  }

  /** Runs the body of an async function in the page; returns what it returns. */
  async run(body: string): Promise<unknown> {
    const script = `const done = arguments[arguments.length - 1]; (async () => { ${body} })().then(done, (e) => done('failed: ' + e));`;
    const { value } = (await this.#ask('WebDriver:ExecuteAsyncScript', { script, args: [] })) as { value: unknown };
    return value;
  }

  close(): void {
    this.#socket.destroy();
    this.#process.kill();
  }

  /** A message is its length, a colon and JSON: 0 for a question, its number, a command and what belongs to it. */
  #ask(command: string, parameters: object): Promise<unknown> {
    const number = ++this.#last;
    const message = JSON.stringify([0, number, command, parameters]);
    this.#socket.write(`${Buffer.byteLength(message)}:${message}`);
    return new Promise((resolve, reject) => this.#answers.set(number, { resolve, reject }));
  }

  #receive(piece: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    for (;;) {
      const colon = this.#bytes.indexOf(':');
      const end = colon + 1 + Number(this.#bytes.subarray(0, colon));
      if (colon < 0 || this.#bytes.length < end) return;
      const message = JSON.parse(this.#bytes.subarray(colon + 1, end).toString('utf8'));
      this.#bytes = this.#bytes.subarray(end);
      // The first message says who is there.
      if (!Array.isArray(message)) continue;
      const [, number, error, result] = message;
      const waiting = this.#answers.get(number);
      this.#answers.delete(number);
      if (error === null) waiting?.resolve(result);
      else waiting?.reject(new Error(`${error.error}: ${error.message}`));
    }
  }
}
