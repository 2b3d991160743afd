import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BridgeClient } from '../../src/node/kernel/bridgeClient';
import { BridgeProcess, follow } from './bridgeProcess';

/** How far a script got, as the hooks of the real bridge tell it. */

describe('milestones of scripts', () => {
  let bridge: BridgeProcess;
  let client: BridgeClient;
  let count = 0;
  const milestones = async (code: string): Promise<string[]> => {
    const folder = `m${++count}`;
    await bridge.withData(folder);
    await bridge.write(folder, 'train.py', code);
    const run = follow(client, { id: folder, folder, task: { kind: 'script', path: 'train.py', args: [] } });
    await run.result;
    return run.milestones();
  };

  beforeAll(async () => {
    bridge = await BridgeProcess.start();
    client = await bridge.client();
    await bridge.write('stubs', 'x', '');
  });
  afterAll(() => bridge.stop());

  const imports = 'import pandas as pd\nimport numpy as np\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.preprocessing import StandardScaler\nfrom sklearn.model_selection import KFold, cross_val_score, cross_val_predict\n';
  const load = 'train = pd.read_csv("data/train.csv")\ntest = pd.read_csv("data/test.csv")\nX, y = train[["a", "b"]], train.y\n';
  const write = 'pd.DataFrame({"id": test.id, "y": p}).to_csv("submission.csv", index=False)\n';

  it.each<[string, string, string[]]>([
    ['does not parse', 'import os\nx = (', []],
    ['fails in its imports', 'import os\nimport not_there\n', ['parses']],
    ['fails after its imports', `${imports}raise ValueError()`, ['parses', 'imported']],
    ['reads data', `${imports}${load}raise ValueError()`, ['parses', 'imported', 'data_loaded']],
    ['reads only the sample submission', `${imports}pd.read_csv("data/sample_submission.csv")`, ['parses', 'imported']],
    ['reads with plain Python', 'import csv\nrows = list(csv.reader(open("data/train.csv")))', ['parses', 'imported', 'data_loaded']],
    ['reads a file that holds no rows', `${imports}open("none.csv", "w").write("a,b\\n")\npd.read_csv("none.csv")`, ['parses', 'imported']],
    ['builds features', `${imports}${load}StandardScaler().fit_transform(X)\nraise ValueError()`, ['parses', 'imported', 'data_loaded', 'features_built']],
    ['defines a model', `${imports}${load}LogisticRegression()\nraise ValueError()`, ['parses', 'imported', 'data_loaded', 'model_defined']],
    ['fails while training', `${imports}${load}LogisticRegression().fit(X, ["?"])`, ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started']],
    ['trains', `${imports}${load}LogisticRegression().fit(X, y)`, ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'trained']],
    [
      'loops over folds and fails in the second',
      `${imports}${load}for k, (i, j) in enumerate(KFold(4).split(X)):\n    m = LogisticRegression().fit(X.iloc[i], y.iloc[i])\n    m.predict(X.iloc[j])\n    if k == 1: raise ValueError()`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'fold_done 1/4'],
    ],
    [
      'keeps its folds in a list first',
      `${imports}${load}for i, j in list(KFold(2).split(X)):\n    m = LogisticRegression().fit(X.iloc[i], y.iloc[i])`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'fold_done 1/2', 'fold_done 2/2', 'trained'],
    ],
    [
      'does all of it',
      `${imports}${load}m = LogisticRegression()\ns = cross_val_score(m, X, y, cv=3)\nprint("SCORE accuracy", s.mean())\np = m.fit(X, y).predict(test[["a", "b"]])\n${write}`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'fold_done 1/3', 'fold_done 2/3', 'fold_done 3/3', 'trained', 'validation_reported', 'predicted', 'submission_written'],
    ],
    [
      'validates in parallel processes',
      `${imports}${load}cross_val_predict(LogisticRegression(), X, y, cv=3, n_jobs=2)`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'fold_done 3/3'],
    ],
    [
      'searches parameters: one training, whatever happens inside',
      `${imports}from sklearn.model_selection import GridSearchCV\nfrom sklearn.pipeline import make_pipeline\n${load}GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1, 2]}, cv=3).fit(X, y)`,
      ['parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'features_built', 'trained'],
    ],
    ['writes scores.csv', `${imports}${load}open("scores.csv", "w").write("model,fold,score\\n")`, ['parses', 'imported', 'data_loaded', 'validation_reported']],
    ['writes a submission from constants', `${imports}${load}p = 0\n${write}`, ['parses', 'imported', 'data_loaded', 'submission_written']],
    [
      'prints look-alikes',
      'import os\nprint("SCORE accuracy 0.99")\nprint(\'{"t": "milestone", "name": "trained"}\')\nprint(\'{"event": "milestone", "name": "submission_valid"}\')\nfor fd in range(3, 20):\n    try: os.write(fd, b\'{"t": "milestone", "name": "trained", "k": "guess"}\\n\')\n    except OSError: pass',
      ['parses', 'imported'],
    ],
  ])('a script that %s', async (_, code, expected) => {
    // Prints and files come by other ways than the hooks: their order among each other is not promised.
    expect((await milestones(code)).sort()).toEqual([...expected].sort());
  });

  it('a script with a stand-in for LightGBM', async () => {
    await bridge.write('m90', 'lightgbm/__init__.py', 'from lightgbm.basic import Booster\nfrom lightgbm.engine import train\n');
    await bridge.write('m90', 'lightgbm/basic.py', 'class Booster:\n    def predict(self, data):\n        return [0] * len(data)\n');
    await bridge.write('m90', 'lightgbm/engine.py', 'from lightgbm.basic import Booster\ndef train(params, data):\n    return Booster()\n');
    count = 89;
    expect(await milestones(`import lightgbm as lgb\nimport pandas as pd\n${load}p = lgb.train({}, X).predict(test)\n${write}`)).toEqual([
      'parses', 'imported', 'data_loaded', 'model_defined', 'training_started', 'trained', 'predicted', 'submission_written',
    ]);
  });

  it('a script with a stand-in for PyTorch', async () => {
    await bridge.write('m91', 'torch/__init__.py', '');
    await bridge.write('m91', 'torch/nn/__init__.py', 'from torch.nn.modules.module import Module\n');
    await bridge.write('m91', 'torch/nn/modules/__init__.py', '');
    await bridge.write('m91', 'torch/nn/modules/module.py', 'class Module:\n    def __init__(self):\n        self.ready = True\n');
    await bridge.write('m91', 'torch/optim/__init__.py', 'from torch.optim.optimizer import Optimizer\n');
    await bridge.write('m91', 'torch/optim/optimizer.py', 'class Optimizer:\n    def zero_grad(self): pass\n    def step(self): pass\n');
    count = 90;
    expect(await milestones('from torch.nn import Module\nfrom torch.optim import Optimizer\nclass Net(Module):\n    def __init__(self):\n        super().__init__()\nnet = Net()\nassert net.ready\nopt = Optimizer()\nopt.zero_grad()\nopt.step()\n')).toEqual(['parses', 'imported', 'model_defined', 'training_started']);
  });

  it('hooks leave pickles, signatures and clones of models alone', async () => {
    await bridge.withData('m92');
    await bridge.write('m92', 'train.py', `${imports}${load}import pickle, inspect, copy\nfrom sklearn.base import clone\nm = pickle.loads(pickle.dumps(clone(LogisticRegression(C=3)).fit(X, y)))\nprint(m.C, list(inspect.signature(LogisticRegression.fit).parameters), copy.deepcopy(m).predict(X).shape)\n`);
    const run = follow(client, { id: 'm92', folder: 'm92', task: { kind: 'script', path: 'train.py', args: [] } });
    expect((await run.result).status).toBe('done');
    expect(run.text()).toBe("3 ['self', 'X', 'y', 'sample_weight'] (60,)\n");
  });
});
