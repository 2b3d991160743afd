import { describe, expect, it } from 'vitest';
import { failureOfJob } from '../../../src/core/environment/failure';
import { isGpuOutOfMemory } from '../../../src/core/environment/gpuMemory';

const facts = { columns: [], files: [], libraries: [] };
const allocated = 'GPU 0 has a total capacity of 14.58 GiB of which 4.56 MiB is free. Including non-PyTorch memory, this process has 14.57 GiB memory in use.';

/** Class and message as the libraries raise them. */
const ofGpu: readonly [string, string][] = [
  ['torch.OutOfMemoryError', `CUDA out of memory. Tried to allocate 20.00 MiB. ${allocated}`],
  ['torch.cuda.OutOfMemoryError', `CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 15.78 GiB total capacity; 12.31 GiB already allocated; 1.05 GiB free; 13.47 GiB reserved in total by PyTorch)`],
  ['RuntimeError', 'CUDA out of memory. Tried to allocate 1024.00 MiB (GPU 0; 7.79 GiB total capacity)'],
  ['RuntimeError', 'CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.'],
  ['RuntimeError', 'CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`'],
  ['RuntimeError', 'cuDNN error: CUDNN_STATUS_ALLOC_FAILED'],
  ['torch.OutOfMemoryError', `HIP out of memory. Tried to allocate 256.00 MiB. ${allocated}`],
  ['RuntimeError', 'MPS backend out of memory (MPS allocated: 8.50 GB, other allocations: 384.00 KB, max allowed: 9.07 GB). Tried to allocate 1.00 GB on private pool.'],
  ['tensorflow.python.framework.errors_impl.ResourceExhaustedError', '{{function_node __wrapped__Mul}} OOM when allocating tensor with shape[65536,65536] and type float on /job:localhost/replica:0/task:0/device:GPU:0 by allocator GPU_0_bfc [Op:Mul]'],
  ['jaxlib.xla_extension.XlaRuntimeError', 'RESOURCE_EXHAUSTED: Failed to allocate request for 16.00GiB (17179869184B) on device ordinal 0'],
  ['xgboost.core.XGBoostError', '[12:01:33] /workspace/src/tree/updater_gpu_hist.cu:861: Exception in gpu_hist: Memory allocation error on worker 0: std::bad_alloc: cudaErrorMemoryAllocation: out of memory'],
  ['lightgbm.basic.LightGBMError', '[CUDA] out of memory /tmp/lightgbm/src/treelearner/cuda/cuda_single_gpu_tree_learner.cpp 49'],
  ['_catboost.CatBoostError', 'catboost/cuda/cuda_lib/cuda_base.h:281: CUDA error 2: out of memory'],
  ['MemoryError', 'std::bad_alloc: out_of_memory: CUDA error at: /opt/conda/include/rmm/mr/device/cuda_memory_resource.hpp:70: cudaErrorMemoryAllocation out of memory'],
  ['cupy.cuda.memory.OutOfMemoryError', 'Out of memory allocating 8,000,000,000 bytes (allocated so far: 16,000,000 bytes).'],
  ['numba.cuda.cudadrv.driver.CudaAPIError', '[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY'],
];

/** The machine's own memory, or no want of memory at all. */
const ofOthers: readonly [string, string][] = [
  ['MemoryError', 'Unable to allocate 7.28 TiB for an array with shape (1000000000000,) and data type float64'],
  ['tensorflow.python.framework.errors_impl.ResourceExhaustedError', 'OOM when allocating tensor with shape[65536,65536] and type float on /job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu [Op:Mul]'],
  ['jaxlib.xla_extension.XlaRuntimeError', 'RESOURCE_EXHAUSTED: Out of memory allocating 17179869184 bytes.'],
  ['RuntimeError', '[enforce fail at alloc_cpu.cpp:114] data. DefaultCPUAllocator: not enough memory: you tried to allocate 4000000000000 bytes.'],
  ['RuntimeError', 'CUDA error: device-side assert triggered'],
  ['RuntimeError', 'Found no NVIDIA driver on your system.'],
  ['ValueError', 'The column "GPU memory" is out of range.'],
];

describe('want of GPU memory', () => {
  it.each(ofGpu)('is recognised in %s: %s', (type, message) => expect(isGpuOutOfMemory(type, message)).toBe(true));
  it.each(ofOthers)('is not seen in %s: %s', (type, message) => expect(isGpuOutOfMemory(type, message)).toBe(false));

  it('is a failure of its own, with place and help, whatever status the library\'s exception led to', () => {
    const [type, message] = ofGpu[0] ?? ['', ''];
    const exception = { type, message, frames: [{ file: 'train.py', line: 7, source: 'x = model(batch)' }] };
    for (const status of ['failed', 'out_of_memory'] as const) {
      const failure = failureOfJob({ status, exitCode: 1, seconds: 3, peakMemoryMb: 900, exception }, 60, 'a1', new Set(['train.py']), facts);
      expect(failure).toMatchObject({ type: 'gpu_out_of_memory', message, place: { file: 'train.py', line: 7 } });
      expect(failure?.hints[0]).toContain('Halve the batch');
    }
  });

  it('is not told of a job that was killed over the machine\'s memory', () => {
    expect(failureOfJob({ status: 'out_of_memory', exitCode: 137, seconds: 3 }, 60, 'a1', new Set(), facts)?.type).toBe('out_of_memory');
  });
});
