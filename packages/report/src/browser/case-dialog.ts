/** Lets a case be opened in a dialog, which holds the focus until it is closed by its button or Escape. */
export function listenForCases(): void {
  const dialog = document.querySelector('dialog')!;
  const heading = dialog.querySelector('h2')!;
  const body = dialog.querySelector<HTMLElement>('.body')!;
  const find = (name: string) => dialog.querySelector<HTMLButtonElement>(`button.${name}`)!;
  const [previous, next, close] = [find('previous'), find('next'), find('close')];
  const cases = [...document.querySelectorAll<HTMLElement>('article.case')];
  let shown = -1;

  const show = (index: number) => {
    shown = index;
    const article = cases[index]!;
    heading.textContent = article.dataset.name!;
    const parts = article.querySelectorAll(':scope > :is(.about, .remarks, .pictures, .details)');
    body.replaceChildren(...[...parts].map((part) => part.cloneNode(true)));
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
