import { isNnUNetError } from '@nnunet/errors';
import { bytesInWords, secondsInWords } from '@nnunet/errors/internal';
import { type BrowserModel, loadModel, type TabProgress } from '@nnunet/inference';
import { colorsOf, cssColor } from '@nnunet/plot/internal';
import { modelInAddress } from '../content-policy.ts';
import { labelVolumes } from '../label-volumes.ts';
import { addressOf, SITE_FILE, type SiteDescription, type SiteLabel } from '../site-description.ts';
import { ChannelFields } from './channel-fields.ts';
import { missingFeatures } from './missing-features.ts';
import { workOffline } from './offline.ts';
import { readAddress } from './read-address.ts';
import { showResult } from './show-result.ts';

const element = <T extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as T;
const status = element('status');
const progress = element<HTMLProgressElement>('progress');
const fields = new ChannelFields(element('channels'), () => void prepare());

/** The model of the site. */
let site: SiteDescription;
/** Where the model is that is used: a file of the user, or the site's own. */
let source: File | URL;
let labels: readonly SiteLabel[];
let model: BrowserModel | null = null;
/** Settles when what is loaded is kept for visits without a network. */
let keeping: Promise<void>;
/** What is being done, and stops when told to. */
let running: AbortController | null = null;

function say(text: string, bad = false): void {
  status.textContent = text;
  status.classList.toggle('bad', bad);
}

function update(): void {
  const busy = running !== null;
  element<HTMLButtonElement>('start').disabled = busy || model === null || fields.files === null;
  element('cancel').hidden = element('progress-field').hidden = !busy;
  for (const input of document.querySelectorAll<HTMLInputElement | HTMLButtonElement>('#app input, #other button'))
    input.disabled = busy && input.closest('#viewer') === null;
  element<HTMLButtonElement>('example').disabled = element<HTMLButtonElement>('wanted-load').disabled = busy;
}

/** Does something that takes a while and can be cancelled, and says what went wrong. */
async function run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  running = new AbortController();
  progress.removeAttribute('value');
  say('');
  update();
  const { signal } = running;
  try {
    await keeping;
    signal.throwIfAborted();
    await work(signal);
  } catch (error) {
    say(signal.aborted ? 'Cancelled.' : inWords(error), !signal.aborted);
  } finally {
    running = null;
    update();
  }
}

function inWords(error: unknown): string {
  if (!isNnUNetError(error)) return error instanceof Error ? error.message : String(error);
  const { what, where, remedy } = error;
  // Options of a function are none of the page's.
  const advice = (remedy ?? '').replaceAll(/ \(`\w+`\)/g, '');
  return [where === undefined ? what : `${where}: ${what}`, advice].filter(Boolean).join('\n');
}

const STEPS: Readonly<Record<TabProgress['what'], string>> = {
  loading: 'Loading the model',
  choosing: 'Trying out what computes fastest',
  reading: 'Reading the image',
  predicting: 'Segmenting',
};

function onProgress({ what, done, total }: TabProgress): void {
  const share = total > 0 ? done / total : 0;
  progress.value = share;
  say(what === 'choosing' ? `${STEPS[what]} …` : `${STEPS[what]}: ${Math.floor(100 * share)} %`);
}

/** Takes another model, which is loaded when it is needed. */
function use(chosen: File | URL, about: string): void {
  model?.dispose();
  model = null;
  source = chosen;
  element('model-about').textContent = about;
  element('compute').textContent = '';
  if (!(chosen instanceof File)) return;
  // What the site says is about its own model.
  element('card').hidden = element('example-field').hidden = true;
  element('intended').textContent = 'For research. Not a medical device.';
}

/** Loads the model, unless that is done. @throws the errors of `loadModel` */
async function load(signal: AbortSignal): Promise<BrowserModel> {
  if (model !== null) return model;
  // Where WebAssembly cannot wait for promises, WebGPU takes more to load than it is worth.
  const device = 'Suspending' in WebAssembly ? 'auto' : 'cpu';
  model = await loadModel(source, { worker: 'predict-worker.js', device, signal, onProgress });
  element('compute').textContent = `Computed by ${model.compute}`;
  if (source instanceof File) {
    labels = labelsOf(model);
    const names = labels.map(({ name }) => name).join(', ');
    element('model-about').textContent = `${source.name}${names === '' ? '' : `: ${names}`}`;
  }
  fields.show(model.channelNames, model.needsPreviousStage);
  return model;
}

function labelsOf({ labelNames }: BrowserModel): SiteLabel[] {
  const values = Object.keys(labelNames).map(Number);
  const colors = colorsOf([0, ...values]);
  return values
    .filter((value) => value !== 0)
    .map((value) => ({ value, name: labelNames[value]!, color: cssColor(colors.get(value)!) }));
}

/** Loads the model as soon as all images are chosen, and says what the prediction will take. */
async function prepare(): Promise<void> {
  if (running !== null || fields.files === null) return update();
  element('result').hidden = true;
  await run(tellEstimate);
}

async function tellEstimate(signal: AbortSignal): Promise<void> {
  const loaded = await load(signal);
  if (fields.files === null) return say('Ready. Choose an image.');
  const { images } = fields.files;
  progress.removeAttribute('value');
  say('Estimating the time …');
  const { seconds, memory, maxMemory } = await loaded.estimate(images, { id: images[0]!.name, signal });
  const time = secondsInWords(Math.max(1, seconds));
  say(`Ready. It will take about ${time}, and ${bytesInWords(memory)} of the ${bytesInWords(maxMemory)} of a tab.`);
}

