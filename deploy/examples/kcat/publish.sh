#!/bin/sh
# Publishes articles from standard input, JSON lines with an id each; the id is the key of the message.
set -eu
broker=${FRENEMY_BROKER:-127.0.0.1:9092}
prefix=${FRENEMY_PREFIX:-news}

jq -rc '"\(.id)\t\(tojson)"' |
  kcat -P -b "$broker" -t "$prefix.articles.raw" -K "$(printf '\t')" -X acks=all
