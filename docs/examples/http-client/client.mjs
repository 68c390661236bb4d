// node client.mjs http://127.0.0.1:8080 LABELS.nii.gz IMAGE.nii.gz …   (one image per channel)
import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';

const [url, labelFile, ...images] = process.argv.slice(2);
const form = new FormData();
for (const image of images) form.append('image', await openAsBlob(image), basename(image));

const headers = { accept: 'text/event-stream' };
const answer = await fetch(`${url}/predict`, { method: 'POST', body: form, headers });
if (!answer.ok) fail(await answer.json());

let text = '';
for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
  const blocks = (text + chunk).split('\n\n');
  text = blocks.pop();
  for (const block of blocks) {
    const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
    if (event !== undefined) await handle(event, JSON.parse(data));
  }
}

async function handle(event, data) {
  if (event === 'waiting') process.stderr.write(`\rwaiting: ${data.ahead} before `);
  if (event === 'progress') process.stderr.write(`\r${Math.round(100 * data.share)} %      `);
  if (event === 'error') fail(data);
  if (event !== 'done') return;
  for (const { name, ml } of data.volumes) console.log(`${name}: ${ml.toFixed(2)} ml`);
  await writeFile(labelFile, Buffer.from(data.labels, 'base64'));
}

function fail({ error }) {
  console.error([error.where, error.what, error.remedy].filter(Boolean).join(': '));
  process.exit(1);
}
