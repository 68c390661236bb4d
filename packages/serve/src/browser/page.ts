import { readEvents } from './read-events.ts';

/** A model, as GET /models describes it. */
interface Model {
  name: string;
  trainer: string;
  configuration: string;
  folds: number;
  channels: string[];
  labels: { value: number; name: string; color: string }[];
  severalPerFile: boolean;
  imageEndings: string[];
  labelFormats: string[];
}

interface Volume {
  value: number;
  name: string;
  color: string | null;
  voxels: number;
  /** null where pixels have no size */
  ml: number | null;
}

/** Data of the events that POST /predict answers. */
interface EventData {
  ahead?: number;
  share?: number;
  secondsLeft?: number | null;
  volumes?: Volume[];
  spacingAssumed?: boolean;
  labels?: string;
  error?: { what: string; where: string | null; remedy: string | null };
}

const element = <T extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as T;
const form = element<HTMLFormElement>('form');
const chooser = element<HTMLSelectElement>('model');
const format = element<HTMLSelectElement>('format');
const drop = element('drop');
const status = element('status');
const progress = element<HTMLProgressElement>('progress');
const download = element<HTMLAnchorElement>('download');

/** Images of most models. */
const PLACED = 'NIfTI, NRRD, MetaImage (.mha) or TIFF files, or the slices of a DICOM series in a zip archive';

let models: Model[] = [];
/** Chosen files of the model's channels. */
let chosen: (File | undefined)[] = [];
let running: AbortController | null = null;

function say(text: string, bad = false): void {
  status.textContent = text;
  status.classList.toggle('bad', bad);
}

function model(): Model {
  return models[chooser.selectedIndex]!;
}

/** Shows a field for each channel of the chosen model. */
function showModel(): void {
  const { trainer, configuration, folds, labels, imageEndings, labelFormats, severalPerFile } = model();
  const channels = severalPerFile ? [model().channels.join(', ')] : model().channels;
  const averaged = folds === 1 ? '' : `, ${folds} folds`;
  const names = labels.map(({ name }) => name).join(', ');
  element('model-about').textContent =
    `${configuration}, ${trainer}${averaged}${names === '' ? '' : `. Labels: ${names}`}`;
  const placed = imageEndings.includes('.nii');
  element('hint').textContent = `Drop images here, or choose them: ${placed ? PLACED : imageEndings.join(', ')}.`;
  format.replaceChildren(...labelFormats.map((end) => new Option(`.${end}`, end)));
  chosen = channels.map(() => undefined);
  element('channels').replaceChildren(
    ...channels.map((name, channel) => {
      const row = document.createElement('div');
      row.className = 'channel';
      const label = document.createElement('label');
      label.htmlFor = `channel-${channel}`;
      label.textContent = name;
      const input = document.createElement('input');
      input.type = 'file';
      input.id = label.htmlFor;
      input.accept = imageEndings.join();
      input.multiple = severalPerFile;
      input.addEventListener('change', () =>
        severalPerFile ? chooseAll(input.files!) : choose(channel, input.files?.[0]),
      );
      row.append(label, input);
      return row;
    }),
  );
  update();
}

/** Chooses files of which each may hold several channels, in the order of their names. */
function chooseAll(files: Iterable<File>): void {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  chosen = sorted.length === 0 ? [undefined] : sorted;
  update();
}

function choose(channel: number, file: File | undefined): void {
  chosen[channel] = file;
  update();
}

/** Gives dropped files to the channels, in the order of their names. */
function take(files: readonly File[]): void {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (model().severalPerFile) {
    const list = new DataTransfer();
    for (const file of sorted) list.items.add(file);
    element<HTMLInputElement>('channel-0').files = list.files;
    chooseAll(sorted);
    say('');
    return;
  }
  if (sorted.length !== chosen.length) {
    const needed = `The model needs ${chosen.length === 1 ? 'one image' : `${chosen.length} images`}`;
    say(
      `${needed} (${model().channels.join(', ')}), but ${sorted.length === 1 ? '1 file was' : `${sorted.length} files were`} dropped.`,
      true,
    );
    return;
  }
  for (const [channel, file] of sorted.entries()) {
    const list = new DataTransfer();
    list.items.add(file);
    element<HTMLInputElement>(`channel-${channel}`).files = list.files;
    choose(channel, file);
  }
  say('');
}

