import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { predictFiles } from '@nnunet/pipeline';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PHOTO, png, trainPhotos } from '../../pipeline/src/v2/photos.fixture.ts';
import { readEvents } from '../src/browser/read-events.ts';
import { type Service, serveModels } from '../src/index.ts';
import { niftiOf, noise } from './model.fixture.ts';

const built = existsSync(new URL('../dist/node/model-worker.js', import.meta.url));
const root = temporaryFolder();
const roots = resolveRoots({ root, env: {} });
const silent = { message: () => undefined, warning: () => undefined, progress: () => undefined };

describe.skipIf(!built)('a model of photographs (skipped before the first build)', () => {
  const stop = new AbortController();
  const modelFolder = join(root, 'nnUNet_results/Dataset020_Photos/nnUNetTrainer__nnUNetPlansTiny__2d');
  const image = join(root, 'nnUNet_raw/Dataset020_Photos/imagesTs/photo_5_0000.png');
  const expected = join(root, 'expected.png');
  const photo = () => new Uint8Array(readFileSync(image));
  let service: Service;
  const post = (body: BodyInit, query = '', headers: Record<string, string> = {}) =>
    fetch(`${service.url}/predict${query}`, { method: 'POST', body, headers });

  beforeAll(async () => {
    await trainPhotos(roots, 'Dataset020_Photos', silent);
    const common = {
      checkpoint: 'checkpoint_final',
      saveSoftmax: false,
      partId: 0,
      numParts: 1,
      overwrite: false,
      reporter: silent,
    };
    await predictFiles({ ...common, roots, modelFolder, inputs: [[image]], output: expected });
    const models = [{ name: 'photos', folder: modelFolder }];
    service = await serveModels({ models, port: 0, maxUpload: 1e6, maxWaiting: 3, signal: stop.signal });
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await service?.stopped;
  });

  it('says what it takes and sends', async () => {
    const { models } = (await (await fetch(`${service.url}/models`)).json()) as { models: object[] };
    expect(models[0]).toMatchObject({
      channels: ['R', 'G', 'B'],
      severalPerFile: true,
      imageEndings: ['.png', '.bmp', '.tif', '.tiff'],
      labelFormats: ['png', 'tif', 'nii.gz'],
    });
  });

  it('answers a photograph with the label map of nnUNet_predict, of the same form', async () => {
    const answer = await post(photo());
    expect(answer.status, answer.ok ? '' : await answer.clone().text()).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/png');
    const labels = png.decode(new Uint8Array(await answer.arrayBuffer()));
    expect(labels).toEqual(png.decode(readFileSync(expected)));
    expect(labels).toMatchObject({ height: PHOTO[0], width: PHOTO[1], channels: 1 });
  });

  it('takes each colour as a file of its own, too', async () => {
    const { data, width, height } = png.decode(photo());
    const form = new FormData();
    for (const channel of [0, 1, 2]) {
      const grey = Uint8Array.from({ length: width * height }, (_, i) => data[3 * i + channel]!);
      form.append(
        'image',
        new Blob([png.encode({ data: grey, width, height, channels: 1, depth: 8 }) as BlobPart]),
        'a.png',
      );
    }
    const labels = png.decode(new Uint8Array(await (await post(form, '?format=PNG')).arrayBuffer()));
    expect(labels).toEqual(png.decode(readFileSync(expected)));
  });

  it('gives areas in pixels, and no volumes', async () => {
    const answer = await post(photo(), '', { accept: 'text/event-stream' });
    let done: { volumes: { voxels: number; ml: number | null }[]; spacingAssumed: boolean } | undefined;
    for await (const { event, data } of readEvents(answer.body!)) if (event === 'done') done = JSON.parse(data);
    const { data } = png.decode(readFileSync(expected));
    expect(done!.spacingAssumed).toBe(false);
    expect(done!.volumes).toMatchObject([{ voxels: data.filter((label) => label === 1).length, ml: null }]);
  });

  it('refuses volumes, and formats that cannot hold it', async () => {
    const volume = await post(await niftiOf(noise(1)));
    expect(volume.status).toBe(422);
    const { error } = (await volume.json()) as { error: { what: string; remedy: string } };
    expect(error).toMatchObject({
      what: "is an image of another kind than the model's",
      remedy: 'Send 2D images (PNG, BMP or TIFF).',
    });
    const format = await post(photo(), '?format=mha');
    expect(format.status).toBe(400);
    expect(await format.text()).toContain('Choose one: png, tif, nii.gz.');
  });
});
