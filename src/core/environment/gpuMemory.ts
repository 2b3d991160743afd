/**
 * How the libraries say that a card's memory is used up. It is no end of the machine's own memory:
 * the process lives on, and other things help.
 */
const messages: readonly RegExp[] = [
  // PyTorch on NVIDIA, AMD and Apple; CUDA's own words for cudaErrorMemoryAllocation
  /\b(CUDA|HIP|MPS backend|XPU) (error: |error 2: )?out of memory\b/i,
  /\bCU(BLAS|DNN|SPARSE|SOLVER|FFT|RAND)_(STATUS_)?(ALLOC_FAILED|ALLOCATION_FAILED)\b/,
  /\bcudaErrorMemoryAllocation\b|\bCUDA_ERROR_OUT_OF_MEMORY\b/,
  // RAPIDS, LightGBM, CuPy
  /\bout_of_memory: CUDA error\b|\[CUDA\] out of memory\b/i,
  // TensorFlow and JAX; both use the same words for the processor's memory
  /\bOOM when allocating tensor\b[^]*\bdevice:GPU\b|\bby allocator GPU_/,
  /\bRESOURCE_EXHAUSTED\b[^]*\b(device ordinal|GPU)\b/i,
];

/** Classes that say it by themselves, whatever their message. */
const types = /^(torch|cupy)\.(\w+\.)*OutOfMemoryError$/;

/** Whether an exception says that the memory of a GPU is used up. */
export function isGpuOutOfMemory(type: string, message: string): boolean {
  return types.test(type) || messages.some((pattern) => pattern.test(message));
}
