/** Name of the file in the site that describes it. */
export const SITE_FILE = 'site.json';

/** A label as the page shows it. */
export interface SiteLabel {
  value: number;
  name: string;
  /** `#rrggbb` */
  color: string;
}

/** What the page tells about the model that is part of its site. Stored as site.json. */
export interface SiteDescription {
  format: 'nnunet-site';
  version: 1;
  title: string;
  /** What the model is meant for, in words of whoever publishes the page. */
  intendedUse: string;
  /** Name of the file with the model, as `loadModel` of @nnunet/inference reads it, and its size. */
  model: { file: string; bytes: number };
  /** Names of the images of a case, in order. */
  channels: string[];
  /** Whether a cascade's first stage is needed, too. */
  needsPreviousStage: boolean;
  /** Foreground labels whose names the model knows. */
  labels: SiteLabel[];
  /** What is known about the model, in rows of a name and a text. */
  card: [name: string, text: string][];
  /** An image to try the model with: a file per channel, in their order, and where it comes from. */
  example: { files: string[]; origin: string } | null;
}

/** Returns the address of a file of the site, in whose name all characters stand for themselves. */
export function addressOf(file: string, site: string): string {
  return new URL(file.split('/').map(encodeURIComponent).join('/'), site).href;
}
