import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isNnUNetError, NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger, requirePositive } from '@nnunet/errors/internal';
import type { PresetName } from '@nnunet/inference';
import { type Compute, requireDevice } from '@nnunet/network/node';
import type { Fold } from '@nnunet/schema';
import { fileError } from '@nnunet/tensor/node/internal';
import { Events } from './events.ts';
import { listen } from './listen.ts';
import type { PredictedLabels, ServedLabel } from './model-work.ts';
import { isLoopback, requestedAddress, requireOwnRequest } from './own-requests.ts';
import { pageFiles } from './page-files.ts';
import { type ReceivedImage, receiveImages } from './receive-images.ts';
import { answerTo, Refusal } from './refusal.ts';
import { WaitingLine } from './waiting-line.ts';
import { WarmModel } from './warm-model.ts';

/** A model to serve. */
export interface ServedModel {
  /** How clients call it. */
  name: string;
  folder: string;
}

export interface ServeOptions {
  models: readonly ServedModel[];
  /** Folds to average. Default: all trained folds. */
  folds?: readonly Fold[];
  /** Base name of the checkpoint. */
  checkpoint?: string;
  /** Device and settings for running the networks. */
  compute?: Compute;
  /** How closely to follow nnU-Net's procedure. Default: 'exact'. */
  preset?: PresetName;
  /** Memory limit of the program in bytes; images that need more are refused. Default: see `predictFolder`. */
  maxMemory?: number;
  /** Default: 127.0.0.1, this machine alone. */
  host?: string;
  /** 0 chooses a free port. */
  port: number;
  /** Limit of a request's body in bytes. */
  maxUpload: number;
  /** Images that may wait besides the one that is predicted. */
  maxWaiting: number;
  /** Receives messages for the log. */
  onMessage?: (text: string) => void;
  /** Stops the service when aborted. */
  signal?: AbortSignal;
}

/** A running service. */
export interface Service {
  /** Address of the page. */
  url: string;
  /** Resolves when the service has stopped, after the signal was aborted. */
  stopped: Promise<void>;
}

/** An upload may take this long. */
const UPLOAD_MS = 30 * 60_000;
/** The rest of a refused body is read and dropped for this long, so that the client can read the answer. */
const LINGER_MS = 2000;

/** What the parts of the service share. */
interface Running {
  models: ReadonlyMap<string, WarmModel>;
  line: WaitingLine;
  options: ServeOptions;
  host: string;
  /** Aborted when the service stops. */
  stop: AbortSignal;
}

/**
 * Loads models and serves them by HTTP: `POST /predict`, `GET /models`, `GET /health`, and a page at `/`.
 *
 * @throws the errors of `loadModel`; NnUNetError 'usage' for two models of one name or a cascade's second stage,
 * 'port-taken', 'no-access'
 */
export async function serveModels(options: ServeOptions): Promise<Service> {
  const { host = '127.0.0.1', port, maxUpload, maxWaiting, onMessage, signal } = options;
  requireInteger('port', port, 0, 65535);
  requireInteger('maxWaiting', maxWaiting, 0);
  requirePositive('maxUpload', maxUpload);
  requirePositive('maxMemory', options.maxMemory);
  await requireDevice(options.compute?.device ?? 'cpu');
  const files = await pageFiles();
  const models = new Map<string, WarmModel>();
  const stop = new AbortController();
  try {
    for (const { name, folder } of options.models) {
      if (models.has(name))
        throw usageError({ what: `two models are called ${name}`, remedy: 'Name them: NAME=FOLDER.' });
      signal?.throwIfAborted();
      const { folds, checkpoint, compute, preset } = options;
      const model = await WarmModel.load({ folder, folds, checkpoint, compute, integers: preset === 'quick' });
      models.set(name, model);
      onMessage?.(`${name} (rules of nnU-Net v${model.version})`);
      if (model.integers !== null) onMessage?.(`${name}: ${model.integers}`);
    }
    const running: Running = { models, line: new WaitingLine(maxWaiting), options, host, stop: stop.signal };
    const server = createServer((request, response) => {
      route(request, response, running, files).catch((error) => refuse(request, response, error, onMessage));
    });
    server.requestTimeout = UPLOAD_MS;
    const url = await listen(server, host, port);
    if (!isLoopback(host))
      onMessage?.(
        `listening on ${host}: whoever can reach this machine can use the service, and images travel unencrypted. Put a proxy with a password and TLS in front of it`,
      );
    return { url, stopped: untilStopped(server, running, signal, stop) };
  } catch (error) {
    await Promise.all([...models.values()].map((model) => model.close()));
    throw error;
  }
}

