/** Which tokens are followed through the layers. */
import type { Explanation } from '../../state/explanation.ts';
import { canFollow } from '../../state/following.ts';

/** Follows this one too, if it can be followed, or no longer. */
export function follow(explanation: Explanation, position: number, predicts: number): void {
  const tracked = explanation.tracked.value;
  if (tracked.includes(position)) explanation.track(tracked.filter((one) => one !== position));
  else if (canFollow(tracked, position, predicts)) explanation.track([...tracked, position]);
}
