"""Fetches published files: several at once, resumed where they were cut, checked by their SHA-256.

A file is there whole and right, or not at all: it grows as `NAME.part` and gets its name after the check.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from titan.model.errors import DataError, StorageError

Progress = Callable[[str, int, int], None]
"""(what is being done, bytes done, bytes known of in all)."""

AT_ONCE: Final = 4
TRIES: Final = 4
_CHUNK: Final = 1 << 18
_NOT_THERE: Final = 404
_RANGE_DONE: Final = 416
_PARTIAL: Final = 206


class Fetched(msgspec.Struct, frozen=True):
    """What became of one file: `new`, `there` (it was already), `not published` or `failed`."""

    path: str
    outcome: str
    bytes: int = 0
    reason: str = ""


class Downloader:
    """Fetches paths below `base` into the folder `out`, under the same paths."""

    def __init__(self, base: str, out: Path, progress: Progress, *, pause_s: float = 1.0) -> None:
        self._base = base.rstrip("/")
        self._out = out
        self._progress = progress
        self._pause = pause_s
        self._done = 0
        self._total = 0

    async def run(self, paths: Sequence[str]) -> list[Fetched]:
        """One result for each path, in their order."""
        gate = asyncio.Semaphore(AT_ONCE)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=60)
        async with aiohttp.ClientSession(timeout=timeout) as session:

            async def one(path: str) -> Fetched:
                async with gate:
                    return await self._one(session, path)

            return list(await asyncio.gather(*(one(path) for path in paths)))

    async def _one(self, session: aiohttp.ClientSession, path: str) -> Fetched:
        target = self._out / path
        reason = ""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(self._pause * 2 ** (attempt - 1))
            try:
                return await self._attempt(session, path, target)
            except (aiohttp.ClientError, TimeoutError, DataError) as e:
                reason = str(e) or type(e).__name__
            except OSError as e:
                raise StorageError(
                    f"{target} cannot be written: {e.strerror}; what was fetched stays and is gone on from",
                    remedy="free some space or choose another --out, then run it again",
                ) from e
        return Fetched(path, "failed", 0, reason)

    async def _attempt(self, session: aiohttp.ClientSession, path: str, target: Path) -> Fetched:
        expected = await self._checksum(session, path, target)
        if expected is None:
            return Fetched(path, "not published")
        if target.exists() and await asyncio.to_thread(_sha256, target) == expected:
            return Fetched(path, "there", target.stat().st_size)
        part = target.with_name(target.name + ".part")
        await self._body(session, path, part)
        if await asyncio.to_thread(_sha256, part) != expected:
            part.unlink()
            raise DataError(f"{path} does not match its checksum")
        part.replace(target)
        return Fetched(path, "new", target.stat().st_size)

    async def _checksum(self, session: aiohttp.ClientSession, path: str, target: Path) -> str | None:
        """The published SHA-256; kept beside the file, so that a second run asks nobody. None: not there."""
        kept = target.with_name(target.name + ".CHECKSUM")
        if kept.exists() and target.exists():
            text = kept.read_text(encoding="ascii", errors="replace")
        else:
            async with session.get(f"{self._base}/{path}.CHECKSUM") as answer:
                if answer.status == _NOT_THERE:
                    return None
                answer.raise_for_status()
                text = (await answer.read()).decode("ascii", "replace")
        found = re.match(r"[0-9a-fA-F]{64}\b", text)
        if found is None:
            kept.unlink(missing_ok=True)
            raise DataError(f"{path}.CHECKSUM holds no SHA-256")
        target.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="ascii", errors="replace")
        return found[0].lower()

    async def _body(self, session: aiohttp.ClientSession, path: str, part: Path) -> None:
        """Fetch what `part` does not hold yet."""
        have = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        async with session.get(f"{self._base}/{path}", headers=headers) as answer:
            if answer.status == _RANGE_DONE:
                return
            answer.raise_for_status()
            resumed = answer.status == _PARTIAL
            self._total += int(answer.headers.get("Content-Length", 0))
            with part.open("ab" if resumed else "wb") as file:
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    file.write(chunk)
                    self._done += len(chunk)
                    self._progress(f"downloading {Path(path).name}", self._done, self._total)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
