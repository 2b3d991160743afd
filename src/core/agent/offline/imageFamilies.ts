import type { FamilyFacts } from './families';
import type { ToggleFacts } from './toggles';

/** Families for small pictures: grey pixels as numbers. */
export const imageFamilies: readonly FamilyFacts[] = [
  {
    family: 'pixelLinear',
    name: 'linear model on pixels',
    words: 'A linear model on the pixels: one weight for each pixel, a template that is laid over the picture. The yardstick.',
    applies: () => true,
    start: () => [],
    secondsPer1000: 3,
    tune: [{ name: 'C', start: 0.3, factor: 5, words: 'regularisation' }],
  },
  {
    family: 'pixelSvm',
    name: 'support vector machine on pixels',
    words: 'A support vector machine with a radial kernel compares whole pictures and draws curved borders between the classes.',
    applies: (task) => task.rows <= 5000,
    start: () => [],
    secondsPer1000: 3,
    tune: [{ name: 'C', start: 10, factor: 4, words: 'margin penalty' }],
  },
  {
    family: 'pixelForest',
    name: 'extremely randomised trees on pixels',
    words: 'Many random trees that each ask for the shade of single pixels: wrong in other places than models that compare whole pictures.',
    applies: (task) => task.rows <= 50_000,
    start: () => [],
    secondsPer1000: 8,
    tune: [{ name: 'leafRows', start: 1, factor: 3, words: 'rows per leaf' }],
  },
  {
    family: 'pixelNeighbours',
    name: 'nearest pictures',
    words: 'The answer of the most similar training pictures, closer ones counting more.',
    applies: (task) => task.rows <= 10_000,
    start: () => [],
    secondsPer1000: 2,
    tune: [{ name: 'neighbours', start: 3, factor: 2, words: 'number of neighbours' }],
  },
];

export const imageToggles: readonly ToggleFacts[] = [
  {
    toggle: 'movedImages',
    name: 'training pictures moved by one pixel',
    why: 'A picture shows the same when it lies one pixel further, and five times as many examples are learned from.',
    priorGain: 0.03,
    costFactor: 4,
    applies: (task) => task.form === 'image' && task.rows <= 5000,
  },
  {
    toggle: 'edgeMaps',
    name: 'edges',
    why: 'Where the shade changes tells the strokes, whatever their thickness.',
    priorGain: 0.01,
    costFactor: 2,
    applies: (task) => task.form === 'image',
  },
];
