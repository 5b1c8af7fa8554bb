#!/bin/sh
# Runs a command that is not to outlive its parent, even when that is killed with SIGKILL: a server
# left behind would keep the port, and write to state that a new one has opened.
watch() {
  while kill -0 "$1" && kill -0 "$2"; do sleep 1; done
  kill "$2" && sleep 3 && kill -9 "$2"
}
watch "$PPID" "$$" </dev/null >/dev/null 2>&1 3>&- &
exec "$@"
