import { describe, expect, it } from 'vitest';
import { defaultMethod, needsOf, packagesOf, partTask, readOnlyGlobs } from '../../../../src/core/competition/import/mlrc';

const files = ['main.py', 'evaluation.py', 'constants.py', 'train.py', 'methods/__init__.py', 'methods/MyMethod.py', 'methods/BaseMethod.py', 'model/net.py', 'weights.bin', 'data/dev/a.jsonl'].map((path) => ({ path, bytes: 10 }));

describe('a task of MLRC-Bench', () => {
  it('keeps from players what its list names, and what judges in any case', () => {
    const { solution, fixed, data } = partTask(files, 'data/*\nmodel/*\n./main.py\r\n');
    expect(solution).toEqual(['train.py', 'methods/__init__.py', 'methods/MyMethod.py']);
    expect(fixed).toEqual(['main.py', 'evaluation.py', 'constants.py', 'methods/BaseMethod.py', 'model/net.py', 'weights.bin']);
    expect(data).toEqual(['data/dev/a.jsonl']);
  });

  it('without a list lets players change methods/ alone', () => {
    expect(partTask(files, undefined).solution).toEqual(['methods/__init__.py', 'methods/MyMethod.py']);
  });

  it('reads a folder in the list as everything in it', () => {
    expect(readOnlyGlobs('./data/*\n\n# no\nmodel/\nmain.py')).toEqual(['data/**', 'model/**', 'main.py']);
  });

  it('knows what its code asks for', () => {
    const main = 'from MLAgentBench.utils import save_evals\nDEFAULT_METHOD_NAME = "own_method"\n';
    expect(needsOf(new Map([['main.py', main], ['evaluation.py', 'x = 1']]))).toEqual([]);
    const asked = new Map([['main.py', 'print(1)'], ['evaluation.py', 'from kaggle.api.kaggle_api_extended import KaggleApi\nm = AutoModel.from_pretrained("x").to("cuda")\np = os.path.join(MLR_BENCH_DIR, "x")'], ['train.py', '<<<<<<< HEAD\nx = 1\n=======\n']]);
    expect(needsOf(asked).map(({ code, severity }) => [code, severity])).toEqual([['unmerged', 'error'], ['needs_kaggle', 'warning'], ['needs_network', 'warning'], ['needs_gpu', 'info'], ['reads_checkout', 'warning'], ['no_save_evals', 'warning']]);
    // The call may be there as a comment only.
    expect(needsOf(new Map([['main.py', main.replace('from', '#from')]])).map(({ code }) => code)).toEqual(['no_save_evals']);
    expect(defaultMethod(main)).toBe('own_method');
    expect(defaultMethod('')).toBe('my_method');
  });

  it('names the packages of its environment', () => {
    expect(packagesOf('name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.10\n  - numpy=1.26\n  - pip:\n      - torch==2.1\n      - Pandas\n')).toEqual(['numpy', 'torch', 'pandas']);
  });
});
