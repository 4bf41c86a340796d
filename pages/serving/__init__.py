"""What holds for the server, whoever looks: a page is drawn anew for each look, this stays."""

import os
import socket
import stat
from contextlib import suppress
from functools import cache

visits: list[str] = []  # the first page that this server showed


@cache
def send_at_once() -> None:
    """Let nothing that is drawn wait in the server.

    Streamlit opens its socket in a way that leaves Nagle's algorithm on: behind the first message
    of a run, all others wait for the browser to acknowledge it, which takes some 40 ms. What is set
    here holds for the connections that there are, and the listening one hands it on to new ones.
    """
    for number in range(256):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as each:
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
