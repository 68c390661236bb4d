import { bytesInWords, secondsInWords } from '@nnunet/errors/internal';
import type { BrowserImage, TabProgress } from '@nnunet/inference';
import { modelInAddress } from '../content-policy.ts';
import { labelVolumes } from '../label-volumes.ts';
import { addressOf, SITE_FILE, type SiteDescription } from '../site-description.ts';
import { Adaptation } from './adapt.ts';
import { byId } from './by-id.ts';
import { ChannelFields } from './channel-fields.ts';
import { ChosenModel, namelessLabel, type PageModel } from './chosen-model.ts';
import { readable } from './converted-images.ts';
import { listenForDrops } from './drops.ts';
import { FileIntake } from './file-intake.ts';
import type { GivenFile } from './given-files.ts';
import { type GivenImage, imagesAmong } from './given-images.ts';
import { missingFeatures } from './missing-features.ts';
import { workOffline } from './offline.ts';
import { readAddress } from './read-address.ts';
import { showResult } from './show-result.ts';
import { Thoroughness } from './thoroughness.ts';
import { told } from './told.ts';
import { Work, WorkPlace } from './work.ts';

const place = new WorkPlace('');
const work = new Work(() => update());
const thoroughness = new Thoroughness(() => void prepare());
const fields: ChannelFields = new ChannelFields(byId('channels'), {
  choose: (images, name) => intake.chosenAmong(images, [name]),
  onChange: (fault) => void prepare(fault),
});
const intake: FileIntake = new FileIntake({ place, fields, run, useModel: useFile });
const model = new ChosenModel({
  onProgress,
  onLoad: ({ channelNames, needsPreviousStage }) => fields.show(channelNames, needsPreviousStage),
});

/** The model of the site. */
let site: SiteDescription;
/** The model that was given last; an adapted one takes its place only until the user goes back to it. */
let original: PageModel;
/** Settles when what is loaded is kept for visits without a network. */
let keeping: Promise<void>;
const adaptation = new Adaptation({
  work,
  ready: () => keeping,
  channels: () => fields.channels,
  release: () => model.release(),
  useOriginal: () => {
    model.use(original);
    void prepare();
  },
  useAdapted: (source) => {
    model.use({ source, about: `${source.name}, adapted on this page.` });
    void prepare();
  },
});

function update(): void {
  const { busy } = work;
  byId<HTMLButtonElement>('start').disabled = busy || fields.files === null;
  for (const input of document.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLButtonElement>(
    '#app input, #other button, #steps, #preset, #series select, #series button',
  ))
    input.disabled = busy && input.closest('#viewer') === null;
  byId<HTMLButtonElement>('example').disabled = byId<HTMLButtonElement>('wanted-load').disabled = busy;
  adaptation.update();
}

/** Does something that takes a while and can be cancelled, and says what went wrong. */
function run(what: (signal: AbortSignal) => Promise<void>): Promise<void> {
  return work.run(place, async (signal) => {
    await keeping;
    signal.throwIfAborted();
    await what(signal);
  });
}

const STEPS: Readonly<Record<TabProgress['what'], string>> = {
  loading: 'Loading the model',
  choosing: 'Trying out what computes fastest',
  reading: 'Reading the image',
  predicting: 'Segmenting',
};

function onProgress({ what, done, total }: TabProgress): void {
  const share = total > 0 ? done / total : 0;
  place.show(share);
  place.say(what === 'choosing' ? `${STEPS[what]} …` : `${STEPS[what]}: ${Math.floor(100 * share)} %`);
}

/** @param name the model's title or file name */
function useOriginal(given: PageModel, name: string): void {
  original = given;
  model.use(original);
  adaptation.original = { source: original.source, name };
}

/** Takes the model of a file of the user. */
function useOwn(file: File): void {
  useOriginal({ source: file, about: file.name }, file.name);
  // What the site says is about its own model.
  byId('card').hidden = byId('example-field').hidden = true;
  byId('intended').textContent = 'For research. Not a medical device.';
}

/** The images that are chosen, as the model takes them. */
async function readImages(images: readonly GivenImage[], signal: AbortSignal): Promise<BrowserImage[]> {
  const read: BrowserImage[] = [];
  for (const image of images) {
    if (image.kind !== 'nifti') place.say(`Reading ${image.name} …`);
    read.push(await readable(image, 'image', signal));
  }
  return read;
}

/** Loads the model as soon as all images are chosen, and says what the prediction will take. */
async function prepare(fault: string | null = null): Promise<void> {
  if (fault !== null) place.say(fault, true);
  if (work.busy || fields.files === null) return update();
  byId('result').hidden = true;
  await run(tellEstimate);
}

