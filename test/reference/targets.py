"""What is attributed: a token's logit, or the difference of two tokens' logits, at one position."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Target:
    position: int
    token: int
    against: int | None

    def value(self, logits: Tensor) -> Tensor:
        """logits [T, V], before a softcap."""
        row = logits[self.position]
        return row[self.token] if self.against is None else row[self.token] - row[self.against]


def targets_of(ids: list[int], logits: Tensor) -> list[Target]:
    """The model's choice and why not its second choice, at the end; the token that really follows, in the middle."""
    last = len(ids) - 1
    first, second = logits[last].topk(2).indices.tolist()
    found = [Target(last, first, None), Target(last, first, second)]
    middle = last // 2
    if middle < last:
        found += [Target(middle, ids[middle + 1], None), Target(middle, ids[middle + 1], ids[0])]
    return found


def describe(target: Target, logits: Tensor, capped: Tensor) -> dict:
    """`logit` is before the softcap, all else after it; `value` is what is attributed."""
    log_probabilities = torch.log_softmax(capped[target.position].double(), -1)
    row = capped[target.position]
    of = lambda z, token: None if token is None else z[target.position, token].item()
    return {
        "position": target.position,
        "token": target.token,
        "against": target.against,
        "logit": of(logits, target.token),
        "againstLogit": of(logits, target.against),
        "value": target.value(logits).item(),
        "cappedLogit": of(capped, target.token),
        "logProbability": log_probabilities[target.token].item(),
        "probability": log_probabilities[target.token].exp().item(),
        "rank": 1 + int((row > row[target.token]).sum()),
    }
