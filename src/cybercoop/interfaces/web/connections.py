"""A connection that does not wait for ever: for a request that does not come, or a reader who does not read."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

COMES_SECONDS = 20.0
"""How long the head of a request may take to arrive, from its first byte or the opening of the connection."""

READS_SECONDS = 20.0
"""How long a reader may take no byte of an answer."""


class Connection(H11Protocol):
    """HTTP/1.1 with clocks (RFC 9112, 9.5): uvicorn has one for what comes between two requests only."""

    _coming: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a connection, which is to bring a request soon."""
        super().connection_made(transport)
        self._await()

    def data_received(self, data: bytes) -> None:
        """Take some bytes: of a request whose clock runs until its head is whole."""
        if self._coming is None and self._is_idle():
            self._await()
        super().data_received(data)
        if not self._is_idle():
            self._stop()

    def pause_writing(self) -> None:
        """Hold back an answer that is not read as fast as it is made, and watch that it is read at all."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Write on."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """End with a connection."""
        self._stop()
        super().connection_lost(exc)
        if self._reading is not None:
            self._reading.cancel()

    def _is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _await(self) -> None:
        self._coming = self.loop.call_later(COMES_SECONDS, self.transport.abort)

    def _stop(self) -> None:
        if self._coming is not None:
            self._coming.cancel()
            self._coming = None

    def _watch(self, before: int) -> None:
        self._reading = self.loop.call_later(READS_SECONDS, self._look, before)

    def _look(self, before: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._watch(left)
        else:
            self.transport.abort()
