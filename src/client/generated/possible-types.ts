
      export type PossibleTypesResultData = {
  "possibleTypes": {
    "ActivationsResult": [
      "Activations",
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "UnknownModelError"
    ],
    "CancelRunResult": [
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "RunStateError",
      "UnknownRunError"
    ],
    "CancelSweepResult": [
      "OverCapacityError",
      "RunStateError",
      "SweepPayload",
      "UnknownSweepError"
    ],
    "CircuitsResult": [
      "CancelledError",
      "CheckpointError",
      "Circuits",
      "OverCapacityError",
      "UnknownModelError"
    ],
    "CirculationEvent": [
      "CancelledError",
      "CheckpointError",
      "CirculationCompleted",
      "CirculationStarted",
      "InputError",
      "LayerCirculated",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "CitedContextResult": [
      "CancelledError",
      "CheckpointError",
      "CitedContext",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "CompareGroupsResult": [
      "GroupComparison",
      "InputError",
      "OverCapacityError",
      "RunStateError",
      "UnknownRunError"
    ],
    "CompareRunsResult": [
      "OverCapacityError",
      "RunComparison",
      "RunStateError",
      "UnknownRunError"
    ],
    "CreateExperimentResult": [
      "ExperimentPayload",
      "InputError",
      "OverCapacityError"
    ],
    "DeleteExperimentResult": [
      "ExperimentPayload",
      "OverCapacityError",
      "UnknownExperimentError"
    ],
    "DeleteRunResult": [
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "RunStateError",
      "UnknownRunError"
    ],
    "Error": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunStateError",
      "TargetError",
      "UnknownExperimentError",
      "UnknownModelError",
      "UnknownRunError",
      "UnknownSweepError"
    ],
    "EstimateResult": [
      "CancelledError",
      "CheckpointError",
      "Estimate",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "EstimateSweepResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "SweepEstimate",
      "TargetError",
      "UnknownModelError"
    ],
    "ExperimentRunsResult": [
      "ExperimentRunsPayload",
      "InputError",
      "OverCapacityError",
      "ReadOnlyError",
      "UnknownExperimentError",
      "UnknownRunError"
    ],
    "GenerationEvent": [
      "CancelledError",
      "CheckpointError",
      "GenerationCompleted",
      "GenerationStarted",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "TokenAttributed",
      "TokenGenerated",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "LensResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "Lens",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "LogitAttributionEvent": [
      "AttributionCompleted",
      "AttributionProgressed",
      "AttributionStarted",
      "CancelledError",
      "CheckpointError",
      "InputError",
      "LayerAttributed",
      "LayerPassed",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "LogitAttributionResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "LogitAttribution",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "LogitAttributionsResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "LogitAttributions",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "ModelChangesEvent": [
      "ModelChanges",
      "OverCapacityError",
      "UnknownModelError"
    ],
    "ModelEntry": [
      "BrokenModel",
      "Model"
    ],
    "Node": [
      "BrokenModel",
      "Experiment",
      "Generation",
      "LogitAttribution",
      "Model",
      "Run",
      "Sweep",
      "Worker"
    ],
    "RepeatRunResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "ResumeSweepResult": [
      "OverCapacityError",
      "RunStateError",
      "SweepPayload",
      "UnknownSweepError"
    ],
    "RunChangesEvent": [
      "InputError",
      "OverCapacityError",
      "RunChanges"
    ],
    "RunEvent": [
      "AttributionCompleted",
      "AttributionProgressed",
      "AttributionStarted",
      "CirculationCompleted",
      "CirculationStarted",
      "GenerationCompleted",
      "GenerationStarted",
      "LayerAttributed",
      "LayerCirculated",
      "LayerPassed",
      "RunCancelled",
      "RunFailed",
      "TokenAttributed",
      "TokenGenerated"
    ],
    "RunEventsResult": [
      "AttributionCompleted",
      "AttributionProgressed",
      "AttributionStarted",
      "CancelledError",
      "CheckpointError",
      "CirculationCompleted",
      "CirculationStarted",
      "GenerationCompleted",
      "GenerationStarted",
      "InputError",
      "LayerAttributed",
      "LayerCirculated",
      "LayerPassed",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "TokenAttributed",
      "TokenGenerated",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "RunRequest": [
      "CirculationRequest",
      "GenerationRequest",
      "LogitAttributionRequest"
    ],
    "ShareRunResult": [
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "UnknownRunError"
    ],
    "StartRunResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "StartRunsResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "RunsPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "StartSweepResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "SweepPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "SweepProgressResult": [
      "OverCapacityError",
      "SweepProgress",
      "UnknownSweepError"
    ],
    "TargetCandidatesResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetCandidates",
      "TargetError",
      "UnknownModelError"
    ],
    "TokenGroup": [
      "AnswerGroup",
      "ScoreGroup"
    ],
    "UnshareRunResult": [
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "UnknownRunError"
    ],
    "UpdateExperimentResult": [
      "ExperimentPayload",
      "InputError",
      "OverCapacityError",
      "UnknownExperimentError"
    ],
    "UpdateRunResult": [
      "InputError",
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "UnknownRunError"
    ],
    "WorkersChangedEvent": [
      "OverCapacityError",
      "WorkerChanges"
    ]
  }
};
      const result: PossibleTypesResultData = {
  "possibleTypes": {
    "ActivationsResult": [
      "Activations",
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "UnknownModelError"
    ],
    "CancelRunResult": [
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "RunStateError",
      "UnknownRunError"
    ],
    "CancelSweepResult": [
      "OverCapacityError",
      "RunStateError",
      "SweepPayload",
      "UnknownSweepError"
    ],
    "CircuitsResult": [
      "CancelledError",
      "CheckpointError",
      "Circuits",
      "OverCapacityError",
      "UnknownModelError"
    ],
    "CirculationEvent": [
      "CancelledError",
      "CheckpointError",
      "CirculationCompleted",
      "CirculationStarted",
      "InputError",
      "LayerCirculated",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "CitedContextResult": [
      "CancelledError",
      "CheckpointError",
      "CitedContext",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "CompareGroupsResult": [
      "GroupComparison",
      "InputError",
      "OverCapacityError",
      "RunStateError",
      "UnknownRunError"
    ],
    "CompareRunsResult": [
      "OverCapacityError",
      "RunComparison",
      "RunStateError",
      "UnknownRunError"
    ],
    "CreateExperimentResult": [
      "ExperimentPayload",
      "InputError",
      "OverCapacityError"
    ],
    "DeleteExperimentResult": [
      "ExperimentPayload",
      "OverCapacityError",
      "UnknownExperimentError"
    ],
    "DeleteRunResult": [
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "RunStateError",
      "UnknownRunError"
    ],
    "Error": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunStateError",
      "TargetError",
      "UnknownExperimentError",
      "UnknownModelError",
      "UnknownRunError",
      "UnknownSweepError"
    ],
    "EstimateResult": [
      "CancelledError",
      "CheckpointError",
      "Estimate",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "EstimateSweepResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "SweepEstimate",
      "TargetError",
      "UnknownModelError"
    ],
    "ExperimentRunsResult": [
      "ExperimentRunsPayload",
      "InputError",
      "OverCapacityError",
      "ReadOnlyError",
      "UnknownExperimentError",
      "UnknownRunError"
    ],
    "GenerationEvent": [
      "CancelledError",
      "CheckpointError",
      "GenerationCompleted",
      "GenerationStarted",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "TokenAttributed",
      "TokenGenerated",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "LensResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "Lens",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "LogitAttributionEvent": [
      "AttributionCompleted",
      "AttributionProgressed",
      "AttributionStarted",
      "CancelledError",
      "CheckpointError",
      "InputError",
      "LayerAttributed",
      "LayerPassed",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "LogitAttributionResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "LogitAttribution",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "LogitAttributionsResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "LogitAttributions",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "ModelChangesEvent": [
      "ModelChanges",
      "OverCapacityError",
      "UnknownModelError"
    ],
    "ModelEntry": [
      "BrokenModel",
      "Model"
    ],
    "Node": [
      "BrokenModel",
      "Experiment",
      "Generation",
      "LogitAttribution",
      "Model",
      "Run",
      "Sweep",
      "Worker"
    ],
    "RepeatRunResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "ResumeSweepResult": [
      "OverCapacityError",
      "RunStateError",
      "SweepPayload",
      "UnknownSweepError"
    ],
    "RunChangesEvent": [
      "InputError",
      "OverCapacityError",
      "RunChanges"
    ],
    "RunEvent": [
      "AttributionCompleted",
      "AttributionProgressed",
      "AttributionStarted",
      "CirculationCompleted",
      "CirculationStarted",
      "GenerationCompleted",
      "GenerationStarted",
      "LayerAttributed",
      "LayerCirculated",
      "LayerPassed",
      "RunCancelled",
      "RunFailed",
      "TokenAttributed",
      "TokenGenerated"
    ],
    "RunEventsResult": [
      "AttributionCompleted",
      "AttributionProgressed",
      "AttributionStarted",
      "CancelledError",
      "CheckpointError",
      "CirculationCompleted",
      "CirculationStarted",
      "GenerationCompleted",
      "GenerationStarted",
      "InputError",
      "LayerAttributed",
      "LayerCirculated",
      "LayerPassed",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "ReadOnlyError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "TokenAttributed",
      "TokenGenerated",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "RunRequest": [
      "CirculationRequest",
      "GenerationRequest",
      "LogitAttributionRequest"
    ],
    "ShareRunResult": [
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "UnknownRunError"
    ],
    "StartRunResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "StartRunsResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "RunsPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "StartSweepResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "SweepPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "SweepProgressResult": [
      "OverCapacityError",
      "SweepProgress",
      "UnknownSweepError"
    ],
    "TargetCandidatesResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "NoWorkerError",
      "OverCapacityError",
      "PromptError",
      "TargetCandidates",
      "TargetError",
      "UnknownModelError"
    ],
    "TokenGroup": [
      "AnswerGroup",
      "ScoreGroup"
    ],
    "UnshareRunResult": [
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "UnknownRunError"
    ],
    "UpdateExperimentResult": [
      "ExperimentPayload",
      "InputError",
      "OverCapacityError",
      "UnknownExperimentError"
    ],
    "UpdateRunResult": [
      "InputError",
      "OverCapacityError",
      "ReadOnlyError",
      "RunPayload",
      "UnknownRunError"
    ],
    "WorkersChangedEvent": [
      "OverCapacityError",
      "WorkerChanges"
    ]
  }
};
      export default result;
    