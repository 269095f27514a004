"""How well an order of the tokens tells which of them a probability hangs on; and how two scores agree."""

import torch
from torch import Tensor, nn

from anatomy import Anatomy
from measures import Measure, softcap_of
from targets import Target
from trace import Trace, run

PERCENTAGES = (1, 5, 10, 20, 50)


def faithfulness_references(
    double: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, exact: Trace, scores: Tensor, occlusion: Tensor
) -> dict[str, Tensor]:
    """scores, occlusion: of every token, [T]. Rows: by descending score, by recency, from the first on."""
    measure = Measure(Target(target.position, target.token, None), False, softcap_of(double))
    probabilities: dict[frozenset[int], Tensor] = {}

    def without(positions: list[int]) -> Tensor:
        """The token's probability with these tokens' embeddings zero; their positions stay."""
        taken = frozenset(positions)
        if taken not in probabilities:
            x = exact.residual[0][0].detach().clone()
            x[positions] = exact.positions[positions].to(x.dtype)
            with torch.no_grad():
                probabilities[taken] = measure.value(run(double, anatomy, ids, embedding=x).logits)
        return probabilities[taken]

    whole = without([])
    candidates = target.position + 1
    counts = [max(1, -(-percentage * candidates // 100)) for percentage in PERCENTAGES]
    descending = torch.sort(scores[:candidates], descending=True, stable=True).indices.tolist()
    orders = [descending, list(reversed(range(candidates))), list(range(candidates))]
    table = lambda drop: torch.stack([torch.stack([drop(order, count) for count in counts]) for order in orders])
    return {
        "faithfulness_comprehensiveness": table(lambda order, count: whole - without(order[:count])),
        "faithfulness_sufficiency": table(lambda order, count: whole - without(order[count:])),
        "spearman": spearman(scores[:candidates], occlusion[:candidates]),
    }


def spearman(left: Tensor, right: Tensor) -> Tensor:
    """Pearson's correlation of average ranks; 0 where it is undefined: one candidate, or all of them tied."""
    left, right = average_ranks(left), average_ranks(right)
    left, right = left - left.mean(), right - right.mean()
    scale = left.norm() * right.norm()
    return (left * right).sum() / scale if scale > 0 else torch.zeros((), dtype=left.dtype)


def average_ranks(values: Tensor) -> Tensor:
    """From 1 on; tied values share the mean of their ranks."""
    below = (values[:, None] > values).sum(1)
    tied = (values[:, None] == values).sum(1)
    return below.double() + (tied.double() + 1) / 2
