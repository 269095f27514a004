/** Requests that can be estimated before they are made: each operation's is a file in this folder. */
import type { InputRef } from '@pothos/core';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { JobKind } from '../../jobs/kinds/kind.ts';

/** What an operation would have computed. */
export interface Asked<Request = unknown> {
  readonly kind: JobKind<Request>;
  readonly request: Request;
}

/** One operation. */
export interface Estimable<Input = unknown> {
  /** Its field of `EstimateInput`: its own name. */
  readonly operation: string;
  readonly description: string;
  /** The operation's own input, with what would be selected. */
  readonly type: InputRef<Input>;
  readonly modelOf: (input: Input) => string;
  /** The job that the operation has run for that. @throws TributaryError as the operation */
  readonly ask: (model: CatalogueModel, input: Input) => Asked;
}

/** Of whichever input and job. */
export function estimable<Input, Request>(
  operation: Omit<Estimable<Input>, 'ask'> & {
    readonly ask: (model: CatalogueModel, input: Input) => Asked<Request>;
  },
): Estimable {
  return operation as unknown as Estimable;
}
