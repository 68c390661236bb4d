// The package declares its types at a nonexistent path ("./dist/index-all.d.js").
declare module '@itk-wasm/image-io' {
  type Image = import('../itk-image.ts').ItkImage;
  type Read = (path: string) => Promise<{ couldRead?: boolean; image?: Image }>;
  type Write = (
    image: Image,
    path: string,
    options?: { useCompression?: boolean },
  ) => Promise<{ couldWrite?: boolean }>;
  export const gdcmReadImageNode: Read;
  export const pngReadImageNode: Read;
  export const tiffReadImageNode: Read;
  export const giplWriteImageNode: Write;
  export const metaWriteImageNode: Write;
  export const nrrdWriteImageNode: Write;
}
