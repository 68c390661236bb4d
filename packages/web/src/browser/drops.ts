import { byId } from './by-id.ts';
import { droppedFiles, type GivenFile } from './given-files.ts';

export interface DropHandler {
  /** Whether the page does something, so that nothing can be taken. */
  busy(): boolean;
  /** @param forCases whether the files were dropped where labelled cases belong */
  take(files: Promise<GivenFile[]>, forCases: boolean): void;
}

/** Takes what is dropped anywhere on the page, and shows where it would go. */
export function listenForDrops({ busy, take }: DropHandler): void {
  const [drop, dropCases] = [byId('drop'), byId('drop-cases')];
  for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
    document.addEventListener(type, (event) => {
      event.preventDefault();
      const over = type === 'dragenter' || type === 'dragover';
      const forCases = event.target instanceof Element && event.target.closest('#adapt') !== null;
      drop.classList.toggle('over', over && !forCases);
      dropCases.classList.toggle('over', over && forCases);
      if (type !== 'drop' || event.dataTransfer === null) return;
      const isBusy = busy();
      byId(forCases ? 'adapt-refused' : 'refused').textContent = isBusy
        ? 'What you dropped was not taken, since the page is busy. Drop it again when that is done, or stop it first.'
        : '';
      if (!isBusy) take(droppedFiles(event.dataTransfer), forCases);
    });
  }
}
