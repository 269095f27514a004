/** What of a circulation's events a document selects: what is not selected is not computed. */
import type { GraphQLResolveInfo } from 'graphql';
import { TributaryError } from '../../errors.ts';
import type { CirculationFigure } from '../../explain/circulation/event.ts';
import { tells } from '../../explain/circulation/figures.ts';
import type { RunRecord } from '../../runs/types.ts';
import { type Extent, extent } from '../expected-size.ts';
import { type SelectedField, selectedFields } from '../selected-fields.ts';

/** To be spread into the options of a field that is told where the figure is asked for. @param of its size, of a list or tensor */
export function figure(figure: CirculationFigure, of: Extent<object> = () => 1) {
  return { extensions: { figure, ...extent(of).extensions } };
}

/** The figures that the selected fields of the events below the field being resolved need. */
export function figuresOf(info: GraphQLResolveInfo): CirculationFigure[] {
  return [...new Set(needed(selectedFields(info)))];
}

function needed(fields: readonly SelectedField[]): CirculationFigure[] {
  // The run of an event may be asked for its events again: they are the same.
  return fields.flatMap(({ definition: { extensions }, fields }) => {
    const own = extensions.figure as CirculationFigure | undefined;
    return [...(own ? [own] : []), ...needed(fields())];
  });
}

/** @throws TributaryError RUN_STATE when the events of a run do not tell what is selected of them */
export function requireFigures({ id, question }: RunRecord, figures: readonly CirculationFigure[]): void {
  if (question.kind !== 'CIRCULATION') return;
  const missing = figures.filter((figure) => !tells(question.input, figure));
  if (missing.length > 0)
    throw new TributaryError(
      'RUN_STATE',
      `Run ${id} was made without ${missing.join(', ')}, for nobody had selected it; ask the same question by \`circulation\`, which computes what is selected`,
    );
}
