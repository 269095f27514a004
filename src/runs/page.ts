/** What of a list is read: behind one place and before another, from its end where it is inverted. */
export interface Page<Place> {
  readonly limit: number;
  readonly after?: Place | undefined;
  readonly before?: Place | undefined;
  readonly inverted?: boolean | undefined;
}

/** By their ids; there need be no run of that id any more. */
export type RunPage = Page<string>;
/** As of runs. */
export type ExperimentPage = Page<string>;
/** By their `seq`. */
export type EventPage = Page<number>;
