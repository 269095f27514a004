/** The views on the right, in the order of their tabs. */
import { later } from '../parts/later.tsx';
import { LensView as Lens } from './lens/lens.tsx';
import type { View } from './view.ts';

const Heads = later((more) => more.HeadsView);
const Neurons = later((more) => more.NeuronsView);
const Paths = later((more) => more.PathsView);
const Residual = later((more) => more.ResidualView);

export const views: readonly View[] = [
  { name: 'lens', title: 'Lens', component: Lens },
  { name: 'heads', title: 'Heads', component: Heads },
  { name: 'neurons', title: 'Neurons', component: Neurons },
  { name: 'paths', title: 'Paths', component: Paths },
  { name: 'residual', title: 'Residual', component: Residual },
];
