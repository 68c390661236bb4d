import { Niivue, NVImage, SLICE_TYPE } from '@niivue/niivue';
import { type Control, choice, slider } from './viewer-controls.ts';
import type { ShownFile, ShownVolumes, Viewer } from './viewer-interface.ts';

const VIEWS: Record<string, number> = {
  'Planes and 3D': SLICE_TYPE.MULTIPLANAR,
  Axial: SLICE_TYPE.AXIAL,
  Coronal: SLICE_TYPE.CORONAL,
  Sagittal: SLICE_TYPE.SAGITTAL,
  '3D': SLICE_TYPE.RENDER,
};

/** SHOW_RENDER.ALWAYS, of which NiiVue exports the type alone. */
const ALWAYS = 1;

/** One canvas for all cases: a browser has few WebGL contexts. */
let shared: { canvas: HTMLCanvasElement; niivue: Niivue } | undefined;

async function show(place: HTMLElement, { name, image, reference, prediction, labels }: ShownVolumes): Promise<void> {
  const { canvas, niivue } = await prepare(place);
  for (const volume of [...niivue.volumes]) niivue.removeVolume(volume);
  const colormapLabel = colormap(labels);
  const overlays: [string, ShownFile][] = [['Prediction', prediction]];
  if (reference !== null) overlays.push(['Reference', reference]);
  niivue.addVolume(await read(image, 'image', 'gray'));
  for (const [title, file] of overlays) {
    const overlay = await read(file, title);
    overlay.setColormapLabel(colormapLabel);
    niivue.addVolume(overlay);
  }
  niivue.updateGLVolume();
  canvas.setAttribute('aria-label', `Volume of ${name}; the controls below choose what is shown`);

  const state = { overlay: 'Prediction', opacity: 0.5 };
  const update = () => {
    for (const [i, [title]] of overlays.entries()) {
      niivue.setOpacity(i + 1, title === state.overlay ? state.opacity : 0);
    }
  };
  const controls = [
    choice('View', Object.keys(VIEWS), (view) => niivue.setSliceType(VIEWS[view]!)),
    choice('Labels', [...overlays.map(([title]) => title), 'None'], (overlay) => {
      state.overlay = overlay;
      update();
    }),
    slider('Opacity of labels', { most: 100, value: 50 }, (percent) => {
      state.opacity = percent / 100;
      update();
    }),
    ...positionSliders(niivue),
  ];
  const bar = document.createElement('div');
  bar.className = 'controls';
  bar.append(...controls.map(({ element }) => element));
  place.append(bar);
  niivue.setSliceType(SLICE_TYPE.MULTIPLANAR);
  update();
}

function read(file: ShownFile, title: string, colormap?: string): Promise<NVImage> {
  if (typeof file === 'string') return NVImage.loadFromBase64({ base64: file, name: `${title}.nii.gz`, colormap });
  return NVImage.loadFromFile({ file, name: file.name, colormap });
}

async function prepare(place: HTMLElement): Promise<{ canvas: HTMLCanvasElement; niivue: Niivue }> {
  const canvas = shared?.canvas ?? document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  const frame = document.createElement('div');
  frame.className = 'canvas';
  frame.append(canvas);
  place.append(frame);
  if (shared === undefined) {
    const niivue = new Niivue({
      backColor: [0, 0, 0, 1],
      crosshairColor: [0.95, 0.9, 0.3, 0.9],
      crosshairWidth: 0.5,
      crosshairWidthUnit: 'percent',
      multiplanarShowRender: ALWAYS,
      show3Dcrosshair: true,
      logLevel: 'silent',
    });
    await niivue.attachToCanvas(canvas);
    shared = { canvas, niivue };
  } else {
    shared.niivue.resizeListener();
  }
  return shared;
}

/** Sliders for the crosshair, for those who do not use a pointer; a click into the picture moves them. */
function positionSliders(niivue: Niivue): Control[] {
  const axes = ['Left to right', 'Back to front', 'Bottom to top'];
  const controls = axes.map((title, axis) =>
    slider(title, { most: 100, value: 50 }, (percent) => {
      niivue.scene.crosshairPos[axis] = percent / 100;
      niivue.drawScene();
    }),
  );
  niivue.scene.crosshairPos = [0.5, 0.5, 0.5];
  niivue.onLocationChange = (location) => {
    const { frac } = location as { frac: ArrayLike<number> };
    for (const [axis, { set }] of controls.entries()) set(100 * frac[axis]!);
  };
  return controls;
}

function colormap(labels: ShownVolumes['labels']) {
  const byte = (color: string, at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  const all = [{ value: 0, name: '', color: '#000000' }, ...labels];
  return {
    R: all.map(({ color }) => byte(color, 1)),
    G: all.map(({ color }) => byte(color, 3)),
    B: all.map(({ color }) => byte(color, 5)),
    A: all.map(({ value }) => (value === 0 ? 0 : 255)),
    I: all.map(({ value }) => value),
    labels: all.map(({ name }) => name),
  };
}

window.nnunetViewer = { show } satisfies Viewer;
