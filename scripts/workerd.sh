#!/bin/sh
# The runtime, as wrangler starts it.
here=$(dirname "$0")
exec "$here/end-with-parent.sh" "$here/../node_modules/workerd/bin/workerd" "$@"
