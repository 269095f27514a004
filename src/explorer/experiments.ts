/** Experiments, in a script of their own. */
export { ExperimentsPage } from './views/experiment/page.tsx';
