/** The views on the right, in the order of their tabs. */
import { later } from '../parts/later.tsx';
import type { View } from './view.ts';

const Lens = later(async () => (await import('./lens/lens.tsx')).LensView);
const Heads = later(async () => (await import('./heads/heads.tsx')).HeadsView);
const Neurons = later(async () => (await import('./neurons/neurons.tsx')).NeuronsView);
const Paths = later(async () => (await import('./paths/paths.tsx')).PathsView);
const Residual = later(async () => (await import('./residual/residual.tsx')).ResidualView);

export const views: readonly View[] = [
  { name: 'lens', title: 'Lens', component: Lens },
  { name: 'heads', title: 'Heads', component: Heads },
  { name: 'neurons', title: 'Neurons', component: Neurons },
  { name: 'paths', title: 'Paths', component: Paths },
  { name: 'residual', title: 'Residual', component: Residual },
];
