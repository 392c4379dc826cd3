"""What can go wrong between the engine and everybody else. Each message is written for a person."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model import Lost


class AlongsideError(Exception):
    """The root of all errors that the engine raises on purpose."""


class NotAllowed(AlongsideError):
    """That is not yours to do or see."""


class Unknown(AlongsideError):
    """There is nothing here by that name."""


class Conflict(AlongsideError):
    """Something else changed at the same moment. Nothing was changed by this; it can be tried again."""


class Unavailable(AlongsideError):
    """The database cannot be reached. Nothing was acknowledged; it can be tried again."""


class Refused(AlongsideError):
    """What a person sent cannot be taken as it is. The message says why and what to do; nothing is lost."""


class PostFailed(AlongsideError):
    """A platform did not take a message.

    `permanent` says that trying again cannot help; `retry_after` is how long the platform asked us to wait; `away` that
    it would have taken nothing, whatever it was; `lost` who is reached there no more.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool,
        retry_after: timedelta | None = None,
        away: bool = False,
        lost: "Lost | None" = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        self.away = away
        self.lost = lost
