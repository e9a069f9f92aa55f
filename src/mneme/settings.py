"""A method's settings: read-only, attribute access, and no silent default."""

from collections.abc import Iterator, Mapping
from typing import Any

from mneme.errors import near_miss


class Settings(Mapping[str, Any]):
    """The resolved settings of a job.

    Their names, types and published values are declared in ``config/methods/<family>/<method>.yaml``; asking for one
    that is not there is an error, not None.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_values", dict(values))

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"no setting '{name}'{near_miss(name, self._values)}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("settings are read-only")

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
