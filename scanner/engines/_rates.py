"""How often out of how many: what a handful of tries of a random model can say."""

from __future__ import annotations

from math import sqrt

from scanner.model.values import Value

_Z95 = 1.959964


class Rate(Value):
    """`hits` out of `tries`."""

    hits: int
    tries: int

    @property
    def share(self) -> float:
        """The hits as a share of the tries; 0 without a try."""
        return self.hits / self.tries if self.tries else 0.0

    def interval(self) -> tuple[float, float]:
        """The 95 % score interval of the share (E. B. Wilson, 1927); (0, 1) without a try."""
        if not self.tries:
            return 0.0, 1.0
        n, share, z2 = self.tries, self.share, _Z95 * _Z95
        centre = share + z2 / (2 * n)
        spread = _Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
        low, high = (centre - spread) / (1 + z2 / n), (centre + spread) / (1 + z2 / n)
        return max(0.0, low), min(1.0, high)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.hits} of {self.tries} (95 %: {low:.0%} to {high:.0%})"
