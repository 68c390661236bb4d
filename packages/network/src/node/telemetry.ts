/**
 * Switches off the telemetry of ONNX Runtime, which version 1.30 for Linux contains, and which leaves logs in the folder for
 * temporary files. Must be called before the first session of the process, and in the main thread: only its environment is
 * that of the process. A value that the user has set stays.
 */
export function switchOffTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
}
