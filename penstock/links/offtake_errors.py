"""Named errors of an offtake. Each holds the values that explain it; the contract's names begin with `Offtake_`."""

from __future__ import annotations

from penstock.model.errors import ModelError


class WrongRows(ModelError):
    """Contract name: OfftakeFactory_WrongRows, with the length in bytes."""

    def __init__(self, rows: int, most: int) -> None:
        super().__init__(f"{rows} rows; accepted: 1 to {most}")
        self.rows, self.most = rows, most


class OutOfOrder(ModelError):
    """Contract name: OfftakeFactory_OutOfOrder."""

    def __init__(self, row: int, end: int, start: int) -> None:
        super().__init__(f"row {row} ends at {end}, and begins at {start}; accepted: an end after it")
        self.row, self.end, self.start = row, end, start


class Unaligned(ModelError):
    """Contract name: OfftakeFactory_Unaligned."""

    def __init__(self, time: int, interval: int) -> None:
        super().__init__(f"{time} is no whole number of the meter's intervals of {interval} s")
        self.time, self.interval = time, interval


class FloorAboveCap(ModelError):
    """Contract name: OfftakeFactory_FloorAboveCap."""

    def __init__(self, row: int, floor: int, cap: int) -> None:
        super().__init__(f"row {row} is paid for at least {floor} units and for at most {cap}")
        self.row, self.floor, self.cap = row, floor, cap


class GraceTooShort(ModelError):
    """Contract name: OfftakeFactory_GraceTooShort."""

    def __init__(self, grace: int, least: int) -> None:
        super().__init__(f"a grace of {grace} s ends before a bill is final; accepted: at least {least}")
        self.grace, self.least = grace, least


class StartTooEarly(ModelError):
    """Contract name: OfftakeFactory_StartTooEarly."""

    def __init__(self, start: int, earliest: int) -> None:
        super().__init__(f"the offtake starts at {start}; accepted: {earliest} or later")
        self.start, self.earliest = start, earliest


class NoBuyer(ModelError):
    """Contract name: OfftakeFactory_NoBuyer."""

    def __init__(self) -> None:
        super().__init__("the buyer is the zero address, which pays nothing")


class NotBuyer(ModelError):
    def __init__(self, account: str, buyer: str) -> None:
        super().__init__(f"{account} is not the buyer, who is {buyer}")
        self.account, self.buyer = account, buyer


class AcceptedAlready(ModelError):
    def __init__(self) -> None:
        super().__init__("the offtake is accepted already")


class NotAccepted(ModelError):
    def __init__(self) -> None:
        super().__init__("the buyer has not accepted the offtake")


class TooLate(ModelError):
    """Of an acceptance at or after the start."""

    def __init__(self, start: int, time: int) -> None:
        super().__init__(f"the offtake could be accepted before {start}; it is {time}")
        self.start, self.time = start, time


class NotNext(ModelError):
    """Rows are paid and drawn in order."""

    def __init__(self, row: int, next_row: int) -> None:
        super().__init__(f"row {row} is not the next to be paid, which is row {next_row}")
        self.row, self.next = row, next_row


class NoRow(ModelError):
    def __init__(self, row: int, rows: int) -> None:
        super().__init__(f"there is no row {row}; rows are 0 to {rows - 1}")
        self.row, self.rows = row, rows


class InGrace(ModelError):
    def __init__(self, row: int, ends_at: int, time: int) -> None:
        super().__init__(f"row {row} may be drawn from {ends_at} on; it is {time}")
        self.row, self.ends_at, self.time = row, ends_at, time


class NothingToDraw(ModelError):
    """Of an empty deposit, or a bill of nothing."""

    def __init__(self, row: int) -> None:
        super().__init__(f"there is nothing to draw for row {row}")
        self.row = row


class RowsLeft(ModelError):
    def __init__(self, next_row: int, rows: int) -> None:
        super().__init__(f"row {next_row} of {rows} is not paid; the deposit is returned after the last")
        self.next, self.rows = next_row, rows


class FinishedAlready(ModelError):
    def __init__(self) -> None:
        super().__init__("the offtake is finished already")


class NothingPosted(ModelError):
    def __init__(self) -> None:
        super().__init__("nothing to add to the deposit")
