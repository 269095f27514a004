/** What is done for runs by an engine at hand, whose steps are recorded as they come. */
import type { Engine } from '../jobs/engine.ts';
import { attribute } from './attribution-work.ts';
import type { Work } from './execution.ts';
import type { RecordedQuestion, Together, TogetherQuestion, Works } from './executor.ts';
import { record } from './recorded-work.ts';
import type { Recording } from './recording.ts';
import { SharedAttribution } from './shared-attribution.ts';
import type { Signals } from './signals.ts';
import type { Subject } from './types.ts';

/** Milliseconds for which steps of attributions are gathered as long as nobody follows them: of many targets each has a transaction of its own. */
const unheard = 1000;

export class LocalWorks implements Works {
  readonly #recording: Recording;
  readonly #signals: Signals;
  readonly #engine: Engine;
  readonly #patience: number;

  /**
   * @param signals are woken when a run has told something
   * @param patience milliseconds for which steps of attributions may be gathered while nobody listens to the signals
   */
  constructor(recording: Recording, signals: Signals, engine: Engine, patience = unheard) {
    this.#recording = recording;
    this.#signals = signals;
    this.#engine = engine;
    this.#patience = patience;
  }

  record(subject: Subject, question: RecordedQuestion, client: string | undefined): Work {
    const [store, signals, engine] = [this.#recording, this.#signals, this.#engine];
    return (id, live, told) => record(id, live, question, { store, signals, engine, subject, client, told });
  }

  attributeTogether(
    subject: Subject,
    { input, selection: all }: TogetherQuestion,
    client: string | undefined,
  ): Together {
    const [store, signals, patience] = [this.#recording, this.#signals, this.#patience];
    const shared = new SharedAttribution(this.#engine, subject, input, all, client);
    return {
      workOf: (target, selection) => (id, live, told) =>
        attribute(id, live, { store, signals, patience, shared, target, selection, told }),
      launch: () => shared.launch(),
    };
  }
}
