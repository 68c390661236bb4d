import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadFileOptions, downloadFile } from './download-file.ts';

const content = Buffer.from('0123456789');
const sha256 = createHash('sha256').update(content).digest('hex');
let serve: (request: IncomingMessage, response: ServerResponse) => void;
let asked: (string | undefined)[];
let url: string;
let target: string;
/** Breaks the connection, once the client has what was sent. */
let cut: () => void;

const server = createServer((request, response) => {
  asked.push(request.headers.range);
  serve(request, response);
});
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  cut = () => {};
  target = join(temporaryFolder(), 'target');
  serve = (_, response) => response.writeHead(200, { 'content-length': 10 }).end(content);
});

const download = (more: Partial<DownloadFileOptions> = {}) =>
  downloadFile({ url, target, retryDelays: [], onProgress: () => cut(), ...more });
const got = () => readFileSync(target, 'utf8');

/** Leaves the first bytes as an earlier call would. */
function leavePart(bytes: number, part: object = {}): void {
  writeFileSync(target, content.subarray(0, bytes));
  writeFileSync(`${target}.json`, JSON.stringify({ url, validator: '"1"', ...part }));
}

/** Answers with the bytes from `from`, saying that they begin at `said`. */
function rest(from: number, said = from) {
  return (_: IncomingMessage, response: ServerResponse) =>
    response
      .writeHead(206, { etag: '"1"', 'content-length': 10 - from, 'content-range': `bytes ${said}-9/10` })
      .end(content.subarray(from));
}

/** Sends three bytes of ten, then nothing more. */
function breaking(headers: Record<string, string>) {
  return (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': 10, ...headers });
    cut = () => response.socket?.end();
    response.write(content.subarray(0, 3));
  };
}

