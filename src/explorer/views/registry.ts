/** The views on the right, in the order of their tabs. */
import { HeadsView } from './heads/heads.tsx';
import { LensView } from './lens/lens.tsx';
import { NeuronsView } from './neurons/neurons.tsx';
import { PathsView } from './paths/paths.tsx';
import { ResidualView } from './residual/residual.tsx';
import type { View } from './view.ts';

export const views: readonly View[] = [
  { name: 'lens', title: 'Lens', component: LensView },
  { name: 'heads', title: 'Heads', component: HeadsView },
  { name: 'neurons', title: 'Neurons', component: NeuronsView },
  { name: 'paths', title: 'Paths', component: PathsView },
  { name: 'residual', title: 'Residual', component: ResidualView },
];
