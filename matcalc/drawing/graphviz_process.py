"""Run as a program of its own: reads DOT, writes the picture. `argv`: the folder of pygraphviz, the form, seconds.

Graphviz is compiled code inside the package pygraphviz. Here it can be stopped, its remarks about fonts reach nobody,
and a crash of it ends nothing else.
"""

from __future__ import annotations

import signal
import sys

if __name__ == "__main__":
    place, form, seconds = sys.argv[1:]
    sys.path.append(place)
    if sys.platform != "win32":
        signal.alarm(int(seconds))  # it ends even where whoever started it was ended before
    import pygraphviz

    text = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(pygraphviz.AGraph(string=text).draw(format=form, prog="dot"))
