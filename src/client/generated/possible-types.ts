
      export type PossibleTypesResultData = {
  "possibleTypes": {
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
      "PromptError",
      "TargetError"
    ],
    "LogitAttributionResult": [
      "CancelledError",
      "CheckpointError",
      "LogitAttribution",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "LogitAttributionsResult": [
      "CancelledError",
      "CheckpointError",
      "LogitAttributions",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "Node": [
      "Model",
      "Run"
    ],
    "RunEvent": [
      "CirculationCompleted",
      "CirculationStarted",
      "LayerCirculated",
      "RunCancelled",
      "RunFailed"
    ],
    "StartRunResult": [
      "CancelledError",
      "CheckpointError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "TargetCandidatesResult": [
      "CancelledError",
      "CheckpointError",
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
      "PromptError",
      "TargetError"
    ],
    "LogitAttributionResult": [
      "CancelledError",
      "CheckpointError",
      "LogitAttribution",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "LogitAttributionsResult": [
      "CancelledError",
      "CheckpointError",
      "LogitAttributions",
      "OverCapacityError",
      "PromptError",
      "TargetError",
      "UnknownModelError"
    ],
    "Node": [
      "Model",
      "Run"
    ],
    "RunEvent": [
      "CirculationCompleted",
      "CirculationStarted",
      "LayerCirculated",
      "RunCancelled",
      "RunFailed"
    ],
    "StartRunResult": [
      "CancelledError",
      "CheckpointError",
      "OverCapacityError",
      "PromptError",
      "RunPayload",
      "TargetError",
      "UnknownModelError"
    ],
    "TargetCandidatesResult": [
      "CancelledError",
      "CheckpointError",
      "OverCapacityError",
      "PromptError",
      "TargetCandidates",
      "TargetError",
      "UnknownModelError"
    ]
  }
};
      export default result;
    