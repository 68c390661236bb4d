import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import { isSpokenRightly, temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readImage, spacingNotice } from './image-formats.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const temporary = temporaryFolder('nnunet formats tést ');
let count = 0;
let folder: string;
beforeEach(() => {
  folder = join(temporary, String(count++));
  mkdirSync(folder);
});

/** The error's message; its tag must be as given and its place must be named. */
async function refusal(path: string, tag: ErrorTag = 'bad-image'): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const noise = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    const error = await readImage(path).catch((e: unknown) => e);
    expect(isNnUNetError(error, tag), String(error)).toBe(true);
    const place = folder.startsWith(path) ? path : path.replace(/\/$/, '').slice(0, 20);
    expect(isSpokenRightly(error, place), String(error)).toBe(true);
    expect([...log.mock.calls, ...noise.mock.calls]).toEqual([]);
    return (error as Error).message;
  } finally {
    log.mockRestore();
    noise.mockRestore();
  }
}

const copy = (...names: string[]) => {
  for (const name of names) copyFileSync(join(fixtures, name), join(folder, name));
};

describe('images that are refused', () => {
  it.each(['rgb.nrrd', 'rgb.mha', 'rgb.tif'])('%s: colours', async (name) => {
    expect(await refusal(join(fixtures, name))).toMatch(/has 3 numbers per voxel/);
  });

  it('a PNG slice of colours', async () => {
    expect(await refusal(join(fixtures, 'png_rgb/'))).toMatch(/slice_1\.png: has 3 numbers per voxel/);
  });

  it('four axes and skewed axes', async () => {
    expect(await refusal(join(fixtures, 'four_axes.nrrd'))).toMatch(/has 4 axes: 4 x 3 x 2 x 2/);
    expect(await refusal(join(fixtures, 'skewed.nrrd'))).toMatch(/not at right angles/);
  });

  it.each(['oblique_int16.nrrd', 'oblique_int16.mha', 'mirrored_float32.mha', 'float32.tif'])(
    '%s cut short',
    async (name) => {
      const bytes = readFileSync(join(fixtures, name));
      const path = join(folder, name);
      writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.8)));
      expect(await refusal(path)).toMatch(/damaged, cut off/);
      writeFileSync(path, 'nonsense');
      expect(await refusal(path)).toMatch(/damaged, cut off/);
    },
  );

  it.each(['oblique_int16.nrrd', 'mirrored_float32.mha', 'uint16.tif'])(
    '%s cut anywhere is never an image',
    async (name) => {
      const bytes = readFileSync(join(fixtures, name));
      const path = join(folder, name);
      for (let share = 1; share < 20; share += 2) {
        writeFileSync(path, bytes.subarray(0, Math.floor((bytes.length * share) / 20)));
        await refusal(path);
      }
      // without its last byte, which may belong to a checksum or a comment, it is whole or refused
      writeFileSync(path, bytes.subarray(0, bytes.length - 1));
      const whole = await readImage(join(fixtures, name));
      expect(await readImage(path).catch((e) => isNnUNetError(e, 'bad-image') && whole)).toEqual(whole);
    },
  );

  it('what is not there, or of another kind', async () => {
    expect(await refusal(join(folder, 'none.nrrd'), 'missing-file')).toMatch(/none\.nrrd: does not exist/);
    expect(await refusal(join(folder, 'none/'), 'missing-folder')).toMatch(/does not exist/);
    expect(await refusal(join(folder, 'a.jpg'), 'unknown-format')).toMatch(/a\.jpg.*\n.*\.nrrd/);
    expect(await refusal(`${folder}/`)).toMatch(/contains no slices\n/);
    mkdirSync(join(folder, 'SE0001'));
    expect(await refusal(`${folder}/`)).toMatch(
      /contains no slices, but a folder, e\.g\. SE0001\n.*Give the folder in which/,
    );
    mkdirSync(join(folder, 'SE0002'));
    expect(await refusal(`${folder}/`)).toMatch(/but 2 folders, e\.g\./);
  });
});

