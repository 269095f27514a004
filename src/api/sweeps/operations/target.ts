/** Targets of a sweep: their tokens are texts that may have slots. */
import type { Slots } from '../../../experiments/sweeps/slots.ts';
import { fillTemplate, parseTemplate } from '../../../experiments/sweeps/template.ts';
import { builder } from '../../builder.ts';
import type { TargetInput } from '../../models/target-request.ts';
import { TargetKind } from '../../models/token.ts';
import type { PlacedTemplate } from './operation.ts';

export const SweepTargetInput = builder.inputType('SweepTargetInput', {
  description:
    "What is explained of each prompt: a token's logit or probability at a position, or the difference of two tokens'. A text may have slots, as in `\" {name}\"`; a brace of the text is written twice. Nothing named: the model's top choice at the last position.",
  fields: (t) => ({
    token: t.string({
      description:
        "The token's text, spaces and all, which has to be a single token. Default: the model's own top choice.",
    }),
    against: t.string({ description: 'Makes it a contrast: why `token` rather than the token of this text.' }),
    position: t.int({ description: 'The position that predicts; negative counts from the end. Default: the last.' }),
    kind: t.field({ type: TargetKind, description: 'What of it. Default: LOGIT.' }),
  }),
});

export interface SweptTarget {
  readonly templates: readonly PlacedTemplate[];
  /** What the operation is asked; undefined where nothing is named. */
  readonly filled: (slots: Slots) => TargetInput | undefined;
}

/** @param path where it stands in the operation's input @throws TributaryError INPUT for braces that make no slot */
export function sweptTarget(
  { token, against, position, kind }: typeof SweepTargetInput.$inferInput,
  path: string,
): SweptTarget {
  const templates = Object.entries({ token, against }).flatMap(([name, text]) =>
    typeof text === 'string'
      ? [{ name, path: `${path}.${name}`, template: parseTemplate(text, `${path}.${name}`) }]
      : [],
  );
  return {
    templates,
    filled: (slots) => {
      const named = {
        ...Object.fromEntries(templates.map(({ name, template }) => [name, { text: fillTemplate(template, slots) }])),
        ...(typeof position === 'number' && { position }),
        ...(kind && { kind }),
      };
      return Object.keys(named).length > 0 ? named : undefined;
    },
  };
}
