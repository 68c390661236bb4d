// node server.mjs MODEL_FOLDER [PORT]
// curl --data-binary @image.nii.gz -o labels.nii.gz http://127.0.0.1:8080/predict
import { createServer } from 'node:http';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { loadModel } from '@nnunet/inference/node';
import { readNifti, readNiftiGeometry, writeNifti } from '@nnunet/volume';

const MAX_BYTES = Number(process.env.MAX_BYTES ?? 256 * 2 ** 20);
const MAX_VOXELS = Number(process.env.MAX_VOXELS ?? 512 ** 3);
const MAX_WAITING = Number(process.env.MAX_WAITING ?? 8);

/** A request that is not served: a status from 400 on, and a sentence for the client. */
class Refusal extends Error {
  constructor(status, sentence, headers = {}) {
    super(sentence);
    this.status = status;
    this.headers = headers;
  }
}

const [modelFolder, port = '8080'] = process.argv.slice(2);
const model = await loadModel(modelFolder);
if (model.channels !== 1 || model.needsPreviousStage)
  throw new Error('This service is for models that need one image a case and nothing else.');

/** Predictions run one after the other: each uses all cores. */
let last = Promise.resolve();
let waiting = 0;
function enqueue(job) {
  if (waiting >= MAX_WAITING)
    throw new Refusal(503, 'Too many images are waiting. Try again later.', { 'retry-after': '60' });
  waiting++;
  const done = last.then(job).finally(() => waiting--);
  last = done.catch(() => {});
  return done;
}

async function readBody(request) {
  const tooLarge = new Refusal(413, `The image has more than ${MAX_BYTES} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) throw tooLarge;
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BYTES) throw tooLarge;
    chunks.push(chunk);
  }
  if (size === 0) throw new Refusal(400, 'The request has no body. Send a NIfTI file (.nii or .nii.gz).');
  return Buffer.concat(chunks);
}

/** Looks at the header alone first: a small compressed file may promise a huge image. */
async function readImage(bytes) {
  try {
    const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const head = compressed
      ? gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH })
      : bytes.subarray(0, 4096);
    const [z, y, x] = readNiftiGeometry(head, 'the image').shape;
    if (z * y * x > MAX_VOXELS) throw new Refusal(413, `The image has more than ${MAX_VOXELS} voxels.`);
    return await readNifti(bytes, { where: 'the image' });
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, `This is not a NIfTI image: ${error.message}`);
  }
}

async function predict(request, response) {
  if (request.url !== '/predict') throw new Refusal(404, 'There is only /predict.');
  if (request.method !== 'POST') throw new Refusal(405, 'POST a NIfTI file.', { allow: 'POST' });
  const image = await readImage(await readBody(request));
  // A client that goes away frees its place in the queue.
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  const labels = await enqueue(async () => {
    abort.signal.throwIfAborted();
    return (await model.predict(image, { signal: abort.signal })).labels();
  });
  const body = gzipSync(writeNifti(labels));
  response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': body.length }).end(body);
}

function refuse(request, response, error) {
  if (response.destroyed) return;
  // Errors of @nnunet packages carry a tag: here they say that the image does not suit the model.
  const status = error instanceof Refusal ? error.status : error.tag ? 422 : 500;
  if (status === 500) console.error(error);
  const sentence = status === 500 ? 'The prediction failed.' : error.message;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...error.headers });
  response.end(`${sentence}\n`);
  // What is still on its way is read and dropped for a moment, so that the client can read the answer.
  request.resume();
  setTimeout(() => request.destroy(), 2000).unref();
}

const server = createServer((request, response) => {
  predict(request, response).catch((error) => refuse(request, response, error));
});
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    last.then(() => model.dispose());
  });
