/** Names of the two files that a bench begins with; apart from their content, which is longer. */
export const benchScript = 'train.py';
export const benchNotebook = 'explore.ipynb';