async function predict(): Promise<void> {
  const { images, previous } = fields.files!;
  element('result').hidden = true;
  await run(async (signal) => {
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    const loaded = await load(signal);
    const id = images[0]!.name;
    const result = (
      await loaded.predict(images, { id, previousSegmentation: previous, signal, onProgress, onNotice })
    ).labels();
    const volumes = await labelVolumes(result, labels, namelessLabel);
    say(['Done.', ...notices].join('\n'));
    await showResult({ image: images[0]!, labels: result, volumes });
  });
}

/** Names and colours a label of which the model does not know the name. */
function namelessLabel(value: number): SiteLabel {
  const colors = colorsOf(Array.from({ length: value + 1 }, (_, i) => i));
  return { value, name: `label ${value}`, color: cssColor(colors.get(value)!) };
}

/** Takes files that were dropped: a model, or images in the order of their names. */
function take(files: readonly File[]): void {
  const isModel = (file: File) => /\.(safetensors|zip)$/i.test(file.name);
  if (files.length === 1 && isModel(files[0]!)) return void useFile(files[0]!);
  takeImages([...files].sort((a, b) => (a.name < b.name ? -1 : 1)));
}

/** @param files in the order of the channels */
function takeImages(files: readonly File[]): void {
  const fault = fields.take(files);
  if (fault !== null) say(fault, true);
}

async function useFile(file: File): Promise<void> {
  use(file, file.name);
  await run(tellEstimate);
}

async function takeExample(): Promise<void> {
  const files: File[] = [];
  await run(async (signal) => {
    for (const name of site.example!.files) {
      const response = await fetch(addressOf(name, document.baseURI), { signal });
      if (!response.ok) throw new Error(`${name}: cannot be read (the server answers ${response.status})`);
      files.push(new File([await response.blob()], name.split('/').at(-1)!));
    }
  });
  if (files.length > 0) takeImages(files);
}

/** Offers to load the model that the address of the page names: nothing is read from there before the user says so. */
function offerWanted(address: URL): void {
  element('wanted').hidden = false;
  element('wanted-about').textContent =
    `This page was asked to use a model of another server: ${address.href}. That server will learn that you load it, and nothing else.`;
  element('wanted-load').addEventListener('click', async () => {
    await run(async (signal) => {
      const file = await readAddress(address, {
        signal,
        onProgress: (done, total) => onProgress({ what: 'loading', done, total: Math.max(done, total) }),
      });
      use(file, file.name);
      element('wanted').hidden = true;
      await tellEstimate(signal);
    });
  });
}

async function showSite(): Promise<void> {
  site = (await (await fetch(SITE_FILE)).json()) as SiteDescription;
  const { title, intendedUse, card, example } = site;
  document.title = element('title').textContent = title;
  const wanted = modelInAddress(location.href);
  if (wanted !== null) return offerWanted(wanted);
  element('intended').textContent = intendedUse;
  labels = site.labels;
  const names = labels.map(({ name }) => name).join(', ');
  use(
    new URL(addressOf(site.model.file, document.baseURI)),
    `${names === '' ? '' : `Finds ${names}. `}It is loaded (${bytesInWords(site.model.bytes)}) when an image is chosen.`,
  );
  element('card-rows').append(
    ...card.flatMap((row) =>
      row.map((text, i) => {
        const cell = document.createElement(i === 0 ? 'dt' : 'dd');
        cell.textContent = text;
        return cell;
      }),
    ),
  );
  element('card').hidden = card.length === 0;
  fields.show(site.channels, site.needsPreviousStage);
  if (example !== null) {
    element('example-field').hidden = false;
    element('example-about').textContent = example.origin;
  }
}

function listen(): void {
  element('start').addEventListener('click', () => void predict());
  element('cancel').addEventListener('click', () => running?.abort());
  element('example').addEventListener('click', () => void takeExample());
  const file = element<HTMLInputElement>('model-file');
  file.addEventListener('change', () => file.files?.[0] && void useFile(file.files[0]));
  element('address-form').addEventListener('submit', (event) => {
    event.preventDefault();
    // The policy of a page cannot be widened: another one is opened.
    const page = new URL(location.href);
    page.search = new URLSearchParams({ model: element<HTMLInputElement>('model-address').value }).toString();
    location.assign(page);
  });
  const drop = element('drop');
  for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
    document.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', type === 'dragenter' || type === 'dragover');
      if (type === 'drop' && running === null) take([...(event.dataTransfer?.files ?? [])]);
    });
  }
}

async function start(): Promise<void> {
  const unfit = element('unfit');
  const missing = missingFeatures();
  if (missing.length > 0) {
    unfit.append(` This one has no ${missing.join(', ')}.`);
    return;
  }
  unfit.hidden = true;
  keeping = (await workOffline()).started;
  listen();
  try {
    await showSite();
    element('app').hidden = false;
  } catch (error) {
    unfit.hidden = false;
    unfit.textContent = `The page cannot be loaded: ${inWords(error)}`;
  }
  update();
}

void start();
