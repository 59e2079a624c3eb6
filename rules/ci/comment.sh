#!/usr/bin/env bash
# Puts servegate's comment on a pull request of GitHub: one, which is updated from then on.
#
# Usage: comment.sh FILE NAME. Needs GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_EVENT_PATH and
# GITHUB_TOKEN. Where there is no pull request, or the token may not write (a fork's), it says so
# and ends well: the comment is a courtesy, the verdict is the exit code of the scan.
set -euo pipefail

file=$1
name=$2
mark="<!-- servegate: $name -->"

number=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
if [ -z "$number" ]; then
  echo "No pull request, so no comment."
  exit 0
fi
if [ ! -f "$file" ]; then
  echo "::warning::servegate wrote no comment ($file)."
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
base="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues"
# The token goes in by a file, for a command line is there for everybody to read.
printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN" > "$work/auth"

call() {
  curl --silent --show-error --config "$work/auth" --max-time 60 \
    --header "Accept: application/vnd.github+json" --header "X-GitHub-Api-Version: 2022-11-28" \
    --output "$work/answer" --write-out '%{http_code}' "$@" || printf '(no answer)'
}

known=""
page=1
while [ -z "$known" ] && [ "$page" -le 30 ]; do
  status=$(call "$base/$number/comments?per_page=100&page=$page")
  if [ "$status" != 200 ]; then
    echo "::warning::servegate can't read the comments of the pull request (status $status)."
    exit 0
  fi
  # Ours begins with the mark, and was written by the token's own user: anybody may write the mark.
  known=$(jq -r --arg mark "$mark" \
    'map(select((.body | startswith($mark)) and .user.type == "Bot")) | first | .id // empty' \
    "$work/answer")
  if [ "$(jq length "$work/answer")" -lt 100 ]; then break; fi
  page=$((page + 1))
done

{ printf '%s\n' "$mark"; cat "$file"; } > "$work/text"
jq --raw-input --slurp '{body: .}' "$work/text" > "$work/body"
if [ -n "$known" ]; then
  status=$(call --request PATCH --data "@$work/body" "$base/comments/$known")
else
  status=$(call --request POST --data "@$work/body" "$base/$number/comments")
fi
case $status in
  200 | 201) echo "Comment on pull request $number written." ;;
  403 | 404) echo "::notice::servegate may not comment here (status $status), as on a pull request from a fork." ;;
  *) echo "::warning::servegate's comment was not taken (status $status)." ;;
esac
