/** Figures of a circulation that are computed where they are asked for. */
import { type CirculationFigure, type CirculationRequest, circulationFigures } from './event.ts';

export function tells({ figures }: Pick<CirculationRequest, 'figures'>, figure: CirculationFigure): boolean {
  return figures?.includes(figure) ?? true;
}

/** The request for these figures. Without the lens, nothing depends on how long it is. */
function withFigures(request: CirculationRequest, figures: readonly CirculationFigure[]): CirculationRequest {
  return { ...request, figures, top: figures.includes('LENS') ? request.top : 0 };
}

/**
 * The requests whose events have everything that this one asks for: first those for no more, with all that its events do
 * not depend on left out.
 */
export function answering(request: CirculationRequest): [CirculationRequest, ...CirculationRequest[]] {
  const more = circulationFigures.filter((figure) => !tells(request, figure));
  const sets = more.reduce<CirculationFigure[][]>(
    (smaller, figure) => smaller.concat(smaller.map((set) => [...set, figure])),
    [[]],
  );
  const requests = sets.map((set) =>
    withFigures(
      request,
      circulationFigures.filter((figure) => tells(request, figure) || set.includes(figure)),
    ),
  );
  return requests as [CirculationRequest, ...CirculationRequest[]];
}
