export type { ArchiveLimits } from './archive-rules.ts';
export { type Catalogue, exportCatalogue, formatCatalogue, modelNamed, readCatalogue } from './catalogue.ts';
export type { CataloguedModel, ModelSource } from './catalogued-model.ts';
export { type ChangeTrainerClassOptions, changeTrainerClass } from './change-trainer-class.ts';
export { type DownloadModelsOptions, downloadAndInstall, downloadModel } from './download-models.ts';
export { type ExportModelsOptions, exportModels } from './export-models.ts';
export { type ExportOnnxOptions, exportOnnx } from './export-onnx.ts';
export { type InstallArchiveOptions, type InstalledModels, installArchive } from './install-archive.ts';
export { type InstalledCard, installedCards } from './installed-cards.ts';
