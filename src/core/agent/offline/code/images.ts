import { has, type Recipe } from '../recipe';
import type { Pictures, Task } from '../task';
import { clipped, isClassOutput } from './frame';
import { indent, quote, type Section } from './sections';

/** Templates for small pictures: grey pixels as numbers, and models that do not need a GPU. */

const number = (value: number): string => String(Number(value.toPrecision(4)));

/** Reads a picture with Pillow, whatever its format; one of another size is scaled. */
const pillowReader = `def read_picture(path):
    """Brightness of a picture, 0 black to 1 white, as HEIGHT rows of WIDTH pixels."""
    with Image.open(path) as image:
        grey = image.convert("L")
        if grey.size != (WIDTH, HEIGHT):
            grey = grey.resize((WIDTH, HEIGHT))
        return np.asarray(grey, dtype=float) / 255`;

/** Reads a PNG file without Pillow. */
const pngReader = `def undo_filter(lines, step):
    """The bytes of each line: PNG stores how they differ from those to the left and above."""
    rows = np.zeros((len(lines) + 1, lines.shape[1] - 1 + step), dtype=int)
    for y, (kind, *line) in enumerate(lines.tolist()):
        row, above = rows[y + 1], rows[y]
        if kind == 0:
            row[step:] = line
            continue
        for x, value in enumerate(line):
            left, up, corner = row[x], above[x + step], above[x]
            # The neighbour that is closest to left + up - corner (Paeth).
            nearest = min((left, up, corner), key=lambda near: abs(left + up - corner - near))
            row[x + step] = (value + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
    return rows[1:, step:].astype(np.uint8)


def read_picture(path):
    """Brightness of a PNG picture, 0 black to 1 white, as HEIGHT rows of WIDTH pixels.

    Pillow is not installed here. A PNG file is a row of chunks: length, kind, content, checksum.
    """
    content = Path(path).read_bytes()
    position, packed = 8, b""
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        chunk = content[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunk)
        elif kind == b"PLTE":
            palette = np.frombuffer(chunk, dtype=np.uint8).reshape(-1, 3)
        elif kind == b"IDAT":
            packed += chunk
        position += length + 12
    if (width, height) != (WIDTH, HEIGHT) or interlaced:
        raise ValueError(f"{path} is interlaced or not of {WIDTH} x {HEIGHT} pixels")
    # Grey, colour, palette, grey with opacity, colour with opacity.
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    lines = np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(height, -1)
    data = undo_filter(lines, step=max(1, channels * depth // 8))
    if depth == 16:
        data = data[:, ::2]
    elif depth < 8:
        data = np.packbits(np.unpackbits(data, axis=1).reshape(-1, depth), axis=1) >> (8 - depth)
    pixels = data.reshape(height, -1)[:, : width * channels].reshape(height, width, channels)
    if colour == 3:
        return palette[pixels[:, :, 0]].mean(axis=2) / 255
    return pixels[:, :, : 3 if channels > 2 else 1].mean(axis=2) / (2 ** min(depth, 8) - 1)`;

function reader(pictures: Pictures): { readonly imports: readonly string[]; readonly code: string } {
  if (pictures.pillow) return { imports: ['import numpy as np', 'from PIL import Image'], code: pillowReader };
  return { imports: ['import numpy as np', 'import struct', 'import zlib', 'from pathlib import Path'], code: pngReader };
}

/** The task's pictures; a task of another form has none, and no image template. */
function picturesOf(task: Task): Pictures {
  if (!task.pictures) throw new RangeError(`${task.title} has no pictures.`);
  return task.pictures;
}

export function imageFeatures(task: Task): Section {
  const pictures = picturesOf(task);
  const { imports, code } = reader(pictures);
  return {
    title: 'Pictures',
    text: `Each picture becomes a row of ${pictures.width} × ${pictures.height} numbers: its brightness, pixel by pixel.`,
    imports: [...imports, 'import pandas as pd'],
    code: `WIDTH, HEIGHT = ${pictures.width}, ${pictures.height}


${code}


def read_pictures(frame):
    """One row of pixels for each row of the frame."""
    files = ${quote(pictures.base)} + frame[${quote(pictures.column)}]
    return pd.DataFrame([read_picture(path).ravel() for path in files], index=frame.index)


X = read_pictures(train)
X_test = read_pictures(test)`,
    look: 'pd.DataFrame(X.iloc[0].to_numpy().reshape(HEIGHT, WIDTH)).round(1)',
  };
}

interface Model {
  readonly imports: readonly string[];
  readonly code: string;
}

/** True where only the best class counts, so that margins do as well as probabilities. */
const usesMargins = (task: Task, recipe: Recipe): boolean => recipe.family === 'pixelSvm' && task.output === 'labels';