describe('a download', () => {
  it('tells how far it is, and leaves the file alone', async () => {
    const told: unknown[] = [];
    const messages: string[] = [];
    const onProgress = (...progress: unknown[]) => void told.push(progress);
    const onMessage = (text: string) => void messages.push(text);
    await download({ sha256: sha256.toUpperCase(), onProgress, onMessage });
    expect(got()).toBe('0123456789');
    expect(told.at(-1)).toEqual([10, 10]);
    expect(existsSync(`${target}.json`)).toBe(false);
    serve = (_, response) => {
      response.write(content);
      response.end();
    };
    await download({ onProgress });
    expect(told.at(-1)).toEqual([10, undefined]);
    expect(messages).toEqual([]);
  });

  it('is no larger than allowed, whether the server says its size or not', async () => {
    const unsaid = (_: IncomingMessage, response: ServerResponse) => {
      response.write(content);
      response.end();
    };
    for (const answer of [serve, unsaid]) {
      serve = answer;
      await download({ maxBytes: 10 });
      await expect(download({ maxBytes: 9 })).rejects.toThrow(/larger than 9 bytes/);
    }
  });

  it('does not write into the rest of another file', async () => {
    leavePart(4, { validator: '"0"' });
    const rest = `${target}.old`;
    linkSync(target, rest);
    await download({ sha256 });
    expect([got(), readFileSync(rest, 'utf8')]).toEqual(['0123456789', '0123']);
  });

  it('goes on from one byte as from many', async () => {
    for (const bytes of [1, 9]) {
      leavePart(bytes);
      serve = rest(bytes);
      const messages: string[] = [];
      const told: unknown[] = [];
      await download({ sha256, onMessage: (text) => messages.push(text), onProgress: (...all) => told.push(all) });
      expect(got()).toBe('0123456789');
      expect(asked.at(-1)).toBe(`bytes=${bytes}-`);
      expect(messages).toEqual([`continuing a download at ${bytes} byte${bytes === 1 ? '' : 's'}`]);
      expect(told.at(-1)).toEqual([10, 10]);
      expect(existsSync(`${target}.json`)).toBe(false);
    }
  });

  it('starts anew where what was left is empty, of another file, or not told', async () => {
    leavePart(0);
    await download();
    leavePart(3, { url: `${url}2` });
    await download();
    leavePart(3, { validator: 7 });
    await download();
    writeFileSync(`${target}.json`, 'damaged');
    await download();
    expect(asked).toEqual([undefined, undefined, undefined, undefined]);
    expect(got()).toBe('0123456789');
  });

  it('refuses another part than it asked for, or a part that it did not ask for', async () => {
    leavePart(4);
    serve = rest(4, 5);
    await expect(download()).rejects.toThrow(/different part of the file/);
    serve = (_, response) => response.writeHead(206, { 'content-length': 6 }).end(content.subarray(4));
    await expect(download()).rejects.toThrow(/different part of the file/);
    target += '2';
    serve = rest(0);
    await expect(download()).rejects.toThrow(/different part of the file/);
  });

  it('asks again for all of it where the server has no such part', async () => {
    leavePart(4);
    const ifRange: unknown[] = [];
    serve = ({ headers }, response) => {
      ifRange.push(headers['if-range']);
      if (headers.range === undefined) response.end(content);
      else response.writeHead(416).end();
    };
    await download({ sha256 });
    expect(asked).toEqual(['bytes=4-', undefined]);
    expect(ifRange).toEqual(['"1"', undefined]);
  });

  it('keeps a part where the server can tell whether the file is the same', async () => {
    for (const [headers, validator] of [
      [{ etag: '"7"', 'last-modified': 'Monday' }, '"7"'],
      [{ etag: 'W/"7"', 'last-modified': 'Monday' }, 'Monday'],
      [{ 'last-modified': 'Monday' }, 'Monday'],
      [{ etag: 'W/"7"' }, null],
      [{}, null],
    ] as [Record<string, string>, string | null][]) {
      // What an earlier answer said counts no more.
      leavePart(2);
      serve = breaking(headers);
      await expect(download()).rejects.toThrow(/the connection broke after/);
      if (validator === null) expect(existsSync(`${target}.json`)).toBe(false);
      else expect(JSON.parse(readFileSync(`${target}.json`, 'utf8'))).toEqual({ url, validator });
    }
  });

  it('sees that what came is not what was announced', async () => {
    const packed = gzipSync(content);
    serve = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
    await expect(download()).rejects.toThrow(`the connection broke after 10 of ${packed.length} bytes`);
  });

  it('closes the connection of an answer that it does not want', { timeout: 5000 }, async () => {
    for (const status of [404, 416]) {
      if (status === 416) leavePart(4);
      let closed: Promise<void> | undefined;
      serve = ({ headers }, response) => {
        if (status === 416 && headers.range === undefined) return response.end(content);
        closed ??= new Promise((done) => response.on('close', () => done()));
        return response.writeHead(status).write('without an end');
      };
      if (status === 404) await expect(download()).rejects.toThrow('replied 404 Not Found');
      else await download();
      await closed;
    }
  });

  it('stops when asked to: before, meanwhile, and while it copies', async () => {
    const stopped = { name: 'AbortError' };
    await expect(download({ signal: AbortSignal.abort() })).rejects.toMatchObject(stopped);
    const abort = new AbortController();
    serve = (_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write(content.subarray(0, 3));
    };
    const { signal } = abort;
    await expect(download({ signal, onProgress: () => abort.abort() })).rejects.toMatchObject(stopped);
    const file = `${target}.source`;
    writeFileSync(file, content);
    await expect(download({ url: pathToFileURL(file).href, signal })).rejects.toMatchObject(stopped);
  });

  it('copies a file by its URL, and keeps none with a wrong check sum', async () => {
    const file = `${target}.source`;
    writeFileSync(file, content);
    const local = pathToFileURL(file).href;
    await download({ url: local, sha256 });
    expect(got()).toBe('0123456789');
    for (const from of [local, url]) {
      await expect(download({ url: from, sha256: '0'.repeat(64) })).rejects.toMatchObject({
        tag: 'bad-checksum',
        where: from,
      });
      expect(existsSync(target) || existsSync(`${target}.json`)).toBe(false);
    }
    await expect(download({ url: `${local}2` })).rejects.toMatchObject({ tag: 'missing-file', where: `${file}2` });
  });

  it('names a server that cannot be reached, at once', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => closed.once('listening', done));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    for (const scheme of ['http', 'https']) {
      const where = `${scheme}://127.0.0.1:${port}/x`;
      const messages: string[] = [];
      const onMessage = (text: string) => messages.push(text);
      const what = expect.stringMatching(/^the server cannot be reached \(.*ECONNREFUSED.*\)$/);
      const failure = { tag: 'download-failed', what, where };
      await expect(download({ url: where, retryDelays: [0], onMessage })).rejects.toMatchObject(failure);
      expect(messages).toEqual([]);
    }
  });
});

