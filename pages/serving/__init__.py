"""What holds for the server, whoever looks: a page is drawn anew for each look, this stays."""

import atexit
import gc

visits: list[str] = []  # the first page that this server showed

# The modules stay. To look through all of them for garbage holds every reader up for 0.1 s.
gc.freeze()
atexit.register(gc.unfreeze)  # at the end they go, too