function update(): void {
  element<HTMLButtonElement>('predict').disabled = running !== null || chosen.includes(undefined);
  element('cancel').hidden = running === null;
  element('progress-field').hidden = running === null;
}

async function predict(): Promise<void> {
  running = new AbortController();
  element('result').hidden = true;
  progress.removeAttribute('value');
  say('Sending the image …');
  update();
  try {
    const body = new FormData();
    for (const file of chosen) body.append('image', file!);
    const asked = new URLSearchParams({ model: model().name, format: format.value });
    const response = await fetch(`/predict?${asked}`, {
      method: 'POST',
      headers: { accept: 'text/event-stream' },
      body,
      signal: running.signal,
    });
    if (!response.ok) return fail((await response.json()) as EventData);
    for await (const { event, data } of readEvents(response.body!)) {
      if (show(event, JSON.parse(data) as EventData, asked.get('format')!)) return;
    }
    say('The connection ended before the label map was done. Try again.', true);
  } catch (error) {
    const stopped = running.signal.aborted;
    say(stopped ? 'Cancelled.' : `The server cannot be reached: ${(error as Error).message}`, !stopped);
  } finally {
    running = null;
    update();
  }
}

/** Shows an event; returns whether it is the last. @param end of the label map's name */
function show(event: string, data: EventData, end: string): boolean {
  if (event === 'waiting')
    say(data.ahead === 1 ? 'Waiting; 1 image is before it.' : `Waiting; ${data.ahead} images are before it.`);
  if (event === 'progress') {
    progress.value = data.share!;
    const left = data.secondsLeft;
    say(`Predicting: ${Math.round(100 * data.share!)} %${left == null ? '' : `, about ${duration(left)} left`}`);
  }
  if (event === 'error') fail(data);
  if (event === 'done') finish(data, end);
  return event === 'error' || event === 'done';
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 90 ? `${whole} s` : `${Math.round(whole / 60)} min`;
}

function fail({ error }: EventData): void {
  const { what, where, remedy } = error!;
  say([where === null ? what : `${where}: ${what}`, remedy ?? ''].filter(Boolean).join('\n'), true);
}

function finish({ volumes, spacingAssumed, labels }: EventData, end: string): void {
  element('volumes').replaceChildren(
    ...volumes!.map(({ value, name, color, voxels, ml }) => {
      const row = document.createElement('tr');
      const swatch = document.createElement('span');
      swatch.className = 'swatch';
      if (color !== null) swatch.style.background = color;
      const cells = [String(value), name, ml === null ? String(voxels) : ml.toFixed(2)].map((text) => {
        const cell = document.createElement('td');
        cell.textContent = text;
        return cell;
      });
      cells[0]!.prepend(swatch);
      cells[2]!.className = 'number';
      row.append(...cells);
      return row;
    }),
  );
  const flat = volumes!.some(({ ml }) => ml === null);
  element('result-title').textContent = flat ? 'Areas' : 'Volumes';
  element('size').textContent = flat ? 'Area in pixels' : 'Volume in ml';
  const bytes = Uint8Array.from(atob(labels!), (character) => character.charCodeAt(0));
  URL.revokeObjectURL(download.href);
  download.href = URL.createObjectURL(new Blob([bytes]));
  const stem = chosen[0]!.name.replace(/((\.nii)?(\.gz)?|\.nrrd|\.mha|\.tiff?|\.png|\.bmp|\.zip|\.dcm)$/i, '');
  download.download = `${stem}_labels.${end}`;
  element('result').hidden = false;
  say(spacingAssumed ? 'Done. The image has no spacing: 1 mm is assumed, on which the volumes depend.' : 'Done.');
}

async function start(): Promise<void> {
  const answer = (await (await fetch('/models')).json()) as { models: Model[] };
  models = answer.models;
  chooser.replaceChildren(...models.map(({ name }) => new Option(name)));
  element('model-field').hidden = models.length < 2;
  showModel();
}

chooser.addEventListener('change', showModel);
element('cancel').addEventListener('click', () => running?.abort());
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void predict();
});
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', type === 'dragenter' || type === 'dragover');
    if (type === 'drop' && running === null) take([...(event.dataTransfer?.files ?? [])]);
  });
}
start().catch((error: Error) => say(`The server cannot be reached: ${error.message}`, true));