/** Waits for the signal; then accepts nothing more, tells everyone who waits, and ends the threads. */
async function untilStopped(
  server: Server,
  { models }: Running,
  signal: AbortSignal | undefined,
  stop: AbortController,
): Promise<void> {
  if (signal === undefined) return new Promise(() => undefined);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  const closed = new Promise((resolve) => server.close(resolve));
  stop.abort(new Refusal(503, { tag: 'busy', what: 'the server is stopping', remedy: 'Try again later.' }));
  await Promise.all([...models.values()].map((model) => model.close()));
  server.closeIdleConnections();
  const linger = setTimeout(() => server.closeAllConnections(), LINGER_MS);
  await closed;
  clearTimeout(linger);
}

type PageFiles = Awaited<ReturnType<typeof pageFiles>>;

async function route(request: IncomingMessage, response: ServerResponse, running: Running, files: PageFiles) {
  requireOwnRequest(request, running.host);
  const { pathname, searchParams } = requestedAddress(request);
  const method = pathname === '/predict' ? 'POST' : 'GET';
  const file = files.get(pathname);
  const known = file !== undefined || ['/predict', '/models', '/health'].includes(pathname);
  if (!known) {
    const remedy = 'There are /, /predict, /models and /health.';
    throw new Refusal(404, { tag: 'bad-request', what: 'there is nothing at this address', remedy });
  }
  if (request.method !== method && !(method === 'GET' && request.method === 'HEAD')) {
    const what = `${request.method} is not for ${pathname}`;
    throw new Refusal(405, { tag: 'bad-request', what, remedy: `Use ${method}.` }, { allow: method });
  }
  if (pathname === '/predict') return predict(request, response, running, searchParams);
  if (file !== undefined) {
    response.writeHead(200, file.headers).end(file.content);
    return;
  }
  const { models, line } = running;
  if (pathname === '/health') return answer(response, 200, { status: 'ok', images: line.inside });
  answer(response, 200, { models: [...models].map(([name, { info }]) => ({ name, ...info })) });
}

