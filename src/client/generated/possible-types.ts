
      export type PossibleTypesResultData = {
  "possibleTypes": {
    "ActivationsResult": [
      "Activations",
      "CancelledError",
      "CheckpointError",
      "OverCapacityError",
      "PromptError",
      "UnknownModelError"
    ],
    "CancelRunResult": [
      "OverCapacityError",
      "RunPayload",
      "RunStateError",
      "UnknownRunError"
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
      "OverCapacityError",
      "PromptError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "DeleteRunResult": [
      "OverCapacityError",
      "RunPayload",
      "RunStateError",
      "UnknownRunError"
    ],
    "Error": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "RunStateError",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "EstimateResult": [
      "CancelledError",
      "CheckpointError",
      "Estimate",
      "InputError",
      "PromptError",
      "TargetError"
    ],
    "LensResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "Lens",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "LogitAttributionResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "LogitAttribution",
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
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "ModelEntry": [
      "BrokenModel",
      "Model"
    ],
    "Node": [
      "BrokenModel",
      "Experiment",
      "LogitAttribution",
      "Model",
      "Run"
    ],
    "RepeatRunResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "RunEvent": [
      "CirculationCompleted",
      "CirculationStarted",
      "LayerCirculated",
      "RunCancelled",
      "RunFailed"
    ],
    "RunRequest": [
      "CirculationRequest",
      "LogitAttributionRequest"
    ],
    "StartRunResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "TargetCandidatesResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "TargetCandidates",
      "TargetError",
      "UnknownModelError"
    ]
  }
};
      const result: PossibleTypesResultData = {
  "possibleTypes": {
    "ActivationsResult": [
      "Activations",
      "CancelledError",
      "CheckpointError",
      "OverCapacityError",
      "PromptError",
      "UnknownModelError"
    ],
    "CancelRunResult": [
      "OverCapacityError",
      "RunPayload",
      "RunStateError",
      "UnknownRunError"
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
      "OverCapacityError",
      "PromptError",
      "RunCancelled",
      "RunFailed",
      "RunStateError",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "DeleteRunResult": [
      "OverCapacityError",
      "RunPayload",
      "RunStateError",
      "UnknownRunError"
    ],
    "Error": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "RunStateError",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "EstimateResult": [
      "CancelledError",
      "CheckpointError",
      "Estimate",
      "InputError",
      "PromptError",
      "TargetError"
    ],
    "LensResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "Lens",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "LogitAttributionResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "LogitAttribution",
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
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "ModelEntry": [
      "BrokenModel",
      "Model"
    ],
    "Node": [
      "BrokenModel",
      "Experiment",
      "LogitAttribution",
      "Model",
      "Run"
    ],
    "RepeatRunResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError",
      "UnknownRunError"
    ],
    "RunEvent": [
      "CirculationCompleted",
      "CirculationStarted",
      "LayerCirculated",
      "RunCancelled",
      "RunFailed"
    ],
    "RunRequest": [
      "CirculationRequest",
      "LogitAttributionRequest"
    ],
    "StartRunResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "TargetCandidatesResult": [
      "CancelledError",
      "CheckpointError",
      "InputError",
      "OverCapacityError",
      "PromptError",
      "TargetCandidates",
      "TargetError",
      "UnknownModelError"
    ]
  }
};
      export default result;
    