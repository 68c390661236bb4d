import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { MODEL, rootsBelow, writeMadeArchive } from './archive.fixture.ts';
import { installArchive } from './install-archive.ts';
import { installedCards } from './installed-cards.ts';

it('finds the cards of the models of a task, and passes over models without one', async () => {
  const root = temporaryFolder();
  const roots = rootsBelow(root);
  const zipFile = join(root, 'a.zip');
  await writeMadeArchive(zipFile, [{ name: '2d/Task900_Made/T__P/plans.json', text: '{}' }]);
  await installArchive({ roots, zipFile, reporter: listener() });
  const text = 'model_card.md '.repeat(40);
  expect(await installedCards(roots, '900')).toEqual([{ folder: join(root, 'results/nnUNet', MODEL), text }]);
  await expect(installedCards(roots, '901')).rejects.toMatchObject({ tag: 'unknown-task' });
});
