import type { Observer } from './observer.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** What all operations pass, whatever they come over. */
export interface Front {
  readonly observers: readonly Observer[];
  /** That alone are answered; undefined: all are. */
  readonly documents: TrustedDocuments | undefined;
}
