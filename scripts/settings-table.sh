#!/usr/bin/env bash
# Prints a program's settings as a table for docs/FLEET.md: scripts/settings-table.sh target/release/pawnshop-worker
set -euo pipefail
echo '| flag, key in the file | variable | what it is | default |'
echo '|---|---|---|---|'
COLUMNS=1000 "$1" --help | sed -n 's/^ *\(--[a-z-]* <[^>]*>\)  *\(.*\)/\1\t\2/p' | awk -F'\t' '
  # Takes "[name: value]" out of the text.
  function take(name,   at, rest, value) {
    at = index(text, " [" name ": "); if (!at) return ""
    rest = substr(text, at + length(name) + 4); value = substr(rest, 1, index(rest, "]") - 1)
    text = substr(text, 1, at - 1) substr(rest, index(rest, "]") + 1); return value
  }
  function cell(value) { gsub(/\|/, "\\|", value); return value }
  { text = $2; env = take("env"); value = take("default")
    printf "| `%s` | `%s` | %s | %s |\n", cell($1), env, cell(text), value == "" ? "" : "`" cell(value) "`" }'
