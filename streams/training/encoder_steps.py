"""How both networks of the encoder are trained: what was pretrained slowly, what is new faster."""

import time
from typing import Any

import torch
from torch import Tensor, nn

RATE = 1e-4
RATE_OF_NEW = 5e-4
DECAY = 0.01
WARM = 150
LEAST_SHARE = 0.02
TOLD_EVERY = 50


class Steps:
    """Optimises a network; the rate rises over `WARM` steps and falls evenly to the last one.

    Args:
        network: put into training.
        new: beginnings of the names of parameters that were not pretrained.
    """

    def __init__(self, network: nn.Module, new: tuple[str, ...]) -> None:
        self._network = network
        self._groups: list[dict[str, Any]] = [
            {"params": [], "rate": rate} for rate in (RATE, RATE_OF_NEW)
        ]
        for name, parameter in network.named_parameters():
            self._groups[name.startswith(new)]["params"].append(parameter)
        self._optimiser = torch.optim.AdamW(self._groups, lr=RATE, weight_decay=DECAY)
        self._begin = time.monotonic()
        self._number = 0
        network.train()

    def take(self, loss: Tensor, total: int) -> None:
        """One step of `total` against this loss; prints how it goes."""
        self._number += 1
        share = min(1.0, self._number / WARM) * max(LEAST_SHARE, 1 - self._number / total)
        for group in self._optimiser.param_groups:
            group["lr"] = group["rate"] * share
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimiser.step()
        if self._number % TOLD_EVERY == 0:
            spent = time.monotonic() - self._begin
            print(  # noqa: T201 - a command tells how it goes
                f"step {self._number} of {total}: {loss.item():.3f}, {spent:.0f} s", flush=True
            )
