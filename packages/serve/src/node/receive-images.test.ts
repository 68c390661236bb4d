import { existsSync, symlinkSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { receiveImages } from './receive-images.ts';
import { servedFiles } from './served-files.ts';

const form = '--x\r\nContent-Disposition: form-data; name="a"; filename="a.nii"\r\n\r\nabc\r\n--x--\r\n';

it.skipIf(!existsSync('/dev/full')).each([
  ['a body', 'abc', {}],
  ['a form', form, { 'content-type': 'multipart/form-data; boundary=x' }],
])('says that the disk is full for %s (skipped without /dev/full)', async (_, text, headers) => {
  const folder = temporaryFolder();
  symlinkSync('/dev/full', join(folder, '0'));
  const request = Object.assign(Readable.from([Buffer.from(text)]), { headers }) as unknown as IncomingMessage;
  await expect(
    receiveImages(request, { folder, channels: ['MRI'], files: servedFiles(null, ''), maxUpload: 1e6 }),
  ).rejects.toMatchObject({
    tag: 'disk-full',
    where: 'the image',
  });
});
