import { loadViewer } from './load-viewer.ts';

/** Lets a case be opened in a dialog, which holds the focus until it is closed by its button or Escape. */
export function listenForCases(): void {
  const dialog = document.querySelector('dialog')!;
  const heading = dialog.querySelector('h2')!;
  const body = dialog.querySelector<HTMLElement>('.body')!;
  const find = (name: string) => dialog.querySelector<HTMLButtonElement>(`button.${name}`)!;
  const [previous, next, close] = [find('previous'), find('next'), find('close')];
  const cases = [...document.querySelectorAll<HTMLElement>('article.case')];
  let shown = -1;
  let turn = Promise.resolve();

  const show = (index: number) => {
    shown = index;
    const article = cases[index]!;
    heading.textContent = article.dataset.name!;
    const parts = article.querySelectorAll(':scope > :is(.about, .remarks, .pictures, .details)');
    body.replaceChildren(...[...parts].map((part) => part.cloneNode(true)));
    const volume = article.querySelector<HTMLElement>('template.volume');
    if (volume !== null) {
      const place = document.createElement('div');
      place.className = 'viewer';
      body.insertBefore(place, body.querySelector('.pictures, .details'));
      place.textContent = 'The volume is being opened.';
      // One after the other: they share a canvas.
      turn = turn.then(() => showVolume(place, article.dataset.name!, volume.dataset));
    }
    previous.disabled = index === 0;
    next.disabled = index === cases.length - 1;
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    heading.focus();
  };

  for (const [i, article] of cases.entries()) {
    for (const part of article.querySelectorAll('.open, .pictures')) part.addEventListener('click', () => show(i));
  }
  previous.addEventListener('click', () => show(shown - 1));
  next.addEventListener('click', () => show(shown + 1));
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    body.replaceChildren();
    cases[shown]!.querySelector<HTMLElement>('.open')!.focus();
  });
}

/** Draws a volume unless another case was opened since, or says why there is none; the pictures of its slices are there in any case. */
async function showVolume(place: HTMLElement, name: string, data: DOMStringMap): Promise<void> {
  const { image, reference, prediction } = data as { image: string; reference: string; prediction: string };
  const labels = JSON.parse(document.querySelector<HTMLElement>('template.viewer')!.dataset.labels!);
  if (!place.isConnected) return;
  try {
    const viewer = await loadViewer();
    place.textContent = '';
    await viewer.show(place, { name, image, prediction, labels, reference: reference === '' ? null : reference });
  } catch (error) {
    place.textContent = `This browser cannot draw the volume (${(error as Error).message}); its slices are shown as pictures.`;
  }
}
