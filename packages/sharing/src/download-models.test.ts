import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { everythingBelow, MODEL, rootsBelow, writeMadeArchive } from './archive.fixture.ts';
import { exportCatalogue, formatCatalogue, modelNamed, parseCatalogue, readCatalogue } from './catalogue.ts';
import { downloadFile } from './download-file.ts';
import { downloadAndInstall, downloadModel } from './download-models.ts';

const folder = temporaryFolder();
const zip = join(folder, 'model.zip');
let bytes: Buffer;
let sha256: string;
let url: string;
let asked: (string | undefined)[] = [];
/** What the server does; the whole file with ranges unless a test says otherwise. */
let serve: (request: IncomingMessage, response: ServerResponse) => void;

const server = createServer((request, response) => {
  asked.push(request.headers.range);
  serve(request, response);
});

/** Breaks the connection, once the client has what was sent. */
let cut = () => {};

/** As a good server: ranges of a file that has not changed. */
function whole(etag = '"1"', cutAt?: number) {
  return ({ headers }: IncomingMessage, response: ServerResponse) => {
    const match = /^bytes=(\d+)-$/.exec(headers.range ?? '');
    const partial = match !== null && headers['if-range'] === etag;
    const start = partial ? Number(match[1]) : 0;
    response.writeHead(partial ? 206 : 200, {
      etag,
      'content-length': bytes.length - start,
      ...(partial && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    if (cutAt === undefined) response.end(bytes.subarray(start));
    else {
      cut = () => response.socket?.end();
      response.write(bytes.subarray(start, cutAt));
    }
  };
}

beforeAll(async () => {
  await writeMadeArchive(zip, [{ name: `${MODEL}/fold_0/debug.json`, text: 'debug' }]);
  bytes = readFileSync(zip);
  sha256 = createHash('sha256').update(bytes).digest('hex');
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.zip?download=1`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  serve = whole();
  cut = () => {};
});

let count = 0;
function place() {
  const root = join(folder, `place-${count++}`);
  return {
    root,
    options: { roots: rootsBelow(root), reporter: { ...listener(), progress: () => cut() }, retryDelays: [] },
    downloads: join(root, 'results/nnUNet/.downloads'),
  };
}

describe('downloadAndInstall', () => {
  it('fetches, checks and installs, and leaves nothing else', async () => {
    const { root, options } = place();
    const [installed] = await downloadAndInstall([{ url, sha256 }], options);
    expect(installed!.models).toEqual([MODEL]);
    expect(existsSync(join(root, 'results/nnUNet', MODEL, 'fold_0/debug.json'))).toBe(true);
    expect(everythingBelow(root).join()).not.toMatch(/downloads|\.zip/);
    expect(asked).toEqual([undefined]);
  });

  it('goes on where it was interrupted', async () => {
    const { options, downloads } = place();
    serve = whole('"1"', 200);
    await expect(downloadAndInstall([{ url, sha256 }], options)).rejects.toSatisfy((e) =>
      isNnUNetError(e, 'download-failed'),
    );
    expect(everythingBelow(downloads).length).toBe(2);
    serve = whole();
    await downloadAndInstall([{ url, sha256 }], options);
    expect(asked).toEqual([undefined, 'bytes=200-']);
    expect(options.reporter.messages.join()).toContain('continuing');
    expect(existsSync(downloads)).toBe(false);
  });

  it('starts again where the file has changed meanwhile, or the server cannot continue', async () => {
    for (const second of [whole('"2"'), (_: IncomingMessage, r: ServerResponse) => r.end(bytes)]) {
      const { options } = place();
      serve = whole('"1"', 200);
      await expect(downloadAndInstall([{ url }], options)).rejects.toThrow(/connection broke after 200/);
      serve = second;
      await downloadAndInstall([{ url, sha256 }], options);
    }
    const { options } = place();
    serve = whole('"1"', 200);
    await expect(downloadAndInstall([{ url }], options)).rejects.toThrow();
    serve = (request, response) => {
      if (request.headers.range === undefined) return whole()(request, response);
      response.writeHead(416).end();
    };
    await downloadAndInstall([{ url, sha256 }], options);
  });

  it('installs nothing with a wrong check sum, and does not keep the file', async () => {
    const { root, options } = place();
    await expect(downloadAndInstall([{ url, sha256: '0'.repeat(64) }], options)).rejects.toSatisfy((e) =>
      isNnUNetError(e, 'bad-checksum'),
    );
    expect(everythingBelow(root).filter((name) => name.endsWith('.zip') || name.includes(MODEL))).toEqual([]);
  });

  it('names what goes wrong', async () => {
    const { options } = place();
    serve = (_, response) => response.writeHead(404).end('none');
    await expect(downloadAndInstall([{ url }], options)).rejects.toThrow(/model\.zip.*replied 404 Not Found/);
    await expect(downloadAndInstall([{ url: 'ftp://x/y.zip' }], options)).rejects.toSatisfy((e) =>
      isNnUNetError(e, 'usage'),
    );
    await expect(downloadAndInstall([{ url: 'http://127.0.0.1:1/x.zip' }], options)).rejects.toThrow(
      /cannot be reached/,
    );
    await expect(downloadAndInstall([{ url, sha256: '00' }], options)).rejects.toThrow(/is not a SHA-256/);
    serve = (_, response) => response.end('<html>not a zip</html>');
    await expect(downloadAndInstall([{ url }], options)).rejects.toSatisfy((e) => isNnUNetError(e, 'bad-archive'));
    serve = whole();
    await expect(downloadFile({ url, target: join(folder, 'big.zip'), maxBytes: 100 })).rejects.toThrow(
      /larger than 100 bytes/,
    );
    const missing = pathToFileURL(join(folder, 'none.zip')).href;
    await expect(downloadAndInstall([{ url: missing }], options)).rejects.toSatisfy((e) =>
      isNnUNetError(e, 'missing-file'),
    );
  });

  it('stops when asked to, and continues later', async () => {
    const { options } = place();
    const abort = new AbortController();
    serve = (_, response) => {
      response.writeHead(200, { etag: '"1"', 'content-length': bytes.length });
      response.write(bytes.subarray(0, 300));
      cut = () => abort.abort();
    };
    await expect(downloadAndInstall([{ url }], { ...options, signal: abort.signal })).rejects.toThrow();
    serve = whole();
    await downloadAndInstall([{ url, sha256 }], options);
    expect(asked[1]).toBe('bytes=300-');
  });
});

describe('the cache', () => {
  const cached = () => {
    const { root, options } = place();
    const cache = { folder: join(root, 'cache'), maxBytes: 1e6 };
    return {
      root,
      cache,
      options: { ...options, cache },
      again: { ...options, roots: rootsBelow(join(root, 'other')), cache },
    };
  };
  const unchanged = (etag: string) => (request: IncomingMessage, response: ServerResponse) =>
    request.headers['if-none-match'] === etag ? response.writeHead(304).end() : whole(etag)(request, response);

  it('keeps an archive, and uses it again if the server still has the same', async () => {
    const { cache, options, again } = cached();
    await downloadAndInstall([{ url }], options);
    const [zipFile] = everythingBelow(cache.folder);
    expect(options.reporter.messages).toEqual([`downloading to ${join(cache.folder, zipFile!)}`]);
    expect(everythingBelow(cache.folder)).toEqual([zipFile, `${zipFile}.complete.json`]);
    serve = unchanged('"1"');
    const [installed] = await downloadAndInstall([{ url }], again);
    expect(installed!.models).toEqual([MODEL]);
    expect(options.reporter.messages.at(-1)).toBe(
      `using the archive that was downloaded before: ${join(cache.folder, zipFile!)}`,
    );
    serve = unchanged('"2"');
    const before = asked.length;
    await downloadAndInstall([{ url }], again);
    expect(asked.length).toBe(before + 2);
    expect(options.reporter.messages.at(-1)).toMatch(/^downloading to/);
  });

  it('is checked by the date where the server sends no strong ETag', async () => {
    const { options, again } = cached();
    const date = 'Sat, 01 Jan 2022 00:00:00 GMT';
    serve = ({ headers }, response) => {
      if (headers['if-modified-since'] === date) response.writeHead(304).end();
      else response.writeHead(200, { etag: 'W/"1"', 'last-modified': date }).end(bytes);
    };
    await downloadAndInstall([{ url }], options);
    await downloadAndInstall([{ url }], again);
    expect(options.reporter.messages.at(-1)).toMatch(/^using the archive/);
    // Without either, it must be downloaded again.
    serve = (_, response) => response.end(bytes);
    await downloadAndInstall([{ url: `${url}&2` }], options);
    await downloadAndInstall([{ url: `${url}&2` }], again);
    expect(options.reporter.messages.at(-1)).toMatch(/^downloading to/);
  });

  it('asks no server where the checksum is known', async () => {
    const { options, again } = cached();
    await downloadAndInstall([{ url, sha256 }], options);
    await downloadAndInstall([{ url: `${url}#sha256=${sha256}` }], again);
    expect(asked.length).toBe(1);
    await expect(downloadAndInstall([{ url, sha256: '0'.repeat(64) }], again)).rejects.toMatchObject({
      tag: 'bad-checksum',
    });
    expect(asked.length).toBe(2);
  });

  it('is all there is offline', async () => {
    const { cache, options, again } = cached();
    const offline = { ...again, offline: true };
    const none = { tag: 'download-failed', what: expect.stringContaining('not downloaded before') };
    await expect(downloadAndInstall([{ url }], offline)).rejects.toMatchObject(none);
    await downloadAndInstall([{ url }], options);
    for (const source of [{ url }, { url, sha256 }]) await downloadAndInstall([source], offline);
    await expect(downloadAndInstall([{ url, sha256: '0'.repeat(64) }], offline)).rejects.toThrow(
      `has the SHA-256 ${sha256} instead of ${'0'.repeat(64)}, and downloads are switched off`,
    );
    expect(asked.length).toBe(1);
    expect(everythingBelow(cache.folder).length).toBe(2);
  });

  it('keeps no archive that cannot be installed, nor more than its limit', async () => {
    const { cache, options } = cached();
    serve = (_, response) => response.end('no archive');
    await expect(downloadAndInstall([{ url }], options)).rejects.toMatchObject({ tag: 'bad-archive' });
    expect(everythingBelow(cache.folder)).toEqual([]);
    serve = whole();
    await downloadAndInstall([{ url }], { ...options, cache: { ...cache, maxBytes: bytes.length - 1 } });
    expect(everythingBelow(cache.folder)).toEqual([]);
    await downloadAndInstall([{ url }], { ...options, cache: { ...cache, maxBytes: bytes.length } });
    expect(everythingBelow(cache.folder).length).toBe(2);
  });

  it('has no copies of local files', async () => {
    const { cache, options } = cached();
    await downloadAndInstall([{ url: pathToFileURL(zip).href }], options);
    expect(existsSync(cache.folder)).toBe(false);
  });
});

describe('an address on a hub', () => {
  const hubbed =
    (sum: string | undefined, sha = 'c0ffee') =>
    (request: IncomingMessage, response: ServerResponse) => {
      if (!request.url!.startsWith('/api/')) return whole(`"${sha}"`)(request, response);
      const lfs = sum === undefined ? {} : { lfs: { sha256: sum } };
      return response.end(JSON.stringify({ sha, siblings: [{ rfilename: 'm.zip', ...lfs }] }));
    };
  const at = () => {
    const { options, root } = place();
    const hub = { endpoint: new URL(url).origin };
    return { ...options, hub, cache: { folder: join(root, 'cache'), maxBytes: 1e6 } };
  };

  it('is found, checked and cached by the checksum of the hub', async () => {
    const options = at();
    serve = hubbed(sha256);
    const [installed] = await downloadAndInstall([{ url: 'hf:me/model' }], options);
    expect(installed!.models).toEqual([MODEL]);
    await downloadAndInstall([{ url: 'hf:me/model' }], options);
    // The second time, the hub is only asked what it has.
    expect(asked.length).toBe(3);
    await downloadAndInstall([{ url: 'hf:me/model' }], { ...options, offline: true });
    expect(asked.length).toBe(3);
    serve = hubbed('0'.repeat(64));
    await expect(downloadAndInstall([{ url: 'hf:me/model' }], options)).rejects.toMatchObject({ tag: 'bad-checksum' });
    await expect(downloadAndInstall([{ url: 'hf:me/model', sha256 }], options)).resolves.toHaveLength(1);
  });

  it('needs the token also to ask whether a file without a checksum is the same', async () => {
    const options = at();
    const hub = { ...options.hub, token: 'secret' };
    const fresh = hubbed(undefined);
    serve = (request, response) => {
      if (request.headers.authorization !== 'Bearer secret') response.writeHead(401).end();
      else if (request.headers['if-none-match'] === '"c0ffee"') response.writeHead(304).end();
      else fresh(request, response);
    };
    for (const _ of ['first', 'again']) await downloadAndInstall([{ url: 'hf:me/model' }], { ...options, hub });
    expect(options.reporter.messages.at(-1)).toMatch(/^using the archive that was downloaded before/);
    expect(asked.length).toBe(4);
  });

  it('is continued in the same commit alone', async () => {
    const options = at();
    const broken = (request: IncomingMessage, response: ServerResponse) =>
      request.url!.startsWith('/api/')
        ? hubbed(undefined)(request, response)
        : whole('"c0ffee"', 200)(request, response);
    for (const [sha, range] of [
      ['c0ffee', 'bytes=200-'],
      ['c0ffee2', undefined],
    ] as const) {
      serve = broken;
      await expect(
        downloadAndInstall([{ url: 'hf:me/model' }], {
          ...options,
          cache: { ...options.cache, folder: `${options.cache.folder}-${sha}` },
        }),
      ).rejects.toThrow(/broke after 200/);
      serve = hubbed(undefined, sha);
      await downloadAndInstall([{ url: 'hf:me/model' }], {
        ...options,
        cache: { ...options.cache, folder: `${options.cache.folder}-${sha}` },
      });
      expect(asked.at(-1)).toBe(range);
    }
  });

  it('is asked again where the hub is busy', async () => {
    const options = at();
    serve = (request, response) => {
      if (asked.length === 1) response.writeHead(429).end();
      else hubbed(sha256)(request, response);
    };
    await downloadAndInstall([{ url: 'hf:me/model' }], { ...options, retryDelays: [0] });
    expect(options.reporter.messages[0]).toMatch(/too many requests.*trying again in 0 s \(1 of 1\)/);
  });
});

describe('catalogues', () => {
  it('name models, each of one or several archives', async () => {
    const { root, options } = place();
    mkdirSync(root);
    const file = join(root, 'models.json');
    const local = pathToFileURL(zip).href;
    writeFileSync(
      file,
      JSON.stringify({
        Task900_Made: { description: 'made', url: [url, local], sha256: [sha256, sha256.toUpperCase()] },
      }),
    );
    const installed = await downloadModel('Task900_Made', { ...options, catalogueFile: file });
    expect(installed.map(({ replaced }) => replaced)).toEqual([0, 5]);
    await expect(downloadModel('Task901', { ...options, catalogueFile: file })).rejects.toSatisfy((e) =>
      isNnUNetError(e, 'unknown-model'),
    );
  });

  it('come back from their text', async () => {
    const known = await readCatalogue();
    expect(known.size).toBe(25);
    expect(known.get('Task082_BraTS2020')!.sources.length).toBe(4);
    const file = await exportCatalogue(known, folder);
    expect(await readCatalogue(file)).toEqual(known);
    const own = parseCatalogue(`{"T": {"url": "https://x/y.zip", "sha256": "${sha256}"}}`, 'x');
    expect(parseCatalogue(formatCatalogue(own), 'x')).toEqual(own);
    await expect(exportCatalogue(known, join(folder, 'none'))).rejects.toThrow(/does not exist/);
    await expect(readCatalogue(join(folder, 'none.json'))).rejects.toMatchObject({ tag: 'missing-file' });
  });

  it('write one address as it is, several as a list, and check sums where all have one', () => {
    const [a, b] = [{ url: 'https://x/a', sha256: 'A' }, { url: 'https://x/b' }];
    const catalogue = new Map([
      ['One', { description: 'd', sources: [a] }],
      ['None', { description: '', sources: [b] }],
      ['Some', { description: '', sources: [a, b] }],
      ['All', { description: '', sources: [a, a] }],
    ]);
    expect(JSON.parse(formatCatalogue(catalogue))).toEqual({
      One: { description: 'd', url: 'https://x/a', sha256: 'A' },
      None: { description: '', url: 'https://x/b' },
      Some: { description: '', url: ['https://x/a', 'https://x/b'] },
      All: { description: '', url: ['https://x/a', 'https://x/a'], sha256: ['A', 'A'] },
    });
  });

  it('know a model by its name, or say which names are like it', () => {
    const models = parseCatalogue('{"Task1": {"url": "file:///y"}, "Task2": {"url": "http://x/y"}}', 'x');
    expect(modelNamed(models, 'Task2')).toEqual({ description: '', sources: [{ url: 'http://x/y' }] });
    expect(() => modelNamed(models, 'Task3')).toThrow(/no pretrained model called "Task3"\n.*Task1, Task2/);
  });

  it.each([
    ['text', 'not JSON'],
    ['[]', 'an object'],
    ['null', 'an object'],
    ['"T"', 'an object'],
    ['{"T": {"url": 3}}', '"url"'],
    ['{"T": {"url": ["https://x/y", 3]}}', '"url"'],
    ['{"T": {"url": "https://"}}', '"url"'],
    [`{"T": {"url": "https://x/y", "sha256": "${'a'.repeat(65)}"}}`, '"sha256"'],
    [`{"T": {"url": "https://x/y", "sha256": ["${'a'.repeat(64)}", "${'a'.repeat(64)}"]}}`, '"sha256"'],
    ['{"T": {"url": "https://x/y", "sha256": 3}}', '"sha256"'],
    ['{"T": {"url": "https://x/y", "sha256": [3]}}', '"sha256"'],
    ['{"T": null}', '"url"'],
    ['{"T": {"url": []}}', '"url"'],
    ['{"T": {"url": "/local/path.zip"}}', '"url"'],
    ['{"T": {"url": "ftp://x/y"}}', '"url"'],
    ['{"T": {"url": "https://x/y", "sha256": "12"}}', '"sha256"'],
    ['{"T": {"url": ["https://x/y", "https://x/z"], "sha256": []}}', null],
    ['{"T": {"url": "https://x/y", "description": 3}}', '"description"'],
  ])('are checked: %s', (text, fault) => {
    if (fault === null) expect(parseCatalogue(text, 'c.json').size).toBe(1);
    else expect(() => parseCatalogue(text, 'c.json')).toThrow(new RegExp(`^c\\.json: .*${fault}`));
  });
});
