"""A worker that rejects nearly everything is told to stop."""

import pytest

from streams.wire.guard import RejectionGuard, TooManyRejections


def saw(guard: RejectionGuard, *fates: bool) -> None:
    for rejected in fates:
        guard.saw(rejected)


def test_no_to_a_share() -> None:
    guard = RejectionGuard(0.5, window=10, least=4)
    saw(guard, *[False] * 6, *[True] * 4)
    with pytest.raises(TooManyRejections, match=r"5 of the last 10 .* FRENEMY_REJECTED_SHARE=1"):
        guard.saw(True)


def test_no_to_a_run_however_good_the_share() -> None:
    guard = RejectionGuard(0.9, longest_run=5)
    saw(guard, *[False] * 1_000, *[True] * 4, False, *[True] * 4)
    with pytest.raises(TooManyRejections, match=r"5 messages in a row .* FRENEMY_REJECTED_RUN=0"):
        guard.saw(True)


def test_it_can_be_switched_off() -> None:
    saw(RejectionGuard(1.0, longest_run=0), *[True] * 5_000)
