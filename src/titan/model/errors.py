"""Everything Titan raises on purpose.

TitanError                      one line for the user: what, where, and the remedy
├── ConfigError                 a configuration file, key or value is wrong
├── DataError                   input data cannot be used
│   ├── TapeError               a tape file is missing, truncated or not a tape
│   └── RowError                one row is wrong (file, row and reason are named)
├── InstrumentError             an unknown instrument, or a number its rules do not allow
├── OrderError                  an order was asked to do what its state forbids
├── LedgerError                 a booking does not balance
├── StorageError                a result could not be written (disk full, no permission)
│   └── JournalHeld             another process writes this journal
├── ReplayError                 a replay differs from the recorded run
└── VenueError                  a venue did not do what was asked
    ├── VenueBusy               retry after `retry_after_ns`
    ├── VenueRefused            the venue said no, with its reason: final
    ├── VenueUnknown            no answer: the outcome is unknown until evidence arrives
    └── VenueFatal              nothing more can be done there (wrong key, account closed)
"""

from __future__ import annotations


class TitanWarning(UserWarning):
    """Something a user should know that stops nothing."""


class TitanError(Exception):
    """Base of all. `remedy` says what the reader can do about it."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message


class ConfigError(TitanError):
    exit_code = 2


class DataError(TitanError):
    exit_code = 3


class TapeError(DataError):
    pass


class RowError(DataError):
    def __init__(self, file: str, row: int, reason: str, *, remedy: str = "") -> None:
        super().__init__(f"{file}, row {row}: {reason}", remedy=remedy)
        self.file, self.row, self.reason = file, row, reason


class InstrumentError(TitanError):
    exit_code = 3


class OrderError(TitanError):
    pass


class LedgerError(TitanError):
    pass


class StorageError(TitanError):
    exit_code = 4


class JournalHeld(StorageError):
    pass


class ReplayError(TitanError):
    exit_code = 5


class VenueError(TitanError):
    pass


class VenueBusy(VenueError):
    def __init__(self, message: str, *, retry_after_ns: int, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after_ns = retry_after_ns


class VenueRefused(VenueError):
    pass


class VenueUnknown(VenueError):
    pass


class VenueFatal(VenueError):
    pass