/** Predicts the image of a request. The client may ask for events; going away cancels. */
async function predict(request: IncomingMessage, response: ServerResponse, running: Running, asked: URLSearchParams) {
  const { line, options, stop } = running;
  stop.throwIfAborted();
  const model = modelOf(running, asked.get('model'));
  const format = formatOf(asked.get('format'), model.info.labelFormats);
  const place = line.enter();
  const gone = new AbortController();
  response.once('close', () => gone.abort(new DOMException('the client went away', 'AbortError')));
  const signal = AbortSignal.any([gone.signal, stop]);
  const folder = await mkdtemp(join(tmpdir(), `nnunet-serve-${process.pid}-`)).catch((cause) => {
    place.leave();
    throw fileError(cause, 'the temporary folder');
  });
  let events: Events | null = null;
  let images: ReceivedImage[] = [];
  try {
    const { maxUpload, preset = 'exact', maxMemory } = options;
    images = await receiveImages(request, { folder, channels: model.info.channels, files: model.files, maxUpload });
    if (request.headers.accept?.includes('text/event-stream')) events = new Events(response);
    await place.turn(signal, (ahead) => events?.send('waiting', { ahead }));
    const labels = await model.predict(
      { images: images.map(({ path }) => path), outputFolder: folder, format, preset, maxMemory },
      { signal, onProgress: (progress) => events?.send('progress', progress) },
    );
    const bytes = await readFile(labels.file);
    if (events === null) {
      const type = {
        'content-type': CONTENT_TYPES[format] ?? 'application/octet-stream',
        'content-disposition': `attachment; filename="labels.${format}"`,
      };
      response.writeHead(200, { ...type, 'content-length': bytes.length }).end(bytes);
    } else {
      const { spacingAssumed } = labels;
      const volumes = volumesOf(labels, model.info.labels);
      events.send('done', { volumes, spacingAssumed, labels: bytes.toString('base64') });
    }
  } catch (error) {
    const named = withClientNames(error, images, folder);
    if (events === null) throw named;
    if (!isNnUNetError(named) && !gone.signal.aborted) options.onMessage?.(inLog(named));
    events.send('error', answerTo(named).body);
  } finally {
    place.leave();
    events?.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function modelOf({ models }: Running, name: string | null): WarmModel {
  const [only, second] = models.values();
  const model = name === null ? (second === undefined ? only : undefined) : models.get(name);
  if (model !== undefined) return model;
  const what = name === null ? 'the request names no model' : `there is no model of this name`;
  const remedy = `Choose one: ${[...models.keys()].map((one) => `/predict?model=${encodeURIComponent(one)}`).join(', ')}.`;
  throw new Refusal(name === null ? 400 : 404, { tag: 'bad-request', what, remedy });
}

/** Types of label maps that have one. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  'nii.gz': 'application/gzip',
  png: 'image/png',
  bmp: 'image/bmp',
  tif: 'image/tiff',
  tiff: 'image/tiff',
};

function formatOf(asked: string | null, known: readonly string[]): string {
  const format = asked === null ? known[0] : known.find((one) => one === asked.toLowerCase());
  if (format !== undefined) return format;
  const what = `label maps are not sent as "${asked!.slice(0, 20)}"`;
  throw new Refusal(400, { tag: 'bad-request', what, remedy: `Choose one: ${known.join(', ')}.` });
}

/** Volumes of all labels that the model names or that occur, in order; null where voxels have no size. */
function volumesOf({ voxels, voxelVolume }: PredictedLabels, labels: readonly ServedLabel[]) {
  const named = new Map(labels.map((label) => [label.value, label]));
  const values = new Set([...named.keys(), ...Object.keys(voxels).map(Number)]);
  return [...values]
    .sort((a, b) => a - b)
    .map((value) => {
      const count = voxels[value] ?? 0;
      const { name = `label ${value}`, color = null } = named.get(value) ?? {};
      const ml = voxelVolume === null ? null : (count * voxelVolume) / 1000;
      return { value, name, color, voxels: count, ml };
    });
}

/** Puts the client's names in an error in place of the server's paths. */
function withClientNames(error: unknown, images: readonly ReceivedImage[], folder: string): unknown {
  if (!isNnUNetError(error) || error instanceof Refusal) return error;
  const replace = (text: string | undefined) =>
    images
      .reduce((t, { path, name }) => t?.replaceAll(path, shown(path, name)).replaceAll(basename(path), name), text)
      ?.replaceAll(`${folder}/`, '');
  const [what, where] = [replace(error.what) ?? '', replace(error.where)];
  if (error.tag === 'missing-file' && error.where?.startsWith(`${folder}/`)) {
    const remedy = 'Send an image that contains its voxels, such as .nrrd or .mha.';
    return new Refusal(422, { tag: 'bad-image', what: `the voxels are in another file, ${where}`, remedy });
  }
  return new NnUNetError(error.tag, { what, where, remedy: error.remedy, cause: error });
}

/** Slices are named after their archive. */
function shown(path: string, name: string): string {
  return path.endsWith('/') ? `${name}/` : name;
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  onMessage?: (text: string) => void,
) {
  if (response.destroyed) return;
  if (!isNnUNetError(error)) onMessage?.(inLog(error));
  const { status, headers, body } = answerTo(error);
  if (!response.headersSent) answer(response, status, body, { ...headers, connection: 'close' });
  request.resume();
  setTimeout(() => request.destroy(), LINGER_MS).unref();
}

function inLog(error: unknown): string {
  return `a request failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`;
}

function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}
