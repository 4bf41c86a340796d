"""What holds for the server, whoever looks: a page is drawn anew for each look, this stays."""

import atexit
import gc
import sys
import threading
from functools import cache
from importlib import import_module

visits: list[str] = []  # the first page that this server showed


@cache
def import_beforehand(module: str, after: float) -> None:
    """Import a module in the background, once, so that no reader waits for it later.

    `after` so many seconds, in which the machine has something better to do.
    """
    importing = threading.Timer(after, _import, [module])
    importing.daemon = True
    importing.start()


def _import(module: str) -> None:
    import_module(module)
    gc.freeze()


# The modules stay. To look through all of them for garbage holds every reader up for 0.1 s.
gc.freeze()
atexit.register(gc.unfreeze)  # at the end they go, too

# A page makes a thousand small objects and drops them. Python looks for garbage after each 700,
# which finds nothing; and stops the page every 5 ms so that the thread which sends can send the
# next piece of it, which costs more than to send what there is a little later.
gc.set_threshold(5_000, 20, 20)
sys.setswitchinterval(0.02)
