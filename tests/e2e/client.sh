#!/bin/sh
# A client of the AI Video Generator, written from its examples alone: story, images, clips, merge.
#
#     API=http://127.0.0.1:8787 KEY=sk_live_… sh client.sh out.mp4
#
# curl speaks to the API and python3 reads JSON; nothing else of the product is used. DRAFT=true draws here.
set -eu
OUT=$1
ORIGIN=$(printf '%s' "$API" | sed 's|^\(https*://[^/]*\).*|\1|')
DRAFT=${DRAFT:-false}
FRAMES=${FRAMES:-3}
REQUEST="client-$$-$(date +%s)"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# post PATH BODY-FILE ANSWER-FILE: where the work takes longer than the request may, ask at Location until it is done.
post() {
    status=$(curl -sS -o "$3" -D "$WORK/headers" -w '%{http_code}' -X POST "$API$1" \
        -H "X-API-Key: $KEY" -H 'Content-Type: application/json' --data-binary "@$2")
    while [ "$status" = 202 ]; do
        location=$(sed -n 's/^[Ll]ocation: *//p' "$WORK/headers" | tr -d '\r')
        status=$(curl -sS -o "$3" -w '%{http_code}' "$ORIGIN$location?wait=20" -H "X-API-Key: $KEY")
    done
    [ "$status" = 200 ] || { echo "$1 answers $status: $(cat "$3")" >&2; exit 1; }
}

# json PROGRAM [ARGUMENTS]: a line of Python that reads and writes JSON.
json() { python3 -c "import json, sys; a = sys.argv[1:]; $1" "$@"; }

echo "Story"
json 'print(json.dumps({"prompt": "A lighthouse keeper finds a lost whale", "frameCount": int(a[1]),
    "duration": int(a[1]) * 4, "style": "watercolor", "mood": "calm", "requestId": a[2], "draft": a[3] == "true"}))' \
    "$FRAMES" "$REQUEST" "$DRAFT" > "$WORK/body"
post /api/generate_story "$WORK/body" "$WORK/story"

i=0
while [ "$i" -lt "$FRAMES" ]; do
    echo "Image $i"
    json 'i = int(a[2]); print(json.dumps({"prompt": json.load(open(a[1]))["story"]["scenes"][i]["prompt"],
        "frameIndex": i, "totalFrames": int(a[3]), "isFirstFrame": i == 0, "style": "watercolor", "mood": "calm",
        "requestId": a[4], "expiresIn": 3600, "frameAspectRatio": "16:9", "draft": a[5] == "true"}))' \
        "$WORK/story" "$i" "$FRAMES" "$REQUEST" "$DRAFT" > "$WORK/body"
    post /api/generate_single_image "$WORK/body" "$WORK/image-$i"
    i=$((i + 1))
done

i=0
while [ "$i" -lt "$FRAMES" ]; do
    echo "Clip $i"
    json 'i = int(a[2]); print(json.dumps({"startImage": json.load(open(a[1]))["imageUrl"],
        "prompt": "The camera moves in slowly.", "clipIndex": i, "totalClips": int(a[3]), "duration": 4,
        "frameAspectRatio": "16:9", "requestId": a[4], "expiresIn": 3600, "draft": a[5] == "true"}))' \
        "$WORK/image-$i" "$i" "$FRAMES" "$REQUEST" "$DRAFT" > "$WORK/body"
    post /api/generate_single_video_clip "$WORK/body" "$WORK/clip-$i"
    i=$((i + 1))
done

echo "Merge"
json 'clips = [json.load(open(path)) for path in a[3:]]
print(json.dumps({"requestId": a[1], "clips": clips, "draft": a[2] == "true"}))' \
    "$REQUEST" "$DRAFT" "$WORK"/clip-* > "$WORK/body"
post /api/merge_video_clips "$WORK/body" "$WORK/final"

curl -sS --fail -o "$OUT" "$(json 'print(json.load(open(a[1]))["videoUrl"])' "$WORK/final")"
echo "Finished: $OUT, session $REQUEST"
