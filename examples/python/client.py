"""A syncline client with its outbox on disk: python client.py HOST PORT ROOM JOURNAL

Commands on standard input; answers are JSON lines on standard output:

  set KEY JSON | merge KEY JSON | add KEY NUMBER | delete KEY | get KEY | pending | version | status | metrics
  edits FILE RATE   makes the edits "set|merge|add|delete<TAB>key[<TAB>json]" of a file, RATE a second
  sync              answers when every edit has its verdict
  dump FILE         writes the room as one JSON object
  quit              stops; edits without a verdict stay in the journal"""

import json
import signal
import sys
import time
from pathlib import Path
from threading import Thread

from syncline.sync import connect

host, port, name, journal = sys.argv[1:]
# The server takes any token for a name; a real one wants proof.
client = connect(f"ws://{host}:{port}", token=Path(journal).name, storage=journal)
room = client.room(name)
answers = {
    "get": lambda key: {"value": room.get(key)},
    "edits": lambda file, rate="100": {"edited": edit_all(file, float(rate))},
    "sync": lambda: {"synced": room.ready() is None and client.flush() == 0},
    "pending": lambda: {"pending": room.pending},
    "version": lambda: {"version": room.version or 0},
    "status": lambda: {"status": client.status},
    "metrics": lambda: {"metrics": client.metrics()},
    "dump": lambda file: {"dumped": Path(file).write_text(room.entries_json(), "utf-8") > 0},
    "quit": sys.exit,
}


def edit_all(file: str, rate: float) -> int:
    for line in (lines := Path(file).read_text("utf-8").strip("\n").split("\n")):
        run(*line.split("\t"))
        time.sleep(1 / rate)
    return len(lines)


def run(word: str, *rest: str) -> None:
    try:
        if word in ("set", "merge", "add", "delete"):
            getattr(room, word)(rest[0], *map(json.loads, rest[1:]))
        else:
            print(json.dumps(answers[word](*rest)), flush=True)
    except Exception as error:
        print(f"{word}: {error!r}", file=sys.stderr)


signal.signal(signal.SIGTERM, lambda *_: sys.exit())
with client:
    print(json.dumps({"restored": room.pending}), flush=True)
    for words in (line.rstrip("\n").split(" ", 2) for line in sys.stdin):
        slow = words[0] in ("edits", "sync")
        Thread(target=run, args=words, daemon=True).start() if slow else run(*words)