describe('a failure that may pass', () => {
  it('is followed by another attempt, which continues', async () => {
    const messages: string[] = [];
    serve = (request, response) => {
      if (asked.length === 1) breaking({ etag: '"1"' })(request, response);
      else if (asked.length === 2) response.writeHead(503).end();
      else rest(3)(request, response);
    };
    const { validator } = await download({ sha256, retryDelays: [0, 0], onMessage: (text) => messages.push(text) });
    expect(got()).toBe('0123456789');
    expect(validator).toBe('"1"');
    expect(asked).toEqual([undefined, 'bytes=3-', 'bytes=3-']);
    expect(messages).toEqual([
      expect.stringMatching(/^the connection broke after 3 .*bytes; trying again in 0 s \(1 of 2\)$/),
      'the server cannot answer: it replied 503 Service Unavailable; trying again in 0 s (2 of 2)',
      'continuing a download at 3 bytes',
    ]);
  });

  it.each([
    [408, 'replied 408'],
    [429, 'the server had too many requests: it replied 429 Too Many Requests'],
    [500, 'replied 500'],
    [502, 'replied 502'],
    [504, 'replied 504'],
  ])('is told at last: %s', async (status, what) => {
    serve = (_, response) => response.writeHead(status).end();
    await expect(download({ retryDelays: [0] })).rejects.toMatchObject({ what: expect.stringContaining(what) });
    expect(asked.length).toBe(2);
  });

  it.each([
    [undefined, 1],
    ['3', 3],
    ['60', 60],
    ['61', null],
    ['soon', 1],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 1],
  ])('waits as the server asks, but not for long: %s', async (after, seconds) => {
    serve = (_, response) => response.writeHead(503, after === undefined ? {} : { 'retry-after': after }).end();
    const abort = new AbortController();
    const messages: string[] = [];
    const onMessage = (text: string) => {
      messages.push(text);
      abort.abort();
    };
    const failure = await download({ retryDelays: undefined, onMessage, signal: abort.signal }).catch((e) => e);
    expect(failure).toMatchObject(seconds === null ? { tag: 'download-failed' } : { name: 'AbortError' });
    const told = `the server cannot answer: it replied 503 Service Unavailable; trying again in ${seconds} s (1 of 5)`;
    expect(messages).toEqual(seconds === null ? [] : [told]);
  });
});

it.each([
  [400, 'the server cannot answer: it replied 400 Bad Request', 'Check the address'],
  [401, 'the server wants a login: it replied 401 Unauthorized', 'Download it in a browser'],
  [403, 'the server refuses access: it replied 403 Forbidden', 'Download it in a browser'],
  [404, 'there is no such file: it replied 404 Not Found', 'Check the address'],
  [410, 'the file is no longer there: it replied 410 Gone', 'Check the address'],
])('says in words why a server refuses: %s', async (status, what, remedy) => {
  serve = (_, response) => response.writeHead(status).end();
  const failure = { tag: 'download-failed', what, remedy: expect.stringContaining(remedy) };
  await expect(download({ retryDelays: [0] })).rejects.toMatchObject(failure);
  expect(asked.length).toBe(1);
});

it('sees a web page in the place of a file, and keeps nothing of it', async () => {
  for (const type of ['text/html', 'Text/HTML; charset=utf-8']) {
    serve = (_, response) => response.writeHead(200, { 'content-type': type }).end('<html>');
    await expect(download()).rejects.toMatchObject({ what: 'the server sent a web page instead of a file' });
    expect(existsSync(target)).toBe(false);
  }
  serve = (_, response) => response.writeHead(200, { 'content-type': 'application/zip' }).end(content);
  await download();
});

it('follows redirects, and sends its headers to the first server alone', async () => {
  const seen: unknown[] = [];
  serve = ({ url: path, headers }, response) => {
    seen.push([path, headers.authorization]);
    if (path === '/file')
      response.writeHead(302, { location: url.replace('127.0.0.1', 'localhost').replace('file', 'moved') }).end();
    else response.end(content);
  };
  await download({ headers: { authorization: 'Bearer secret' }, sha256 });
  expect(seen).toEqual([
    ['/file', 'Bearer secret'],
    ['/moved', undefined],
  ]);
});
