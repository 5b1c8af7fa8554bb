#!/bin/sh
# Removes a folder when a process has ended, however it ended, and what it started has had the time to end, too.
while kill -0 "$1" 2>/dev/null; do sleep 1; done
sleep 5
rm -rf "$2"
