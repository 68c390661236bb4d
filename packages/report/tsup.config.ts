import type { Options } from 'tsup';
import { buildWithPage } from '../../tsup.base.ts';
import { licenseTexts } from './licenses/license-texts.ts';

/** Leaves out numcodecs, 1.4 MB of decompressors for Zarr: the page shows NIfTI alone. */
function withoutCodecs(): NonNullable<Options['esbuildPlugins']>[number] {
  return {
    name: 'without-codecs',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^numcodecs\// }, ({ path }) => ({ path, namespace: 'without-codecs' }));
      onLoad({ filter: /.*/, namespace: 'without-codecs' }, () => ({ contents: 'export default null' }));
    },
  };
}

export default buildWithPage(['page', 'viewer'], [licenseTexts('dist/browser/third-party.txt'), withoutCodecs()]);