describe('links and names', () => {
  it('out of the folder are followed, for voxels too', async () => {
    for (const name of ['oblique_int16.nrrd', 'oblique_uint8.mhd', 'oblique_uint8.raw']) {
      symlinkSync(join(fixtures, name), join(folder, name));
    }
    for (const name of ['oblique_int16.nrrd', 'oblique_uint8.mhd']) {
      expect(await readImage(join(folder, name))).toEqual(await readImage(join(fixtures, name)));
    }
    symlinkSync(join(folder, 'nowhere'), join(folder, 'a.nrrd'));
    expect(await refusal(join(folder, 'a.nrrd'), 'missing-file')).toMatch(
      /a\.nrrd: is a link to .*nowhere, which does not exist/,
    );
  });

  it('into a folder of slices are followed, and endings in capitals are taken', async () => {
    for (const name of ['c.dcm', 'IM0001', 'a.dcm', 'b.dcm', 'm.dcm', 'z.dcm']) {
      symlinkSync(join(fixtures, 'dicom_ct', name), join(folder, name));
    }
    expect(await readImage(`${folder}/`)).toEqual(await readImage(join(fixtures, 'dicom_ct/')));
    for (const name of ['oblique_int16.nrrd', 'oblique_int16.mha', 'oblique_uint8.mhd', 'uint16.tif']) {
      const capitals = name.replace(/\.\w+$/, (ending) => ending.toUpperCase());
      copy('oblique_uint8.raw');
      copyFileSync(join(fixtures, name), join(folder, capitals));
      expect(await readImage(join(folder, capitals))).toEqual(await readImage(join(fixtures, name)));
    }
    const stack = join(folder, 'png');
    mkdirSync(stack);
    for (const k of [1, 2]) copyFileSync(join(fixtures, `png_uint16/slice_${k}.png`), join(stack, `S${k}.PNG`));
    expect((await readImage(`${stack}/`)).shape).toEqual([2, 6, 7]);
  });
});

describe('PNG stacks', () => {
  beforeEach(() => cpSync(join(fixtures, 'png_uint8'), folder, { recursive: true }));

  it('name the slice that is missing', async () => {
    unlinkSync(join(folder, 'slice_10.png'));
    expect(await refusal(`${folder}/`)).toMatch(/slice 10 is missing, between slice_9\.png and slice_11\.png/);
    unlinkSync(join(folder, 'slice_9.png'));
    expect(await refusal(`${folder}/`)).toMatch(/slices 9 to 10 are missing/);
  });

  it('are refused with names that do not say the order', async () => {
    copyFileSync(join(folder, 'slice_3.png'), join(folder, 'slice_03.png'));
    expect(await refusal(`${folder}/`)).toMatch(/two slices with the number 3/);
    copyFileSync(join(folder, 'slice_3.png'), join(folder, 'cover.png'));
    expect(await refusal(`${folder}/`)).toMatch(/cover\.png contains no number/);
  });

  it('are refused with spacing files that cannot be used', async () => {
    for (const [text, words] of [
      ['{"spacing": [1, 2]}', /no "spacing" of three positive/],
      ['{"spacing": [1, 2, 0]}', /no "spacing" of three positive/],
      ['{spacing}', /is not JSON/],
      ['{"spacing": [1, 2, 3], "direction": [1]}', /"direction" that is not nine/],
    ] as const) {
      writeFileSync(join(folder, 'spacing.json'), text);
      expect(await refusal(`${folder}/`)).toMatch(words);
    }
  });
});

