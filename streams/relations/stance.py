"""Where a pair becomes rivals, allies or frenemies."""

from streams.messages import Stance

ENTER = 0.2
LEAVE = 0.1


def stance(competition: float, partnership: float, before: Stance = "none") -> Stance:
    """The stance of two strengths. A pair keeps a side until its strength falls below `LEAVE`."""
    rivals = competition >= (LEAVE if before in ("rivals", "frenemies") else ENTER)
    allies = partnership >= (LEAVE if before in ("allies", "frenemies") else ENTER)
    if rivals and allies:
        return "frenemies"
    if rivals:
        return "rivals"
    return "allies" if allies else "none"
