/** A frame of itk-wasm's or of one of its packages' files. */
const ITK_FRAME = /[\\/]@?itk-wasm[\\/]/;

/** Runs something while what itk-wasm prints does not reach the console; what others print meanwhile does. */
export async function withoutItkNoise<T>(work: () => Promise<T>): Promise<T> {
  const { log, error } = console;
  const filter =
    (print: typeof log): typeof log =>
    (...line) => {
      if (!ITK_FRAME.test(new Error().stack ?? '')) print.apply(console, line);
    };
  console.log = filter(log);
  console.error = filter(error);
  try {
    return await work();
  } finally {
    console.log = log;
    console.error = error;
  }
}
