/** What is drawn only where it is asked for. */
import { later } from '../../parts/later.tsx';

export const Bars = later((more) => more.Bars);
export const FaithfulnessPart = later((more) => more.FaithfulnessPart);
