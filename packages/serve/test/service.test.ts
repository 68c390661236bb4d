import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { imageFormats } from '@nnunet/formats/node';
import { loadModel } from '@nnunet/inference/node';
import { temporaryFolder, zipArchive } from '@nnunet/testing';
import { readNiftiLabels, shippedFormats } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readEvents } from '../src/browser/read-events.ts';
import { type ServeOptions, type Service, serveModels } from '../src/index.ts';
import { niftiOf, noise, writeModel } from './model.fixture.ts';

const built = existsSync(new URL('../dist/node/model-worker.js', import.meta.url));
const fixtures = fileURLToPath(new URL('../../formats/fixtures', import.meta.url));
const formats = shippedFormats.with(...imageFormats);
const root = temporaryFolder();
const [single, double] = [join(root, 'single'), join(root, 'double')];
const image = noise(1);
let bytes: Uint8Array<ArrayBuffer>;
/** Label map of the model with one channel. */
let expected: Uint8Array | Uint16Array;

interface Refused {
  error: { tag: string; what: string; where: string | null; remedy: string | null };
}

describe.skipIf(!built)('the service (skipped before the first build)', () => {
  const stop = new AbortController();
  const messages: string[] = [];
  let service: Service;
  const start = (more: Partial<ServeOptions> = {}) =>
    serveModels({
      models: [
        { name: 'one', folder: single },
        { name: 'two', folder: double },
      ],
      port: 0,
      maxUpload: 1e6,
      maxWaiting: 30,
      onMessage: (text) => messages.push(text),
      signal: stop.signal,
      ...more,
    });

  beforeAll(async () => {
    writeModel(single, ['MRI']);
    writeModel(double, ['T1', 'T2']);
    bytes = await niftiOf(image);
    const model = await loadModel(single);
    expected = (await model.predict(image)).labels().data;
    await model.dispose();
    expect(new Set(expected).size).toBeGreaterThan(1);
    service = await start();
  });
  afterAll(async () => {
    stop.abort();
    await service.stopped;
    expect(messages.filter((text) => !text.endsWith('(rules of nnU-Net v1)'))).toEqual([]);
    expect(leftovers()).toEqual([]);
  });

  const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`nnunet-serve-${process.pid}-`));
  const post = (body: BodyInit | null, model = 'one', headers: Record<string, string> = {}) =>
    fetch(`${service.url}/predict?model=${model}`, { method: 'POST', body, headers });
  const formOf = (...files: [name: string, bytes: Uint8Array<ArrayBuffer>][]) => {
    const form = new FormData();
    for (const [name, content] of files) form.append('image', new Blob([content]), name);
    return form;
  };
  const labelsIn = async (answer: Response) => {
    expect(answer.status, answer.ok ? '' : await answer.clone().text()).toBe(200);
    return readNiftiLabels(new Uint8Array(await answer.arrayBuffer()));
  };
  const eventsOf = async (answer: Response) => {
    const events: { event: string; data: Record<string, unknown> }[] = [];
    for await (const { event, data } of readEvents(answer.body!)) events.push({ event, data: JSON.parse(data) });
    return events;
  };

  it('answers twenty images at once with their label maps, compressed or not, in a form or not', async () => {
    const bodies = [bytes, new Uint8Array(gzipSync(bytes)), formOf(['a.nii', bytes])];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => post(bodies[i % 3]!)));
    for (const answer of answers) {
      const labels = await labelsIn(answer);
      expect(labels.data).toEqual(expected);
      expect(labels).toMatchObject({ spacing: image.spacing, origin: image.origin });
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename="labels.nii.gz"');
    }
  });

  const fixture = (name: string) => new Uint8Array(readFileSync(join(fixtures, name)));
  /** An archive of the files of a folder, below another. */
  const zipOf = (folder: string) => {
    const names = readdirSync(join(fixtures, folder));
    return new Uint8Array(
      zipArchive(names.map((name) => ({ name: `export/${name}`, content: fixture(`${folder}/${name}`) }))),
    );
  };

  it.each([
    ['NRRD', () => fixture('oblique_int16.nrrd'), 'oblique_int16.nrrd'],
    ['MetaImage', () => fixture('oblique_float64.mha'), 'oblique_float64.mha'],
    ['TIFF', () => fixture('uint16.tif'), 'uint16.tif'],
    ['a DICOM series in an archive', () => zipOf('dicom_ct'), 'dicom_ct/'],
    ['PNG slices in an archive', () => zipOf('png_uint16'), 'png_uint16/'],
    ['one DICOM slice', () => fixture('dicom_ct/IM0001'), null],
  ])('takes %s, and answers as for the same image in NIfTI', async (_, sent, name) => {
    const answer = await post(sent());
    const labels = await labelsIn(answer);
    if (name === null) return expect(labels.shape[0]).toBe(1);
    const original = await readVolume(join(fixtures, name), formats);
    const same = await labelsIn(await post(await niftiOf(original)));
    expect(labels.data).toEqual(same.data);
    expect(labels).toMatchObject({ shape: original.shape, spacing: same.spacing, origin: same.origin });
  });

  it('sends label maps in the format that is asked for, at the position of the image', async () => {
    const folder = temporaryFolder();
    const sent = fixture('oblique_float64.mha');
    const { origin, direction } = await readVolume(join(fixtures, 'oblique_float64.mha'), formats);
    const { data } = await labelsIn(await post(sent));
    for (const [format, type] of [
      ['nii', 'application/octet-stream'],
      ['NRRD', 'application/octet-stream'],
      ['mha', 'application/octet-stream'],
      ['nii.gz', 'application/gzip'],
    ] as const) {
      const answer = await post(sent, `one&format=${format}`);
      const end = format.toLowerCase();
      expect(answer.headers.get('content-type')).toBe(type);
      expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="labels.${end}"`);
      const path = join(folder, `labels.${end}`);
      writeFileSync(path, new Uint8Array(await answer.arrayBuffer()));
      const labels = await readLabels(path, formats);
      expect(labels.data, format).toEqual(data);
      // NIfTI stores positions in float32.
      if (!end.startsWith('nii')) expect(labels).toMatchObject({ origin, direction });
    }
    const refused = await post(bytes, 'one&format=png');
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as Refused).error).toMatchObject({
      what: 'label maps are not sent as "png"',
      remedy: 'Choose one: nii.gz, nii, nrrd, mha.',
    });
  });

  it('says whether the spacing of an image had to be assumed', async () => {
    for (const [sent, assumed] of [
      [fixture('uint16.tif'), true],
      [zipOf('png_uint16'), true],
      [fixture('oblique_int16.nrrd'), false],
      [bytes, false],
    ] as const) {
      const events = await eventsOf(await post(sent, 'one', { accept: 'text/event-stream' }));
      expect(events.at(-1)!.data.spacingAssumed).toBe(assumed);
    }
  });

  it('takes the channels of a form in order', async () => {
    const other = await niftiOf(noise(2));
    const model = await loadModel(double);
    const both = await Promise.all([
      labelsIn(await post(formOf(['x', bytes], ['y', other]), 'two')),
      labelsIn(await post(formOf(['y', other], ['x', bytes]), 'two')),
    ]);
    expect(both[0].data).toEqual((await model.predict([image, noise(2)])).labels().data);
    expect(both[0].data).not.toEqual(both[1].data);
    await model.dispose();
  });

  it('tells what it serves', async () => {
    const { models } = await (await fetch(`${service.url}/models`)).json();
    expect(models).toEqual([
      {
        name: 'one',
        trainer: 'nnUNetTrainerV2',
        configuration: '3d_fullres',
        folds: 1,
        channels: ['MRI'],
        labels: [
          { value: 1, name: 'head', color: '#4363d8' },
          { value: 2, name: 'tail', color: '#f58231' },
        ],
        severalPerFile: false,
        imageEndings: ['.nii', '.gz', '.nrrd', '.mha', '.tif', '.tiff', '.zip', '.dcm'],
        labelFormats: ['nii.gz', 'nii', 'nrrd', 'mha'],
      },
      expect.objectContaining({ name: 'two', channels: ['T1', 'T2'] }),
    ]);
    expect(await (await fetch(`${service.url}/health`)).json()).toEqual({ status: 'ok', images: 0 });
  });

  it('sends the progress, the volumes and the label map as events', async () => {
    const answer = await post(bytes, 'one', { accept: 'text/event-stream' });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const events = await eventsOf(answer);
    const last = events.pop()!;
    expect(events.length).toBeGreaterThan(0);
    expect(events.every(({ event }) => event === 'progress')).toBe(true);
    expect(events.at(-1)!.data.share).toBe(1);
    expect(last.event).toBe('done');
    const labels = await readNiftiLabels(new Uint8Array(Buffer.from(last.data.labels as string, 'base64')));
    expect(labels.data).toEqual(expected);
    // Voxels of 2 mm³.
    const count = (label: number) => expected.filter((one) => one === label).length;
    expect(last.data.volumes).toEqual([
      { value: 1, name: 'head', color: '#4363d8', voxels: count(1), ml: count(1) * 0.002 },
      { value: 2, name: 'tail', color: '#f58231', voxels: count(2), ml: count(2) * 0.002 },
    ]);
  });

  const nifti = () => Uint8Array.from(bytes);
  /** An image that claims this size along each axis. */
  const claiming = (size: number) => {
    const file = nifti();
    for (const at of [42, 44, 46]) new DataView(file.buffer).setInt16(at, size, true);
    return file;
  };

  it.each<[number, string, string, () => BodyInit | null, RegExp]>([
    [400, 'bad-request', 'nothing', () => null, /needs 1 image \(MRI\), but 0 were sent/],
    [
      400,
      'bad-request',
      'too many channels',
      () => formOf(['a', bytes], ['b', bytes], ['c', bytes]),
      /but more were sent/,
    ],
    [422, 'unknown-format', 'text', () => 'no image at all', /supported format/],
    [
      422,
      'bad-image',
      'a header alone',
      () => fixture('oblique_float32.nhdr'),
      /voxels are in another file, \S+\.raw$/,
    ],
    [422, 'bad-image', 'two series', () => zipOf('dicom_two_series'), /series/],
    [422, 'bad-zip', 'half an archive', () => zipOf('dicom_ct').subarray(0, 900) as BodyInit, /./],
    [422, 'bad-nifti', 'half an image', () => bytes.slice(0, bytes.length / 2), /./],
    [422, 'bad-nifti', 'half a compressed image', () => gzipSync(bytes).subarray(0, 900) as BodyInit, /./],
    [
      413,
      'memory-limit',
      'a huge image in a small file',
      () => new Uint8Array(gzipSync(claiming(3000))),
      /needs about/,
    ],
    [413, 'too-large', 'too many bytes', () => new Uint8Array(1_000_001), /more than 1 MB/],
  ])('refuses with %i %s: %s', async (status, tag, _, body, what) => {
    const answer = await post(body());
    const text = await answer.text();
    expect(answer.status, text).toBe(status);
    const { error } = JSON.parse(text) as Refused;
    expect(error.tag, text).toBe(tag);
    expect(error.what).toMatch(what);
    expect(error.remedy).toBeTruthy();
    expect(text).not.toMatch(/\.[mj]?js|nnunet-serve|tmp/);
  });

  it('names the channels that are missing, and errors by the names of the client, which are no paths', async () => {
    const missing = await post(formOf(['x', bytes]), 'two');
    expect(((await missing.json()) as Refused).error.what).toBe('the model needs 2 images (T1, T2), but 1 was sent');
    const damaged = formOf(['../../etc/pass\u0000wd<b>.nii', new Uint8Array(500)]);
    const { error } = (await (await post(damaged)).json()) as Refused;
    expect(error.where).toBe('passwdb.nii');
    const long = formOf([`${'a'.repeat(100)}.nii`, new Uint8Array(500)]);
    expect(((await (await post(long)).json()) as Refused).error.where).toBe('a'.repeat(80));
  });

  it('refuses bodies whose length it learns of only on the way, and forms that end early', async () => {
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(200_000)),
    });
    const init = { method: 'POST', body: endless, duplex: 'half' } as RequestInit;
    const answer = await fetch(`${service.url}/predict?model=one`, init);
    expect(answer.status).toBe(413);
    const form = '--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nabc';
    const cut = await post(form, 'one', { 'content-type': 'multipart/form-data; boundary=x' });
    expect([cut.status, ((await cut.json()) as Refused).error.tag]).toEqual([400, 'bad-request']);
    const unbounded = await post('abc', 'one', { 'content-type': 'multipart/form-data' });
    expect(unbounded.status).toBe(400);
  });

  /** Sends a request head as it is, and returns the answer's status. */
  const raw = (head: string) =>
    new Promise<string>((resolve, reject) => {
      const { port } = new URL(service.url);
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(head));
      socket.once('data', (data) => {
        resolve(String(data).split('\r\n')[0]!);
        socket.destroy();
      });
      socket.once('error', reject);
    });

  it('refuses at once what declares ten gigabytes, and requests of other sites', async () => {
    const line = 'POST /predict?model=one HTTP/1.1\r\n';
    expect(await raw(`${line}Host: localhost\r\nContent-Length: 10000000000\r\n\r\n`)).toContain(' 413 ');
    expect(await raw(`${line}Host: evil.example\r\nContent-Length: 0\r\n\r\n`)).toContain(' 403 ');
    expect(await raw(`${line}Host: localhost\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n\r\n`)).toContain(
      ' 403 ',
    );
    const get = (...headers: string[]) =>
      raw(['GET /health HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n'));
    expect(await get('Origin: http://localhost')).toContain(' 200 ');
    // Behind a proxy of another name.
    expect(await get('Origin: https://own.example', 'Sec-Fetch-Site: same-origin')).toContain(' 200 ');
    expect(await get('Sec-Fetch-Site: none')).toContain(' 200 ');
    for (const site of ['cross-site', 'same-site']) expect(await get(`Sec-Fetch-Site: ${site}`)).toContain(' 403 ');
    expect(await raw('GET /health HTTP/1.1\r\nHost: 127.0.0.1:1234\r\n\r\n')).toContain(' 200 ');
  });

  it('lets its page load and talk to nothing but itself', async () => {
    const { headers } = await fetch(service.url);
    const policy = headers.get('content-security-policy')!.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('says who can reach it if that is not this machine alone', async () => {
    const own = new AbortController();
    const said: string[] = [];
    const onMessage = (text: string) => said.push(text);
    const models = [{ name: 'one', folder: single }];
    const open = await start({ models, host: '0.0.0.0', signal: own.signal, onMessage });
    expect(said).toEqual([
      'one (rules of nnU-Net v1)',
      expect.stringMatching(/^listening on 0\.0\.0\.0: whoever can reach this machine/),
    ]);
    own.abort();
    await open.stopped;
  });

  it('knows its addresses, methods and models', async () => {
    expect((await fetch(`${service.url}/../secret`)).status).toBe(404);
    expect(await raw('GET // HTTP/1.1\r\nHost: localhost\r\n\r\n')).toContain(' 200 ');
    expect(await raw('GET /\\secret HTTP/1.1\r\nHost: localhost\r\n\r\n')).toContain(' 404 ');
    const get = await fetch(`${service.url}/predict`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${service.url}/models`, { method: 'HEAD' })).status).toBe(200);
    expect((await post(bytes, 'three')).status).toBe(404);
    const none = await fetch(`${service.url}/predict`, { method: 'POST', body: bytes });
    expect(((await none.json()) as Refused).error.remedy).toContain('/predict?model=one, /predict?model=two');
  });

  it('stops what it does for clients that go away, in the line or not, and goes on', async () => {
    const big = await niftiOf(noise(3, [60, 40, 40]));
    const gone = Array.from({ length: 3 }, () => new AbortController());
    const started = gone.map(({ signal }) =>
      fetch(`${service.url}/predict?model=one`, {
        method: 'POST',
        body: big,
        headers: { accept: 'text/event-stream' },
        signal,
      }),
    );
    await Promise.all(started);
    expect(await (await fetch(`${service.url}/health`)).json()).toEqual({ status: 'ok', images: 3 });
    for (const client of gone) client.abort();
    expect((await labelsIn(await post(bytes))).data).toEqual(expected);
    await vi.waitFor(async () =>
      expect(await (await fetch(`${service.url}/health`)).json()).toEqual({ status: 'ok', images: 0 }),
    );
  });

  it('keeps no place for an image that it has no room for', async () => {
    const own = new AbortController();
    const models = [{ name: 'one', folder: single }];
    const small = await start({ models, maxWaiting: 0, signal: own.signal });
    const ask = async () => {
      const answer = await fetch(`${small.url}/predict`, { method: 'POST', body: bytes });
      return [answer.status, answer.ok ? null : ((await answer.json()) as Refused).error.where];
    };
    vi.stubEnv('TMPDIR', join(root, 'nowhere'));
    try {
      expect(await ask()).toEqual([500, 'the temporary folder']);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(await ask()).toEqual([200, null]);
    own.abort();
    await small.stopped;
  });

  it('turns clients away while too many wait, tells the others how many are before them, and stops in order', async () => {
    const own = new AbortController();
    const busy = await start({ models: [{ name: 'one', folder: single }], maxWaiting: 1, signal: own.signal });
    const big = await niftiOf(noise(3, [60, 40, 40]));
    const ask = () =>
      fetch(`${busy.url}/predict`, { method: 'POST', body: big, headers: { accept: 'text/event-stream' } });
    const [first, second] = [await ask(), await ask()];
    const third = await ask();
    expect([third.status, third.headers.get('retry-after')]).toEqual([503, '30']);
    expect(((await third.json()) as Refused).error).toMatchObject({ tag: 'busy', what: '1 image is already waiting' });
    own.abort();
    const events = await Promise.all([first, second].map(eventsOf));
    expect(events[1]![0]).toEqual({ event: 'waiting', data: { ahead: 1 } });
    for (const list of events)
      expect(list.at(-1)).toMatchObject({
        event: 'error',
        data: { error: { tag: 'busy', what: 'the server is stopping' } },
      });
    await busy.stopped;
    await expect(ask()).rejects.toThrow();
  });

  it('does not start with what it cannot serve', async () => {
    const port = Number(new URL(service.url).port);
    await expect(start({ port })).rejects.toMatchObject({ tag: 'port-taken' });
    const twice = { name: 'one', folder: single };
    await expect(start({ models: [twice, twice] })).rejects.toMatchObject({ tag: 'usage' });
    await expect(start({ models: [{ name: 'x', folder: root }] })).rejects.toMatchObject({ tag: 'no-folds' });
    await expect(start({ port: 70000 })).rejects.toMatchObject({ tag: 'usage' });
  });
});
