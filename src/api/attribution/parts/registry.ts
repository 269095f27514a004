/** Every field of an attribution that is computed when it is selected. Importing this adds them to the schema. */
import '../groups.ts';
import './moves.ts';
import { ablations } from './ablations.ts';
import { agreement } from './agreement.ts';
import { edges } from './edges.ts';
import { faithfulness } from './faithfulness.ts';
import { layers } from './layers.ts';
import { ledger } from './ledger.ts';
import { neurons } from './neurons.ts';
import type { Estimated } from './part.ts';
import { paths } from './paths.ts';
import { residuals } from './residuals.ts';
import { sources } from './sources.ts';

/** Those that can be estimated before they are asked for. */
export const estimatedParts: readonly Estimated[] = [
  layers,
  sources,
  residuals,
  neurons,
  edges,
  faithfulness,
  agreement,
  paths,
  ablations,
  ...ledger,
];
