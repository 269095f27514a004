/** Experiments: all of them, or one. */
import { ExperimentView } from './experiment.tsx';
import { ExperimentList } from './list.tsx';
import { readPlace } from './place.ts';
import './experiment.css';

/** @param search of the address */
export function ExperimentsPage({ search }: { readonly search: string }) {
  const place = readPlace(search);
  return place ? <ExperimentView key={place.experiment} place={place} /> : <ExperimentList />;
}
