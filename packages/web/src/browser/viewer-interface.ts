/** What the viewer's script offers to the page's; it is run when a volume is opened for the first time. */
export interface Viewer {
  /** Draws volumes into an element, in place of those before. @throws Error if they cannot be drawn */
  show(place: HTMLElement, volumes: ShownVolumes): Promise<void>;
}

/** A NIfTI file, or a gzipped one in base64. */
export type ShownFile = File | string;

export interface ShownVolumes {
  /** Name of the case. */
  name: string;
  image: ShownFile;
  reference: ShownFile | null;
  prediction: ShownFile;
  /** Foreground labels with CSS colours of the form #rrggbb. */
  labels: { value: number; name: string; color: string }[];
}

declare global {
  interface Window {
    nnunetViewer?: Viewer;
  }
}
