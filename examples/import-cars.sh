#!/usr/bin/env bash
# Fills a running shop with 406 real cars (see README.md beside this) and finds them again.
# Usage: import-cars.sh [URL]; PAWNSHOP names the program, when it is not on the path.
set -euo pipefail
url=${1:-http://127.0.0.1:8080}
pawnshop=${PAWNSHOP:-pawnshop}
here=$(dirname "$0")

"$pawnshop" import "$here/cars.csv" --url "$url" \
  --column name=Name --column price=Weight_in_lbs --scale price=100 --column ageInMonths=Age_in_months \
  --set category=Motor --set state=Good

# Accepted is durable; applied may take a moment more when the shop is busy.
for _ in $(seq 100); do
  found=$(curl -fsS -G "$url/item/fetch" --data-urlencode "name=datsun 280-zx")
  [ "$found" = "[]" ] || break
  sleep 0.1
done
echo "by name:     $found"
echo "by category: $(curl -fsS "$url/item/fetch?category=Motor&limit=2")"
[ "$found" != "[]" ]
