#!/usr/bin/env bash
# The API in a dozen calls, each answer checked. Usage: curl-tour.sh [URL]
# Adds one item with its history to the shop; safe to run again.
set -euo pipefail
url=${1:-http://127.0.0.1:8080}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# call STATUS PATTERN CURL-ARGUMENTS...: makes the call, shows it, and stops unless its status and body are as expected.
call() {
  local wanted=$1 pattern=$2 status argument
  shift 2
  printf '\n$ curl'
  for argument in "$@"; do
    case $argument in *[\ \&\?\{]*) printf " '%s'" "$argument" ;; *) printf ' %s' "$argument" ;; esac
  done
  echo
  status=$(curl -sS --max-time 60 -o "$answer" -w '%{http_code}' "$@")
  head -c 600 "$answer"; echo; echo "-> $status"
  if [ "$status" != "$wanted" ] || ! grep -Eq -- "$pattern" "$answer"; then
    echo "expected $wanted and a body like: $pattern" >&2
    exit 1
  fi
}
# field NAME: a text field of the last answer.
field() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/" "$answer"; }

json=(-H 'Content-Type: application/json')
wait=(-H 'Prefer: wait=30')

# Ready?
call 200 '' "$url/readyz"

# An item enters the shop. With `Prefer: wait` the answer comes when it is in effect; the key makes a retry harmless.
call 201 '"itemId":"tour-guitar"' "${json[@]}" "${wait[@]}" -H 'Idempotency-Key: tour-guitar-1' "$url/item/add" \
  -d '{"id": "tour-guitar", "name": "Archtop guitar", "category": "collection", "price": 120000, "state": "good", "ageInMonths": 240}'

# Without it, accepted means durable: a crash loses nothing.
call 202 '"eventId":' "${json[@]}" -H 'Idempotency-Key: tour-buy-1' "$url/item/action/buy" \
  -d '{"clientId": "ana", "itemId": "tour-guitar", "price": 90000, "date": "2026-01-31"}'
event=$(field eventId)

call 201 '' "${json[@]}" "${wait[@]}" -H 'Idempotency-Key: tour-pawn-1' "$url/item/action/pawn" \
  -d '{"clientId": "rui", "itemId": "tour-guitar", "price": 50000, "tax": 5, "date": "2026-02-10", "limitDays": 30}'
call 201 '' "${json[@]}" "${wait[@]}" -H 'Idempotency-Key: tour-sell-1' "$url/item/action/sell" \
  -d '{"clientId": "eva", "itemId": "tour-guitar", "price": 120000, "profit": 30000, "date": "2026-03-01T15:30:00Z"}'

# What became of an event? (404 with Retry-After while it is not known.)
for _ in $(seq 100); do
  [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/event/$event?flow=buy-actions")" = 200 ] && break
  sleep 0.1
done
call 200 '"outcome":"applied"' "$url/event/$event?flow=buy-actions"

# The item with its history.
call 200 '"buys":\[\{.*"sells":\[\{.*"profit":30000.*"pawns":\[\{' "$url/item/fetch/tour-guitar"
call 200 '"id":"tour-guitar"' "$url/item/fetch?id=tour-guitar"

# Items by name, category or state.
call 200 '"id":"tour-guitar"' -G "$url/item/fetch" --data-urlencode 'name=Archtop guitar'
call 200 '^\[\{' "$url/item/fetch?category=Collection&limit=1"
call 200 '^\[\]$' "$url/item/fetch?name=nothing-of-the-kind"

# All faults of a body at once (RFC 9457), and an item id that exists with other content.
call 422 '#/category.*#/price|#/price.*#/category' "${json[@]}" "$url/item/add" \
  -d '{"name": "Lamp", "category": "Furniture", "price": -1, "state": "New", "ageInMonths": 1}'
call 409 'item_already_exists' "${json[@]}" "${wait[@]}" "$url/item/add" \
  -d '{"id": "tour-guitar", "name": "Another guitar", "category": "Collection", "price": 1, "state": "Bad", "ageInMonths": 1}'
call 404 '' "$url/item/fetch/nothing-of-the-kind"

# How it is doing, and what else there is.
call 200 'pawnshop_' "$url/metrics"
call 200 '"openapi":"3.1' "$url/openapi.json"

printf '\nAll as expected. The API with a page to try it: %s/docs\n' "$url"