describe('DICOM folders', () => {
  const ct = (...without: string[]) => {
    cpSync(join(fixtures, 'dicom_ct'), folder, { recursive: true });
    for (const name of without) unlinkSync(join(folder, name));
  };

  it('name the place of a missing slice', async () => {
    ct('a.dcm');
    // the middle of the positions of its neighbours, 3.75 mm from z.dcm's 5 mm on
    expect(await refusal(`${folder}/`)).toMatch(
      /a slice is missing between z\.dcm and m\.dcm \(at -12\.766, 30\.629, 14\.022 mm, instance 3\)/,
    );
  });

  it('count several that are missing', async () => {
    ct('a.dcm', 'z.dcm');
    expect(await refusal(`${folder}/`)).toMatch(/2 slices are missing between IM0001 and m\.dcm.*instance 3 to 4/);
  });

  it('refuse a slice twice', async () => {
    ct();
    copyFileSync(join(folder, 'a.dcm'), join(folder, 'copy.dcm'));
    expect(await refusal(`${folder}/`)).toMatch(/(a|copy)\.dcm and (a|copy)\.dcm have the same position/);
  });

  it('name the series where there are several', async () => {
    const message = await refusal(join(fixtures, 'dicom_two_series/'));
    expect(message).toContain('holds 2 series:');
    expect(message).toContain('- "Arterial", 1.2.3.8: 2 files, e.g. 1.dcm');
    expect(message).toContain('- "Venous", 1.2.3.9: 3 files, e.g. 3.dcm');
  });

  it('refuse a tilted gantry', async () => {
    expect(await refusal(join(fixtures, 'dicom_tilted/'))).toMatch(/offset at 1\d\.\d° to their normal/);
  });

  it('refuse several frames in one file', async () => {
    expect(await refusal(join(fixtures, 'dicom_frames/'))).toMatch(/frames\.dcm: holds 2 frames in one file/);
  });

  it('pass over files of other kinds, but not slices of another kind', async () => {
    ct();
    writeFileSync(join(folder, 'README.txt'), 'text');
    writeFileSync(join(folder, 'DICOMDIR'), 'DICM'.padStart(132, '\0'));
    expect((await readImage(`${folder}/`)).shape).toEqual([6, 6, 7]);
    copyFileSync(join(fixtures, 'png_uint8/slice_1.png'), join(folder, 'slice_1.png'));
    expect(await refusal(`${folder}/`)).toMatch(/contains slices of two kinds/);
  });

  // explicit little endian: tag, two letters, two empty bytes, length in four bytes
  const pixelsAt = (bytes: Buffer) => bytes.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));

  it('refuse a slice with too few pixels, cut short or stated so', async () => {
    ct();
    const path = join(folder, 'b.dcm');
    const bytes = readFileSync(path);
    const at = pixelsAt(bytes);
    expect(bytes.readUInt32LE(at + 8)).toBe(6 * 7 * 2);
    writeFileSync(path, bytes.subarray(0, bytes.length - 10));
    expect(await refusal(`${folder}/`)).toMatch(/b\.dcm: cannot be read: it is cut off within its 7 x 6 pixels/);
    const short = Buffer.from(bytes.subarray(0, bytes.length - 10));
    short.writeUInt32LE(74, at + 8);
    writeFileSync(path, short);
    expect(await refusal(`${folder}/`)).toMatch(
      /b\.dcm: has too few pixels: 7 x 6 pixels need 84 bytes, but there are 74/,
    );
    // rows: (0028,0010), a number of two bytes
    const tall = Buffer.from(bytes);
    tall.writeUInt16LE(60000, tall.indexOf(Buffer.from([0x28, 0x00, 0x10, 0x00, 0x55, 0x53])) + 8);
    writeFileSync(path, tall);
    expect(await refusal(`${folder}/`)).toMatch(/b\.dcm: has too few pixels: 7 x 60000 pixels need 840000 bytes/);
  });

  it('refuse what only looks like DICOM', async () => {
    ct();
    writeFileSync(join(folder, 'extra.dcm'), 'text');
    expect(await refusal(`${folder}/`)).toMatch(/extra\.dcm: cannot be read/);
  });
});

describe('spacingNotice', () => {
  it('speaks where 1 mm is taken, and is silent else', async () => {
    copy('uint16.tif', 'oblique_int16.nrrd');
    const tif = join(folder, 'case_0001.tif');
    copyFileSync(join(folder, 'uint16.tif'), tif);
    expect(await spacingNotice(tif)).toMatch(/case_0001\.tif has no spacing; 1 x 1 x 1 mm.*case_0001\.json/);
    writeFileSync(join(folder, 'case.json'), '{"spacing": [3, 2, 1], "origin": [5, 6, 7]}');
    expect(await spacingNotice(tif)).toBeNull();
    expect(await readImage(tif)).toMatchObject({ spacing: [3, 2, 1], origin: [5, 6, 7] });
    expect(await spacingNotice(join(folder, 'oblique_int16.nrrd'))).toBeNull();
    expect(await spacingNotice(join(fixtures, 'png_uint16/'))).toMatch(
      /png_uint16\/ has no spacing.*spacing\.json in it/,
    );
    expect(await spacingNotice(join(fixtures, 'png_uint8/'))).toBeNull();
    expect(await spacingNotice(join(fixtures, 'dicom_ct/'))).toBeNull();
  });
});
