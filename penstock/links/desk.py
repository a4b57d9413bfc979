"""Signed asks for shares, in part or whole, baskets all or nothing: the exact twin of contracts/links/Desk.sol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from penstock.errors import PenstockError

ALL = 2**256 - 1
"""Of an id, an ERC-20 share; of `credited`, not bound; of what was taken, cancelled."""


class DeskRefused(PenstockError):
    """A fill that the desk refuses. name : of the contract's error, without its prefix. values : the error's."""

    def __init__(self, name: str, *values: int | str) -> None:
        super().__init__(f"{name}({', '.join(map(str, values))})")
        self.name, self.values = name, values


@dataclass(frozen=True)
class Ask:
    """
    What a seller signs; see IDesk.Ask.

    amount : in base units of the token. price : of all of it, in base units of the asset. payee : zero for the seller.
    credited : what the tranche was credited when it was signed. expiry : the last second, since 1970.
    """

    seller: str
    token: str
    id: int
    amount: int
    price: int
    payee: str
    credited: int
    expiry: int
    nonce: int

    def cost(self, part: int) -> int:
        """What a part costs, rounded up, in base units of the asset."""
        return -(-self.price * part // self.amount)


@dataclass(frozen=True)
class Filled:
    """One leg of a basket that was bought."""

    ask: Ask
    amount: int
    cost: int


@dataclass
class Desk:
    """taken : of the asks of a seller with a nonce, in base units of the token."""

    taken: dict[tuple[str, int], int] = field(default_factory=dict)

    def left(self, ask: Ask) -> int:
        return max(0, ask.amount - self.taken.get((ask.seller, ask.nonce), 0))

    def cancel(self, seller: str, nonce: int) -> None:
        """Cancels what is left of a seller's asks with a nonce."""
        self.taken[seller, nonce] = ALL

    def fill(
        self,
        asks: Sequence[Ask],
        amounts: Sequence[int],
        leasts: Sequence[int],
        most: int,
        now: int,
        move: Callable[[int, Filled], None],
        credited: Callable[[Ask], int],
    ) -> list[Filled]:
        """
        Buys of each ask as much as is left between a least and a most; all legs or none.

        Parameters
        ----------
        amounts, leasts : of each ask, in base units of the token. most : to pay for all, in base units of the asset.
        move : moves the cash and the token of a leg, or raises; when this raises, the caller takes back what it moved.
        credited : what was ever credited to the tranche of an ask; asked after the last move.

        Raises
        ------
        DeskRefused : as Desk.sol; and what `move` raises.
        """
        if not len(asks) or len({len(asks), len(amounts), len(leasts)}) > 1:
            raise DeskRefused("LengthMismatch", len(asks), len(amounts), len(leasts))
        before, legs = dict(self.taken), []
        try:
            for leg, (ask, amount, least) in enumerate(zip(asks, amounts, leasts, strict=True)):
                if now > ask.expiry:
                    raise DeskRefused("Expired", leg, ask.expiry, now)
                left = self.left(ask)
                part = min(amount, left)
                if part == 0 or part < least:
                    raise DeskRefused("TooLittleLeft", leg, left, least)
                self.taken[ask.seller, ask.nonce] = self.taken.get((ask.seller, ask.nonce), 0) + part
                legs.append(Filled(ask, part, ask.cost(part)))
            cost = sum(each.cost for each in legs)
            if cost > most:
                raise DeskRefused("TooDear", cost, most)
            for leg, filled in enumerate(legs):
                move(leg, filled)
            for leg, ask in enumerate(asks):
                if ask.credited != ALL and credited(ask) != ask.credited:
                    raise DeskRefused("NotCredited", leg, credited(ask), ask.credited)
        except Exception:
            self.taken = before
            raise
        return legs
