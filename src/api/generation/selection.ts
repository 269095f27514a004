/** Whether a document has the tokens of an answer explained: what is not selected is not computed. */
import { type GraphQLResolveInfo, isInterfaceType } from 'graphql';
import { type SelectedField, selectedFields } from '../selected-fields.ts';

export function explains(info: GraphQLResolveInfo): boolean {
  const every = info.schema.getType('RunEvent');
  // What is selected of all events is selected of those that are not told, too.
  const shared = isInterfaceType(every) ? every.getFields() : {};
  return selectedFields(info).some(
    (field) => (field.type === 'TokenAttributed' && !(field.name in shared)) || isExplainedAnswer(field),
  );
}

function isExplainedAnswer({ type, name, fields }: SelectedField): boolean {
  return (
    type === 'GenerationCompleted' &&
    name === 'generation' &&
    fields().some(({ definition }) => definition.extensions.explained === true)
  );
}
