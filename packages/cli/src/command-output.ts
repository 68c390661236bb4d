import { DOCUMENT_VERSION } from './document-version.ts';
import type { DocumentFields, DocumentName } from './documents.ts';
import type { TextStream } from './text-stream.ts';

interface Streams {
  stdout: TextStream;
  stderr: TextStream;
}

/**
 * The result of a command: lines on standard output or, with --json, exactly one JSON document there, at the end; the
 * lines that come before it then go to standard error.
 */
export class CommandOutput {
  /** Whether --json was given. */
  json: boolean;
  readonly #streams: Streams;
  readonly #lines: string[] = [];
  #document: object | undefined;

  constructor(json: boolean, streams: Streams = process) {
    this.json = json;
    this.#streams = streams;
  }

  print(line: string): void {
    this.#lines.push(line);
    const { stdout, stderr } = this.#streams;
    (this.json ? stderr : stdout).write(`${line}\n`);
  }

  /** Sets the result of the command: `lines` for people, a document for programs. */
  answer<N extends DocumentName>(name: N, fields: DocumentFields<N>, lines: readonly string[]): void {
    if (this.json) this.#document = documentOf(name, fields);
    else for (const line of lines) this.print(line);
  }

  /** Writes the document of a command that has ended well. */
  finish(): void {
    this.#write(this.#document ?? documentOf('lines', { lines: this.#lines }));
  }

  /** Writes the document of a command that has failed or was stopped. */
  fail(error: DocumentFields<'error'>['error']): void {
    this.#write(documentOf('error', { error }));
  }

  #write(document: object): void {
    if (this.json) this.#streams.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
}

function documentOf<N extends DocumentName>(document: N, fields: DocumentFields<N>): object {
  return { document, version: DOCUMENT_VERSION, ...fields };
}