function classifier(task: Task, recipe: Recipe): Model {
  const { params, repairs } = recipe;
  const weights = has(recipe, 'classWeights') ? ', class_weight="balanced"' : '';
  switch (recipe.family) {
    case 'pixelSvm':
      return {
        imports: ['from sklearn.svm import SVC'],
        code: `SVC(C=${number(params['C'] ?? 10)}${weights}${usesMargins(task, recipe) ? '' : ', probability=True'}, random_state=SEED)`,
      };
    case 'pixelNeighbours':
      return {
        imports: ['from sklearn.neighbors import KNeighborsClassifier'],
        code: `KNeighborsClassifier(n_neighbors=${params['neighbours'] ?? 3}, weights="distance")`,
      };
    case 'pixelForest':
      return {
        imports: ['from sklearn.ensemble import ExtraTreesClassifier'],
        code: `ExtraTreesClassifier(n_estimators=${Math.round(300 * (repairs.size ?? 1))}, min_samples_leaf=${params['leafRows'] ?? 1}${weights}, random_state=SEED, n_jobs=2)`,
      };
    default:
      return {
        imports: ['from sklearn.linear_model import LogisticRegression'],
        code: `LogisticRegression(C=${number(params['C'] ?? 0.3)}${weights}, max_iter=2000)`,
      };
  }
}

function regressor({ family, params, repairs }: Recipe): Model {
  switch (family) {
    case 'pixelSvm':
      // The scale of the target is unknown, and a support vector machine is not indifferent to it.
      return {
        imports: ['from sklearn.compose import TransformedTargetRegressor', 'from sklearn.preprocessing import StandardScaler', 'from sklearn.svm import SVR'],
        code: `TransformedTargetRegressor(SVR(C=${number(params['C'] ?? 10)}), transformer=StandardScaler())`,
      };
    case 'pixelNeighbours':
      return {
        imports: ['from sklearn.neighbors import KNeighborsRegressor'],
        code: `KNeighborsRegressor(n_neighbors=${params['neighbours'] ?? 3}, weights="distance")`,
      };
    case 'pixelForest':
      return {
        imports: ['from sklearn.ensemble import ExtraTreesRegressor'],
        code: `ExtraTreesRegressor(n_estimators=${Math.round(300 * (repairs.size ?? 1))}, min_samples_leaf=${params['leafRows'] ?? 1}, random_state=SEED, n_jobs=2)`,
      };
    default:
      return { imports: ['from sklearn.linear_model import Ridge'], code: `Ridge(alpha=${number(1 / (params['C'] ?? 0.3))})` };
  }
}

const moved = `# The usual shade of the corners: what comes in when a picture moves.
PAPER = float(X[[0, WIDTH - 1, WIDTH * (HEIGHT - 1), WIDTH * HEIGHT - 1]].median().median())
STEPS = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]


def moved(pictures, down, right):
    """The pictures moved by at most one pixel."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), constant_values=PAPER)
    return padded[:, 1 - down : 1 - down + HEIGHT, 1 - right : 1 - right + WIDTH]


`;

const edges = `def features(pictures):
    """The pixels, and how they change to the right and downwards."""
    parts = [pictures, np.diff(pictures, axis=2), np.diff(pictures, axis=1)]
    return np.hstack([part.reshape(len(pictures), -1) for part in parts])`;

const pixels = `def features(pictures):
    """The pixels of each picture as one row."""
    return pictures.reshape(len(pictures), -1)`;

function predictBody(task: Task, recipe: Recipe): string {
  const matrix = 'features(as_pictures(rows))';
  if (usesMargins(task, recipe)) {
    return `"""Shares of the classes from the margins, in the order of CLASSES: only the largest counts."""
margins = np.reshape(model.decision_function(${matrix}), (len(rows), -1))
if margins.shape[1] == 1:
    margins = np.hstack([-margins, margins])
shares = np.exp(margins - margins.max(axis=1, keepdims=True))
shares /= shares.sum(axis=1, keepdims=True)
table = pd.DataFrame(shares, columns=model.classes_)
return table.reindex(columns=CLASSES, fill_value=0.0).to_numpy()`;
  }
  if (isClassOutput(task)) {
    return `"""Class probabilities in the order of CLASSES; a class that the model never saw gets 0."""
table = pd.DataFrame(model.predict_proba(${matrix}), columns=model.classes_)
return table.reindex(columns=CLASSES, fill_value=0.0).to_numpy()`;
  }
  return task.output === 'probability' ? `return model.predict_proba(${matrix})[:, 1]` : `return ${clipped(task, `model.predict(${matrix})`)}`;
}

export function imageModel(task: Task, recipe: Recipe, words: string): Section {
  const { imports, code } = task.output === 'number' ? regressor(recipe) : classifier(task, recipe);
  const shifts = has(recipe, 'movedImages');
  const fit = shifts
    ? `pictures = as_pictures(rows)
copies = np.concatenate([moved(pictures, *step) for step in STEPS])
return make_model().fit(features(copies), np.tile(truth, len(STEPS)))`
    : 'return make_model().fit(features(as_pictures(rows)), truth)';
  return {
    title: 'Model',
    text: shifts ? `${words} It also learns from every training picture moved by one pixel in four directions: what it shows stays the same.` : words,
    imports: [...imports, 'import numpy as np', 'import pandas as pd'],
    code: `${shifts ? moved : ''}def as_pictures(rows):
    return rows.to_numpy().reshape(-1, HEIGHT, WIDTH)


${has(recipe, 'edgeMaps') ? edges : pixels}


def make_model():
    return ${code}


def fit(rows, truth):
${indent(fit)}


def predict(model, rows):
${indent(predictBody(task, recipe))}`,
  };
}
