import { alternatives, counted, listed } from '@nnunet/errors/internal';
import type { GivenImage } from './given-images.ts';

/** The files of a labelled case. */
export interface LabelledFiles {
  id: string;
  /** One per channel, in their order. */
  images: GivenImage[];
  labels: GivenImage;
}

/** What names of label maps end in, besides those that are called like their case. */
const MARK = /[_\-. ](labels?|seg|segmentation|mask|gt)$/i;
const CHANNEL = /_(\d{4})$/;

/** Files of one case. */
interface Gathered {
  images: Map<number, GivenImage>;
  labels: GivenImage[];
}

/**
 * Puts images and their label maps together by their names: `case_0000.nii.gz`, `case_0001.nii.gz`, … (or, for a model
 * of one channel, `case.nii.gz`) with `case.nii.gz` from a folder `labels…` or beside numbered images, or with
 * `case_labels.nii.gz`, in any format.
 *
 * @param channels names of the model's channels
 * @returns why they do not make cases, in words, or the cases by name
 */
export function pairFiles(
  images: readonly GivenImage[],
  channels: readonly string[],
): { fault: string } | { cases: LabelledFiles[] } {
  if (images.length === 0) return { fault: 'None of these files is an image that can be read here.' };
  const names = new Set(images.map(({ stem }) => stem));
  const labelled = new Set(images.filter(({ path }) => isIn('label', path)).map(({ stem }) => stem));
  const cases = new Map<string, Gathered>();
  for (const image of images) {
    const { path, stem } = image;
    const { id, channel } = roleOf(stem, path, { names, labelled });
    const one = cases.get(id) ?? { images: new Map<number, GivenImage>(), labels: [] };
    cases.set(id, one);
    if (channel === null) one.labels.push(image);
    else if (!one.images.has(channel)) one.images.set(channel, image);
    else return { fault: `${id}: ${one.images.get(channel)!.name} and ${image.name} are images of the same channel.` };
  }
  const sorted = [...cases].sort(([a], [b]) => (a < b ? -1 : 1));
  const faults = sorted.flatMap(([id, one]) => faultOf(id, one, channels) ?? []);
  if (faults.length > 0) return { fault: shortened(faults) };
  return {
    cases: sorted.map(([id, { images, labels }]) => ({
      id,
      images: channels.map((_, channel) => images.get(channel)!),
      labels: labels[0]!,
    })),
  };
}

/** Case of a file, and the channel that it is an image of; null for a label map. */
function roleOf(
  stem: string,
  path: string,
  { names, labelled }: { names: ReadonlySet<string>; labelled: ReadonlySet<string> },
): { id: string; channel: number | null } {
  const base = stem.replace(MARK, '');
  // Cases themselves may be numbered with four digits.
  const whole = names.has(`${base}_0000`) || labelled.has(base);
  const number = whole ? undefined : CHANNEL.exec(base)?.[1];
  const id = whole ? base : base.replace(CHANNEL, '');
  if (base !== stem || isIn('label', path)) return { id, channel: null };
  if (number !== undefined) return { id, channel: Number(number) };
  const isMarked = (name: string) => name !== stem && name.replace(MARK, '') === stem;
  const isImage = isIn('image', path) || (!names.has(`${stem}_0000`) && [...names].some(isMarked));
  return { id, channel: isImage ? 0 : null };
}

function isIn(folder: 'image' | 'label', path: string): boolean {
  return (path.split('/').at(-2) ?? '').toLowerCase().startsWith(folder);
}

function faultOf(id: string, { images, labels }: Gathered, channels: readonly string[]): string | null {
  const ends = channels.map((_, channel) => `_${String(channel).padStart(4, '0')}`);
  if (images.size === 0) {
    const names =
      channels.length === 1 ? [`${id}_0000`, 'the same name in a folder "images"'] : ends.map((end) => id + end);
    return `${labels[0]!.name}: is a label map without its image. Give it, too, named ${channels.length === 1 ? alternatives(names) : listed(names)}.`;
  }
  if (labels.length === 0)
    return `${id}: has no label map. Give it, named ${id} or ${id}_labels, or leave the image out.`;
  if (labels.length > 1)
    return `${id}: has several label maps: ${listed(labels.map(({ name }) => name))}. Keep one of them.`;
  const wrong = images.size !== channels.length || channels.some((_, channel) => !images.has(channel));
  if (!wrong) return null;
  return `${id}: the model needs ${counted(channels.length, 'image')} of each case (${listed(channels)}), whose names end in ${listed(ends)}; found: ${listed([...images.values()].map(({ name }) => name))}.`;
}

/** The first sentences, and how many more there are. */
function shortened(faults: readonly string[]): string {
  const shown = faults.slice(0, 3);
  const more = faults.length - shown.length;
  return [...shown, ...(more > 0 ? [`And ${counted(more, 'other case')} like these.`] : [])].join('\n');
}
