import { roundHalfEven } from '@nnunet/tensor/internal';
import { GenericPreprocessor, type ResamplingChoice, standardResampling } from './generic-preprocessor.ts';

type Axes = readonly number[];

/** For 2D networks: keeps the slice spacing, and keeps NaN. */
export class PreprocessorFor2D extends GenericPreprocessor {
  protected override replaceNaN = false;

  protected override chooseResampling(shape: Axes, spacing: Axes, target: Axes): ResamplingChoice {
    return standardResampling(shape, spacing, [spacing[0]!, ...target.slice(1)]);
  }
}

/** Resamples images linearly. */
export class GenericPreprocessor_linearResampling extends GenericPreprocessor {
  protected override chooseResampling(shape: Axes, spacing: Axes, target: Axes): ResamplingChoice {
    return { ...standardResampling(shape, spacing, target), dataOrder: 1 };
  }
}

/** Interpolates along the separate axis as well: order 3 for images, 1 for labels. */
export class Preprocessor3DDifferentResampling extends GenericPreprocessor {
  protected override chooseResampling(shape: Axes, spacing: Axes, target: Axes): ResamplingChoice {
    return { ...standardResampling(shape, spacing, target), dataOrderZ: 3, labelOrderZ: 1 };
  }
}

/** Never resamples an axis separately; resamples labels with order 3. */
export class Preprocessor3DBetterResampling extends GenericPreprocessor {
  protected override chooseResampling(shape: Axes, spacing: Axes, target: Axes): ResamplingChoice {
    return { ...standardResampling(shape, spacing, target), separateAxis: null, labelOrder: 3 };
  }
}

/** Keeps the spacing of the first axis. */
export class PreprocessorFor3D_LeaveOriginalZSpacing extends GenericPreprocessor {
  protected override chooseResampling(shape: Axes, spacing: Axes, target: Axes): ResamplingChoice {
    return standardResampling(shape, spacing, [spacing[0]!, ...target.slice(1)]);
  }
}

/** Keeps each case's own spacing. */
export class PreprocessorFor3D_NoResampling extends GenericPreprocessor {
  protected override chooseResampling(shape: Axes, spacing: Axes): ResamplingChoice {
    return standardResampling(shape, spacing, spacing);
  }
}

/** Resizes a single slice so that its shorter edge is 512 pixels. */
export class PreprocessorFor2D_edgeLength512 extends PreprocessorFor2D {
  protected edgeLength = 512;

  protected override chooseResampling(shape: Axes, spacing: Axes, target: Axes): ResamplingChoice {
    const factor = this.edgeLength / Math.min(shape[1]!, shape[2]!);
    const newShape = [1, roundHalfEven(shape[1]! * factor), roundHalfEven(shape[2]! * factor)];
    return { ...super.chooseResampling(shape, spacing, target), newShape, separateAxis: null };
  }
}

/** Resizes a single slice so that its shorter edge is 768 pixels. */
export class PreprocessorFor2D_edgeLength768 extends PreprocessorFor2D_edgeLength512 {
  protected override edgeLength = 768;
}

/** For 8-bit 2D images: divides intensities by 255 and does nothing else. */
export class GenericPreprocessor_scale_uint8_to_0_1 extends PreprocessorFor2D {
  protected override normalize(image: Float32Array): void {
    for (let i = 0; i < image.length; i++) image[i] = image[i]! / 255;
  }
}
