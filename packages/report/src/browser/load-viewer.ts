import type { Viewer } from '@nnunet/web/internal';

/**
 * Unpacks the viewer's script, which the page contains as data, and runs it: only who opens a volume waits for it.
 *
 * @throws Error if the browser has no WebGL 2
 */
export async function loadViewer(): Promise<Viewer> {
  if (window.nnunetViewer !== undefined) return window.nnunetViewer;
  if (document.createElement('canvas').getContext('webgl2') === null) throw new Error('no WebGL 2');
  const packed = document.querySelector<HTMLElement>('template.viewer')!.dataset.script!;
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const script = document.createElement('script');
  script.textContent = await new Response(stream).text();
  document.body.append(script);
  return window.nnunetViewer!;
}
