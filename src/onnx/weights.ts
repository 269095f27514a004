/** The two ways in which a model has its weights. */
export const weightsKinds = ['LEAN', 'PACKED'] as const;

/**
 * LEAN: as they lie in the file, in memory that the system shares between all processes and takes back when it likes; those
 * in half precision are converted in every run, piece by piece. PACKED: in float32 of the process's own, once for each set
 * of graphs, in the forward graphs ordered as matrix products like them best.
 */
export type Weights = (typeof weightsKinds)[number];

/** Numbers that LEAN graphs convert to float32 at once: 4 MB of them, about what of a cache is one core's. */
export const pieceSize = 2 ** 20;
