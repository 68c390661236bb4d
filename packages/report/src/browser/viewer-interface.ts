/** What the viewer's script offers to the page's; it is run when a volume is opened for the first time. */
export interface Viewer {
  /** Draws volumes into an element, in place of those before. @throws Error if they cannot be drawn */
  show(place: HTMLElement, volumes: ShownVolumes): Promise<void>;
}

export interface ShownVolumes {
  /** Name of the case. */
  name: string;
  /** Gzipped NIfTI files in base64. */
  image: string;
  reference: string | null;
  prediction: string;
  /** Foreground labels with CSS colours of the form #rrggbb. */
  labels: { value: number; name: string; color: string }[];
}

declare global {
  interface Window {
    nnunetViewer?: Viewer;
  }
}
