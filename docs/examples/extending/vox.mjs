/** Images of our scanner: a line of JSON with the shape and the spacing, then 16-bit voxels, x fastest. */
export const vox = {
  extensions: ['.vox'],
  /** @param {Uint8Array} bytes of the whole file; `where` is its name */
  async read(bytes, { where }) {
    const header = bytes.subarray(0, bytes.indexOf(10));
    const { shape, spacing } = JSON.parse(new TextDecoder().decode(header));
    const voxels = shape.reduce((a, b) => a * b, 1);
    const stored = new DataView(bytes.buffer, bytes.byteOffset + header.length + 1, bytes.length - header.length - 1);
    if (stored.byteLength !== 2 * voxels) throw new Error(`${where} has ${stored.byteLength} bytes of voxels`);
    const data = Float32Array.from({ length: voxels }, (_, i) => stored.getInt16(2 * i, true));
    // Shape and spacing (mm) are (z, y, x); origin and direction (x, y, z), as in ITK.
    return { data, shape, spacing, origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  },
};
