/** Whether a document has the tokens of an answer explained: what is not selected is not computed. */
import { type GraphQLResolveInfo, isInterfaceType } from 'graphql';
import { type SelectedField, selectedFields } from '../selected-fields.ts';

/** What every event has is selected of all of them together: it has nothing explained. */
export function explains(info: GraphQLResolveInfo): boolean {
  const every = info.schema.getType('RunEvent');
  const common = isInterfaceType(every) ? every.getFields() : {};
  return selectedFields(info).some(
    (field) => (field.type === 'TokenAttributed' && !Object.hasOwn(common, field.name)) || isOfExplainedAnswer(field),
  );
}

function isOfExplainedAnswer({ type, name, fields }: SelectedField): boolean {
  return (
    type === 'GenerationCompleted' &&
    name === 'generation' &&
    fields().some(({ definition }) => definition.extensions.explained === true)
  );
}