async function tellEstimate(signal: AbortSignal): Promise<void> {
  const loaded = await model.load(signal);
  if (fields.files === null) return place.say('Ready. Choose an image.');
  const { images } = fields.files;
  place.show(null);
  const read = await readImages(images, signal);
  place.say('Estimating the time …');
  const { seconds, memory, maxMemory } = await loaded.estimate(read, {
    ...thoroughness.optionsFor(loaded),
    id: images[0]!.name,
    signal,
  });
  const time = secondsInWords(Math.max(1, seconds));
  place.say(
    `Ready. It will take about ${time}, and ${bytesInWords(memory)} of the ${bytesInWords(maxMemory)} of a tab.`,
  );
}

async function predict(): Promise<void> {
  const { images, previous } = fields.files!;
  byId('result').hidden = true;
  await run(async (signal) => {
    const notices: string[] = [];
    const onNotice = (text: string) => notices.push(text);
    const loaded = await model.load(signal);
    const id = images[0]!.name;
    const read = await readImages(images, signal);
    const previousSegmentation = previous && (await readable(previous, 'labels', signal));
    const options = { ...thoroughness.optionsFor(loaded), id, previousSegmentation, signal, onProgress, onNotice };
    const result = (await loaded.predict(read, options)).labels();
    const volumes = await labelVolumes(result, model.labels, namelessLabel);
    place.say(['Done.', thoroughness.notice ?? [], notices].flat().join('\n'));
    await showResult({ image: images[0]!, labels: result, volumes });
  });
}

async function takeDropped(dropped: Promise<GivenFile[]>, forCases: boolean): Promise<void> {
  try {
    const files = await dropped;
    if (forCases) await adaptation.take(files);
    else await intake.take(files);
  } catch (error) {
    place.say(told(error), true);
  }
}

async function useFile(file: File): Promise<void> {
  useOwn(file);
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
  if (files.length > 0) await intake.takeImages(await imagesAmong(files.map((file) => ({ path: file.name, file }))));
}

/** Offers to load the model that the address of the page names: nothing is read from there before the user says so. */
function offerWanted(address: URL): void {
  byId('wanted').hidden = false;
  byId('wanted-about').textContent =
    `This page was asked to use a model of another server: ${address.href}. That server will learn that you load it, and nothing else.`;
  byId('wanted-load').addEventListener('click', async () => {
    await run(async (signal) => {
      const file = await readAddress(address, {
        signal,
        onProgress: (done, total) => onProgress({ what: 'loading', done, total: Math.max(done, total) }),
      });
      useOwn(file);
      byId('wanted').hidden = true;
      await tellEstimate(signal);
    });
  });
}

async function showSite(): Promise<void> {
  site = (await (await fetch(SITE_FILE)).json()) as SiteDescription;
  const { title, intendedUse, card, example } = site;
  document.title = byId('title').textContent = title;
  const wanted = modelInAddress(location.href);
  if (wanted !== null) return offerWanted(wanted);
  byId('intended').textContent = intendedUse;
  const names = site.labels.map(({ name }) => name).join(', ');
  const source = new URL(addressOf(site.model.file, document.baseURI));
  const about = `${names === '' ? '' : `Finds ${names}. `}It is loaded (${bytesInWords(site.model.bytes)}) when an image is chosen.`;
  useOriginal({ source, about, labels: site.labels }, title);
  byId('card-rows').append(
    ...card.flatMap((row) =>
      row.map((text, i) => {
        const cell = document.createElement(i === 0 ? 'dt' : 'dd');
        cell.textContent = text;
        return cell;
      }),
    ),
  );
  byId('card').hidden = card.length === 0;
  fields.show(site.channels, site.needsPreviousStage);
  if (example !== null) {
    byId('example-field').hidden = false;
    byId('example-about').textContent = example.origin;
  }
}

function listen(): void {
  byId('start').addEventListener('click', () => void predict());
  byId('cancel').addEventListener('click', () => work.stop());
  byId('example').addEventListener('click', () => void takeExample());
  const file = byId<HTMLInputElement>('model-file');
  file.addEventListener('change', () => file.files?.[0] && void useFile(file.files[0]));
  byId('address-form').addEventListener('submit', (event) => {
    event.preventDefault();
    // The policy of a page cannot be widened: another one is opened.
    const page = new URL(location.href);
    page.search = new URLSearchParams({ model: byId<HTMLInputElement>('model-address').value }).toString();
    location.assign(page);
  });
  listenForDrops({
    busy: () => work.busy,
    take: (files, forCases) => void takeDropped(files, forCases),
  });
}

async function start(): Promise<void> {
  const unfit = byId('unfit');
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
    byId('app').hidden = false;
  } catch (error) {
    unfit.hidden = false;
    unfit.textContent = `The page cannot be loaded: ${told(error)}`;
  }
  update();
}

void start();
