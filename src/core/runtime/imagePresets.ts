/**
 * Image names that a competition or a person may give instead of a full reference. A preset is
 * built once from `media/container/Dockerfile`; any other text is taken as an image reference.
 */
export interface ImagePreset {
  readonly base: string;
  /** Build argument INSTALL of the Dockerfile. */
  readonly install: 'pip' | 'apt' | 'none';
  /** Space-separated; the Dockerfile's own list when absent. */
  readonly packages?: string;
  readonly summary: string;
}

export const imagePresets = {
  cpu: { base: 'python:3.12-slim-bookworm', install: 'pip', summary: 'Python with scikit-learn, pandas and LightGBM' },
  gpu: {
    base: 'pytorch/pytorch:2.7.1-cuda12.6-cudnn9-runtime',
    install: 'pip',
    summary: 'PyTorch with CUDA, scikit-learn, pandas and LightGBM',
  },
  kaggle: { base: 'kaggle/python:latest', install: 'none', summary: "Kaggle's own notebook image (very large)" },
} as const satisfies Record<string, ImagePreset>;

export type ImagePresetName = keyof typeof imagePresets;

export function isImagePreset(name: string): name is ImagePresetName {
  return Object.hasOwn(imagePresets, name);
}
