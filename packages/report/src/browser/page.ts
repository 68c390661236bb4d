import { listenForCases } from './case-dialog.ts';
import { listenForTheme } from './theme.ts';

// The script of the page. Without it the page shows everything but volumes.
document.documentElement.classList.add('script');
listenForTheme();
listenForCases();
window.addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('main details')) details.setAttribute('open', '');
});
