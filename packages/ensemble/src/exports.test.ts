import { expect, it } from 'vitest';
import * as pure from './index.ts';
import * as node from './node/index.ts';

it('exports these names', () => {
  expect({ pure: Object.keys(pure).sort(), node: Object.keys(node).sort() }).toMatchSnapshot();
});
