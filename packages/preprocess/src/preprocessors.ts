export {
  GenericPreprocessor_linearResampling,
  GenericPreprocessor_scale_uint8_to_0_1,
  Preprocessor3DBetterResampling,
  Preprocessor3DDifferentResampling,
  PreprocessorFor2D,
  PreprocessorFor2D_edgeLength512,
  PreprocessorFor2D_edgeLength768,
  PreprocessorFor3D_LeaveOriginalZSpacing,
  PreprocessorFor3D_NoResampling,
} from './preprocessor-variants.ts';
