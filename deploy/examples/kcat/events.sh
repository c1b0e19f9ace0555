#!/bin/sh
# Competition and partnership events as they come, one line each.
set -eu
broker=${FRENEMY_BROKER:-127.0.0.1:9092}
prefix=${FRENEMY_PREFIX:-news}

for topic in competition partnership; do
  kcat -C -q -u -b "$broker" -t "$prefix.events.$topic" -o beginning &
done |
  jq -rn --unbuffered '
    foreach inputs as $event ({seen: {}, line: null};
      "\($event.event_id) \($event.retracted)" as $key
      | if .seen[$key] then .line = null else .seen[$key] = true | .line = $event end;
      .line // empty)
    | [.type, .pair, (if .retracted then "retracted" else .status end),
       (.confidence * 100 | round / 100), .evidence.text]
    | @tsv'
