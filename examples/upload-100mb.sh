#!/usr/bin/env bash
# Sends a real file of 100 MB as an attachment, with three commands of curl, and downloads it again.
#
#   HALLEY_KEY=<API key> examples/upload-100mb.sh [base URL]
#
# The base URL and the key are what `cargo run` prints; without HALLEY_KEY the key of the local service is read.
set -euo pipefail

base=${1:-http://127.0.0.1:8080/v3}
key=${HALLEY_KEY:-$(cat .halley/api-key)}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
head -c 104857600 /dev/urandom > "$folder/holiday.bin"

# The first string of this name in a JSON answer.
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# 1. Announce the file. The answer has a signed URL, and the attachment for the message.
curl -sSf "$base/files/upload-url" -H "apikey: $key" -H 'onBehalfOf: cometchat-uid-1' \
    -H 'content-type: application/json' -d '{
        "receiver": "cometchat-uid-2", "receiverType": "user",
        "files": { "1": { "name": "holiday.bin", "mimeType": "application/octet-stream", "size": 104857600 } }
    }' > "$folder/announced.json"

# 2. Upload it straight to S3.
curl -sSf -T "$folder/holiday.bin" -H 'content-type: application/octet-stream' \
    "$(grep -o '"request":.*' "$folder/announced.json" | field url)"

# 3. Send the message with the attachment.
attachment=$(grep -o '"attachment":{[^}]*}' "$folder/announced.json" | cut -d : -f 2-)
curl -sSf "$base/messages" -H "apikey: $key" -H 'onBehalfOf: cometchat-uid-1' \
    -H 'content-type: application/json' -d '{
        "receiver": "cometchat-uid-2", "receiverType": "user", "type": "file",
        "data": { "attachments": ['"$attachment"'] }
    }' > "$folder/sent.json"

# The receiver downloads it from the URL in any answer that shows the message.
curl -sSf "$(field url < "$folder/sent.json")" -o "$folder/downloaded.bin"
cmp "$folder/holiday.bin" "$folder/downloaded.bin"
echo "100 MB sent and downloaded, byte for byte the same"
