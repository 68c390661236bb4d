export { commandNames, main } from './main.ts';
