/** From one place of experiments to another. */
import { visit } from '../../state/workspace.ts';
import { type Place, writePlace } from './place.ts';

/** A step, which the browser goes back from. */
export function go(place: Place): void {
  void visit(writePlace(place));
}
