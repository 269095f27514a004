import {
  type PredictionRequest,
  type PredictionResult,
  predict,
  predictionDemand,
  predictionGraphs,
} from '../../explain/prediction.ts';
import type { JobKind } from './kind.ts';

/** What the model predicts at a position, by one forward pass. */
export const prediction: JobKind<PredictionRequest, PredictionResult, never> = {
  name: 'prediction',
  length: ({ inputIds }) => inputIds.length,
  graphs: () => predictionGraphs,
  demand: predictionDemand,
  lighter: () => ['a shorter prompt'],
  run: predict,
};
